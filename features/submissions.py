"""Owns what was sent before as events: submissions, rejections and answers of the same services, and first sights."""

import numpy as np
from numpy.typing import NDArray

from features.batch import NO_DAY, ClaimBatch, Days, Texts
from features.events import EventIndex, Flags, flags_of
from features.keys import CLAIM_KEYS, LINE_KEYS, SENT_CLAIM_KEYS, SENT_LINE_KEYS
from features.outcomes import Outcomes

_SEEN_CLAIMS = ("payer", "provider", "location", "provider_payer", "subscriber_payer", "patient_payer", "patient_member")
_SEEN_LINES = ("procedure", "payer_procedure")


def sent_indexes(batch: ClaimBatch, outcomes: Outcomes) -> dict[str, EventIndex]:
    """Index submissions on the day they were sent, rejections and answers on the day they became known."""
    sent = batch.prediction_day
    service = SENT_CLAIM_KEYS["service"](batch)
    claim_keys = {**SENT_CLAIM_KEYS, **{name: CLAIM_KEYS[name] for name in _SEEN_CLAIMS}}
    line_keys = {**SENT_LINE_KEYS, **{name: LINE_KEYS[name] for name in _SEEN_LINES}}
    answered = {"submissions": np.ones(len(batch), dtype=np.bool_), "denied": outcomes.claims.denied}
    return {
        **{name: _submissions(key(batch), sent) for name, key in claim_keys.items()},
        **{name: _submissions(key(batch), sent[batch.line_owner]) for name, key in line_keys.items()},
        "service_rejections": _submissions(service, outcomes.rejected_day),
        "service_answers": _known(service, outcomes.claims.known, answered),
    }


def _submissions(keys: Texts, day: Days) -> EventIndex:
    return _known(keys, day, {"submissions": np.ones(len(keys), dtype=np.bool_)})


def _known(keys: Texts, day: Days, measures: dict[str, Flags]) -> EventIndex:
    events = np.flatnonzero(day != NO_DAY)
    return EventIndex.build(keys[events], day[events], {name: flags[events] for name, flags in measures.items()})


def other_payer_flags(batch: ClaimBatch) -> NDArray[np.bool_]:
    """Tell which claims list another payer."""
    return flags_of(batch.claims["other_payer_ids"].to_pylist(), len(batch))
