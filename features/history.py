"""Owns what was known when: an immutable snapshot of the history, indexed so that each question costs a binary search.

Every index is keyed on the day a fact became known, and every question names the day before which it may look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from claims.adjudication import Adjudication, adjudicate
from claims.history.appeals import known_appeals
from claims.history.store import HistoryStore
from claims.payer_rules import PayerRules, payer_rules
from claims.root_cause import root_causes
from features.appeals import DENIAL_KEYS, decided_appeals
from features.batch import NO_DAY, ClaimBatch, Days, Numbers, Texts, days, numbers, texts
from features.events import EventIndex
from features.keys import CLAIM_KEYS, LINE_KEYS, line_payer, procedure
from features.text_keys import SEPARATOR, join

CAUSES = tuple(root_causes())
UNIT_STEPS = (1, 2, 3, 4, 6, 8, 12)
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Register:
    """Rows of a reference table (eligibility, authorizations, ...) under a key, each from the day it was known."""

    index: EventIndex
    columns: dict[str, Texts | Days | Numbers]

    def latest(self, keys: Texts, day: Days) -> "Found":
        """Find the newest row under each key known before `day`."""
        return Found(register=self, row=self.index.last_row(self.index.encode(keys), day))


@dataclass(frozen=True, kw_only=True)
class Found:
    """The rows a look-up found: `row` -1 = none."""

    register: Register
    row: NDArray[np.int64]

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Tell which look-ups found a row."""
        return self.row >= 0

    def text(self, column: str) -> Texts:
        """Give a text column; "" where nothing was found."""
        return self._pick(self.register.columns[column], "")

    def day(self, column: str) -> Days:
        """Give a day column; NO_DAY where nothing was found or the row says nothing."""
        return self._pick(self.register.columns[column], NO_DAY)

    def number(self, column: str) -> Numbers:
        """Give a number column; NaN where nothing was found."""
        return self._pick(self.register.columns[column], np.nan)

    def _pick(self, values: NDArray[Any], missing: Any) -> NDArray[Any]:
        if not len(values):
            return np.full(len(self.row), missing, dtype=values.dtype)
        return np.asarray(np.where(self.row >= 0, values[np.maximum(self.row, 0)], missing))


@dataclass(frozen=True, kw_only=True)
class History:
    """All indexes. `claim_outcomes` and `line_outcomes` count first answers by the keys of `features.keys`."""

    claim_outcomes: dict[str, EventIndex]
    line_outcomes: dict[str, EventIndex]
    pair_outcomes: EventIndex
    services: EventIndex  # patient, payer, first day and procedures: when the same was sent before
    control_numbers: EventIndex  # patient control number and payer: earlier submissions of the same claim
    patient_procedures: EventIndex  # patient and procedure: earlier submissions of the same service
    subscriber_payers: EventIndex  # subscriber: payers billed first before
    submissions: dict[str, EventIndex]  # first sight of payers, providers, procedures
    appeal_outcomes: dict[str, EventIndex]
    eligibility: Register
    authorizations: Register
    service_authorizations: Register
    enrollments: Register
    payer_rules: PayerRules
    version: str

    @classmethod
    def from_store(cls, store: HistoryStore, *, before: date | None = None, progress: Progress | None = None) -> "History":
        """Index what the store knew before a day (strictly; `None` = all)."""
        store = store.pinned()
        say = progress or (lambda _: None)
        say("reading answers")
        adjudication = adjudicate(store, before=before)
        say("reading claims")
        batch = ClaimBatch.from_tables(store.read("claims", before=before), store.read("claim_lines", before=before))
        say("counting answers")
        return cls.from_parts(store, adjudication=adjudication, batch=batch, before=before)

    @classmethod
    def from_parts(
        cls, store: HistoryStore, *, adjudication: Adjudication, batch: ClaimBatch, before: date | None = None
    ) -> "History":
        """Index a history whose answers and claims were read already, from the same store and before the same day."""
        outcome = _aligned(adjudication.submissions, batch)
        return cls(
            **_outcome_indexes(batch, outcome, adjudication.lines),
            **_submission_indexes(batch),
            appeal_outcomes=_appeal_indexes(adjudication.denials, known_appeals(store, before=before)),
            **_registers(store, before),
            payer_rules=payer_rules(store.read("payers", before=before)),
            version=store.version(),
        )


def _aligned(submissions: pa.Table, batch: ClaimBatch) -> pa.Table:
    """Put the outcomes in the order of the batch."""
    position = {key: at for at, key in enumerate(submissions["submission_id"].to_pylist())}
    return submissions.take(pa.array([position[key] for key in batch.submission_ids]))


def _measures(denied: NDArray[np.bool_], category: Texts) -> dict[str, NDArray[np.bool_]]:
    by_cause = {cause: denied & (category == cause) for cause in CAUSES}
    return {"answers": np.ones(len(denied), dtype=np.bool_), "denied": denied, **by_cause}


def _outcome_indexes(batch: ClaimBatch, outcome: pa.Table, lines: pa.Table) -> dict[str, Any]:
    known = days(outcome["outcome_known_on"])
    answered = np.flatnonzero(known != NO_DAY)
    denied = pc.fill_null(outcome["denied"], False).to_numpy(zero_copy_only=False).astype(np.bool_)
    measures = _measures(denied[answered], texts(outcome["category"])[answered])
    claim_indexes = {name: EventIndex.build(key(batch)[answered], known[answered], measures) for name, key in CLAIM_KEYS.items()}
    line_denied, line_category = _line_outcomes(batch, lines, denied, texts(outcome["category"]))
    owner = batch.line_owner
    counted = np.flatnonzero(known[owner] != NO_DAY)
    line_measures = {
        **_measures(line_denied[counted], line_category[counted]),
        **_paid_habits(batch, ~denied[owner], counted),
    }
    line_indexes = {
        name: EventIndex.build(key(batch)[counted], known[owner][counted], line_measures) for name, key in LINE_KEYS.items()
    }
    return {
        "claim_outcomes": claim_indexes,
        "line_outcomes": line_indexes,
        "pair_outcomes": _pair_index(batch, counted, known[owner], line_denied & (line_category == "bundling")),
    }


def _line_outcomes(
    batch: ClaimBatch, lines: pa.Table, claim_denied: NDArray[np.bool_], claim_category: Texts
) -> tuple[NDArray[np.bool_], Texts]:
    """Give each line's denial; a line without an answer of its own shares its claim's when no line of the claim has one."""
    position = {
        key: at for at, key in enumerate(zip(lines["submission_id"].to_pylist(), lines["line_number"].to_pylist(), strict=True))
    }
    owners = batch.submission_ids[batch.line_owner]
    at = np.array(
        [position.get(key, -1) for key in zip(owners.tolist(), batch.lines["line_number"].to_pylist(), strict=True)],
        dtype=np.int64,
    )
    own_denied = pc.fill_null(lines["denied"], False).to_numpy(zero_copy_only=False).astype(np.bool_)
    own_category = texts(lines["category"])
    has_line = np.zeros(len(batch), dtype=np.bool_)
    np.logical_or.at(has_line, batch.line_owner[at >= 0], own_denied[at[at >= 0]])
    shared = claim_denied[batch.line_owner] & ~has_line[batch.line_owner]
    denied = np.where(at >= 0, own_denied[at] if len(own_denied) else False, False) | shared
    category = np.where(shared, claim_category[batch.line_owner], np.where(at >= 0, own_category[at], "") if len(lines) else "")
    return denied.astype(np.bool_), category.astype(object)


def _paid_habits(batch: ClaimBatch, paid: NDArray[np.bool_], counted: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """Count what paid lines carried: numbers, modifiers, referrers, paperwork, units."""
    owner = batch.line_owner
    units = numbers(batch.lines["units"])
    habits = {
        "paid": paid,
        "paid_authorization": paid & has_authorization(batch),
        "paid_referral": paid & has_referral(batch),
        "paid_referrer": paid & (batch.text("referring_provider_npi")[owner] != ""),
        "paid_modifier": paid & np.array([bool(codes) for codes in batch.modifiers], dtype=np.bool_),
        "paid_paperwork": paid & has_paperwork(batch),
        **{f"paid_units_{step}": paid & (units >= step) for step in UNIT_STEPS},
    }
    return {name: values[counted] for name, values in habits.items()}


def has_authorization(batch: ClaimBatch) -> NDArray[np.bool_]:
    """Tell which lines carry an authorization number, their own or the claim's."""
    claim = batch.text("authorization_number")[batch.line_owner] != ""
    return np.asarray((batch.line_text("authorization_number") != "") | claim, dtype=np.bool_)


def has_referral(batch: ClaimBatch) -> NDArray[np.bool_]:
    """Tell which lines carry a referral number, their own or the claim's."""
    claim = batch.text("referral_number")[batch.line_owner] != ""
    return np.asarray((batch.line_text("referral_number") != "") | claim, dtype=np.bool_)


def has_paperwork(batch: ClaimBatch) -> NDArray[np.bool_]:
    """Tell which lines come with paperwork, their own or the claim's."""
    claim = np.array([bool(codes) for codes in batch.claims["paperwork_codes"].to_pylist()], dtype=np.bool_)
    line = np.array([bool(codes) for codes in batch.lines["paperwork_codes"].to_pylist()], dtype=np.bool_)
    return claim[batch.line_owner] | line


MOST_PARTNERS = 12


def line_pairs(batch: ClaimBatch) -> tuple[NDArray[np.int64], Texts]:
    """List ordered pairs of different procedures on a claim: position of the line, and key payer, its code, the other's."""
    codes, payer = procedure(batch), line_payer(batch)
    lines: list[int] = []
    keys: list[str] = []
    for first, stop in zip(batch.line_start[:-1].tolist(), batch.line_start[1:].tolist(), strict=True):
        if stop - first < 2:
            continue
        for line in range(first, stop):
            partners = [at for at in range(first, stop) if at != line and codes[at] != codes[line]][:MOST_PARTNERS]
            lines += [line] * len(partners)
            keys += [SEPARATOR.join((payer[line], codes[line], codes[at])) for at in partners]
    return np.array(lines, dtype=np.int64), np.array(keys, dtype=object)


def _pair_index(batch: ClaimBatch, counted: NDArray[np.int64], known: Days, bundled: NDArray[np.bool_]) -> EventIndex:
    lines, keys = line_pairs(batch)
    is_counted = np.zeros(len(known), dtype=np.bool_)
    is_counted[counted] = True
    kept = is_counted[lines] if len(lines) else np.zeros(0, dtype=np.bool_)
    lines, keys = lines[kept], keys[kept]
    return EventIndex.build(keys, known[lines], {"answers": np.ones(len(lines), dtype=np.bool_), "bundling": bundled[lines]})


def service_key(batch: ClaimBatch) -> Texts:
    """Patient, payer, first service day and the sorted procedures of a claim: what makes an exact duplicate."""
    patient = np.where(batch.text("patient_key") != "", batch.text("patient_key"), batch.submission_ids)
    codes = procedure(batch)
    bounds = zip(batch.line_start[:-1].tolist(), batch.line_start[1:].tolist(), strict=True)
    services = np.array([",".join(sorted(codes[first:stop])) for first, stop in bounds], dtype=object)
    first_day = days(batch.claims["service_from_on"]).astype(str).astype(object)
    return join(patient, batch.text("payer_id"), first_day, services)


def patient_procedure_key(batch: ClaimBatch) -> Texts:
    """Patient and procedure of each line."""
    patient = np.where(batch.text("patient_key") != "", batch.text("patient_key"), batch.submission_ids)
    return join(patient[batch.line_owner], procedure(batch))


def control_number_key(batch: ClaimBatch) -> Texts:
    """Patient control number and payer."""
    return join(batch.text("patient_control_number"), batch.text("payer_id"))


def _appeal_indexes(denials: pa.Table, appeals: pa.Table) -> dict[str, EventIndex]:
    decided = decided_appeals(appeals, denials)
    rows = denials.take(pa.array(decided.denial))
    measures = {"decided": np.ones(len(decided.denial), dtype=np.bool_), "overturned": decided.overturned}
    return {name: EventIndex.build(key(rows), decided.known_day, measures) for name, key in DENIAL_KEYS.items()}


def _submission_indexes(batch: ClaimBatch) -> dict[str, Any]:
    sent = days(batch.claims["submitted_on"])
    one = {"submissions": np.ones(len(batch), dtype=np.bool_), "originals": batch.text("frequency_code") == "1"}
    line_one = {"submissions": np.ones(len(batch.line_owner), dtype=np.bool_)}
    seen_keys = {"payer": CLAIM_KEYS["payer"], "provider": CLAIM_KEYS["provider"], "location": CLAIM_KEYS["location"]}
    return {
        "services": EventIndex.build(service_key(batch), sent, one),
        "control_numbers": EventIndex.build(control_number_key(batch), sent, one),
        "patient_procedures": EventIndex.build(patient_procedure_key(batch), sent[batch.line_owner], line_one),
        "subscriber_payers": EventIndex.build(
            CLAIM_KEYS["subscriber_payer"](batch),
            sent,
            {**one, "primary": batch.text("payer_sequence_code") == "P"},
        ),
        "submissions": {
            **{name: EventIndex.build(key(batch), sent, one) for name, key in seen_keys.items()},
            "procedure": EventIndex.build(procedure(batch), sent[batch.line_owner], line_one),
        },
    }


_REGISTERS: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "eligibility": (
        "eligibility",
        ("subscriber_key", "payer_id"),
        {"checked_on": "day", "status": "text", "plan_begin": "day", "plan_end": "day"},
    ),
    "authorizations": (
        "authorizations",
        ("authorization_number", "payer_id"),
        {"subscriber_key": "text", "procedure_code": "text", "valid_from": "day", "valid_to": "day", "units_approved": "number"},
    ),
    "service_authorizations": (
        "authorizations",
        ("subscriber_key", "payer_id", "procedure_code"),
        {"valid_from": "day", "valid_to": "day", "units_approved": "number"},
    ),
    "enrollments": ("enrollments", ("npi", "payer_id"), {"effective_from": "day", "effective_to": "day"}),
}


def _registers(store: HistoryStore, before: date | None) -> dict[str, Any]:
    readers: dict[str, Callable[[pa.ChunkedArray], Any]] = {"day": days, "text": texts, "number": numbers}
    made = {}
    for name, (table, key, columns) in _REGISTERS.items():
        rows = store.read(table, before=before)
        keys = join(*(texts(rows[column]) for column in key))
        made[name] = Register(
            index=EventIndex.build(keys, days(rows["known_on"]), {}),
            columns={column: readers[kind](rows[column]) for column, kind in columns.items()},
        )
    return made
