"""Owns what was sent before as events: submissions, rejections and answers of the same services, and first sights."""

import numpy as np
from numpy.typing import NDArray

from features.batch import NO_DAY, ClaimBatch, Days
from features.evaluation import Evaluation
from features.events import EventIndex, Flags, flags_of
from features.keys import SENT_CLAIM_KEYS, SENT_LINE_KEYS
from features.outcomes import Outcomes, index_rows
from features.tables import EVER

_SEEN_CLAIMS = ("payer", "provider", "location", "provider_payer", "subscriber_payer", "patient_payer", "patient_member")
_SEEN_LINES = ("procedure", "payer_procedure")
SENT_JOBS = (
    *((table, EVER) for table in (*SENT_CLAIM_KEYS, *_SEEN_CLAIMS, *SENT_LINE_KEYS, *_SEEN_LINES)),
    *(("patient_procedure", span) for span in ("30d", "90d", "365d")),
)


def sent_indexes(at: Evaluation, outcomes: Outcomes) -> dict[str, EventIndex]:
    """Index submissions on the day they were sent, rejections and answers on the day they became known."""
    sent = {"submissions": np.ones(len(at.batch), dtype=np.bool_)}
    lines = {"submissions": np.ones(len(at.batch.line_owner), dtype=np.bool_)}
    answered = {**sent, "denied": outcomes.claims.denied}
    known = {"service_rejections": (outcomes.rejected_day, sent), "service_answers": (outcomes.claims.known, answered)}
    claim_tables = {**dict.fromkeys((*SENT_CLAIM_KEYS, *_SEEN_CLAIMS), (at.day, sent)), **known}
    line_tables = dict.fromkeys((*SENT_LINE_KEYS, *_SEEN_LINES), (at.line_day, lines))
    return {name: _known(at, name, day, measures) for name, (day, measures) in {**claim_tables, **line_tables}.items()}


def _known(at: Evaluation, table: str, day: Days, measures: dict[str, Flags]) -> EventIndex:
    events = np.flatnonzero(day != NO_DAY)
    return index_rows(at, table, events, day, {name: flags[events] for name, flags in measures.items()})


def other_payer_flags(batch: ClaimBatch) -> NDArray[np.bool_]:
    """Tell which claims list another payer."""
    return flags_of(batch.claims["other_payer_ids"].to_pylist(), len(batch))
