"""Owns the first answers of a history as events: what each claim and line was answered, and the indexes that count it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claims.adjudication import Adjudication
from claims.root_cause import root_causes
from features.batch import NO_DAY, ClaimBatch, Days, Texts, days, is_one_of, texts
from features.carried import CLAIM_FIELDS, LINE_FIELDS
from features.evaluation import Evaluation, between, is_of_lines, parts_of
from features.events import EventIndex, Flags, Ints
from features.packed_keys import pack
from features.pairs import PAIR_KEYS, Pairs, diagnosis_pairs, line_pairs
from features.tables import CLAIM_TABLES, LINE_TABLES, counted_causes

CAUSES = tuple(root_causes())
LINE_HABITS = ("procedure", "payer_procedure", "payer_class")
UNIT_STEPS = (1, 2, 3, 4, 6, 8, 12)
# Causes that a field left out may be denied for.
FIELD_CAUSES = ("missing_information", "patient_information")
# Peaks are highest values; a lowest value is the highest of what is left to this.
LOWEST_OF = 100_000.0


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What was answered when: shape (n,) over claims or lines. `known` is NO_DAY while there is no answer."""

    known: Days
    denied: Flags
    category: Texts

    @cached_property
    def events(self) -> Ints:
        """Positions of those with an answer."""
        return np.flatnonzero(self.known != NO_DAY)

    @cached_property
    def counts(self) -> dict[str, Flags]:
        """What the outcome tables count: all answers, denials, denials by cause. Shape (n_events,)."""
        measures = {"answers": np.ones(len(self.known), dtype=np.bool_), "denied": self.denied}
        measures |= {cause: self.denied_for(cause) for cause in CAUSES}
        return {name: flags[self.events] for name, flags in measures.items()}

    def denied_for(self, *causes: str) -> Flags:
        """Tell which were denied for one of these causes."""
        return self.denied & is_one_of(self.category, frozenset(causes))


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """First answers in the order of a batch, by claim and by line."""

    claims: Answers
    lines: Answers
    rejected_day: Days

    @classmethod
    def align(cls, adjudication: Adjudication, batch: ClaimBatch) -> "Outcomes":
        """Put an adjudication in the order of the batch."""
        position = {key: at for at, key in enumerate(adjudication.submissions["submission_id"].to_pylist())}
        rows = adjudication.submissions.take(pa.array([position[key] for key in batch.submission_ids], pa.int64()))
        claims = Answers(known=days(rows["outcome_known_on"]), denied=_flags(rows["denied"]), category=texts(rows["category"]))
        return cls(claims=claims, lines=_line_answers(batch, adjudication.lines, claims), rejected_day=days(rows["rejected_on"]))


def _flags(column: pa.ChunkedArray) -> Flags:
    return np.asarray(pc.fill_null(column, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _line_answers(batch: ClaimBatch, lines: pa.Table, claims: Answers) -> Answers:
    """Give each line's denial; where a denied claim has no denied line, its denial stands for every line."""
    keys = zip(lines["submission_id"].to_pylist(), lines["line_number"].to_pylist(), strict=True)
    position = {key: at for at, key in enumerate(keys)}
    owners = batch.submission_ids[batch.line_owner].tolist()
    numbered = zip(owners, batch.lines["line_number"].to_pylist(), strict=True)
    at = np.array([position.get(key, len(position)) for key in numbered], dtype=np.int64)
    own_denied = np.append(_flags(lines["denied"]), False)[at]
    own_category = np.append(texts(lines["category"]), "")[at]
    with_denied_line = np.zeros(len(batch), dtype=np.bool_)
    with_denied_line[batch.line_owner[own_denied]] = True
    shared = (claims.denied & ~with_denied_line)[batch.line_owner]
    return Answers(
        known=claims.known[batch.line_owner],
        denied=own_denied | shared,
        category=np.where(shared, claims.category[batch.line_owner], own_category),
    )


def outcome_indexes(at: Evaluation, outcomes: Outcomes) -> dict[str, EventIndex]:
    """Count first answers under every key of `features.tables`."""
    return {
        **{name: _outcome_index(at, name, outcomes.claims) for name in CLAIM_TABLES},
        **{name: _outcome_index(at, name, outcomes.lines) for name in LINE_TABLES},
    }


def _outcome_index(at: Evaluation, table: str, answers: Answers) -> EventIndex:
    wanted = ("answers", "denied", *(cause for cause in CAUSES if cause in counted_causes(table)))
    return index_rows(at, table, answers.events, answers.known, {name: answers.counts[name] for name in wanted})


def index_rows(
    at: Evaluation, table: str, rows: Ints, day: Days, measures: dict[str, Flags], peaks: dict[str, np.ndarray] | None = None
) -> EventIndex:
    """Index some rows of a batch under a table's key; `day` is of all rows, measures and peaks of those indexed."""
    parts, on_lines = parts_of(table), is_of_lines(table)
    columns = [at.numbers_of(part, on_lines=on_lines)[rows] for part in parts]
    keys, codes = pack(at.history.vocabulary, parts, columns)
    return EventIndex.of_codes(keys, codes, day[rows], measures, peaks)


def habit_indexes(at: Evaluation, outcomes: Outcomes) -> dict[str, EventIndex]:
    """Count what paid claims and lines carried, and denials for a field left out."""
    batch = at.batch
    claims, lines = outcomes.claims, outcomes.lines
    claim_fields = {name: present(batch) for name, present in CLAIM_FIELDS.items()}
    line_fields = {name: present(batch) for name, present in LINE_FIELDS.items()}
    lag = between(days(batch.claims["service_to_on"]), batch.prediction_day)
    units = batch.line_number("units")
    late, over = claims.denied_for("timely_filing"), lines.denied_for("units_or_frequency")
    steps = {f"paid_units_{step}": ~lines.denied & (units >= step) for step in UNIT_STEPS}
    claim_peaks = {"paid_lag": np.where(~claims.denied, lag, np.nan), "late_lag": np.where(late, LOWEST_OF - lag, np.nan)}
    line_peaks = {"paid_units": np.where(~lines.denied, units, np.nan), "over_units": np.where(over, LOWEST_OF - units, np.nan)}
    line_measures = {**_field_measures(lines, line_fields), **steps}
    return {
        "payer": _habit_index(at, "payer", claims, _field_measures(claims, claim_fields), claim_peaks),
        **{name: _habit_index(at, name, lines, line_measures, line_peaks) for name in LINE_HABITS},
    }


def _habit_index(
    at: Evaluation, table: str, answers: Answers, measures: dict[str, Flags], peaks: dict[str, np.ndarray]
) -> EventIndex:
    events = answers.events
    counted = {name: flags[events] for name, flags in measures.items()}
    return index_rows(at, table, events, answers.known, counted, {name: values[events] for name, values in peaks.items()})


def _field_measures(answers: Answers, fields: dict[str, Flags]) -> dict[str, Flags]:
    paid, missed = ~answers.denied, answers.denied_for(*FIELD_CAUSES)
    measures = {"paid": paid}
    for name, present in fields.items():
        measures[f"paid_with_{name}"] = paid & present
        measures[f"without_{name}"] = ~present
        measures[f"missed_{name}"] = missed & ~present
    return measures


def pair_indexes(at: Evaluation, outcomes: Outcomes) -> dict[str, EventIndex]:
    """Count answers and bundling denials of a line beside another service, by payer and over all payers."""
    pairs, lines = line_pairs(at), outcomes.lines
    of_pairs = Answers(known=lines.known[pairs.line], denied=lines.denied[pairs.line], category=lines.category[pairs.line])
    measures = {"answers": np.ones(len(pairs.line), dtype=np.bool_), "bundling": of_pairs.denied_for("bundling")}
    return _index_pairs(at, pairs, of_pairs, measures)


def diagnosis_index(at: Evaluation, outcomes: Outcomes) -> dict[str, EventIndex]:
    """Count answers of a service under each diagnosis that its line points to."""
    pairs, lines = diagnosis_pairs(at, pointed_only=True), outcomes.lines
    of_pairs = Answers(known=lines.known[pairs.line], denied=lines.denied[pairs.line], category=lines.category[pairs.line])
    measures = {
        "answers": np.ones(len(pairs.line), dtype=np.bool_),
        "paid": ~of_pairs.denied,
        "medical_necessity": of_pairs.denied_for("medical_necessity"),
        "coding": of_pairs.denied_for("coding"),
    }
    return _index_pairs(at, pairs, of_pairs, measures)


def _index_pairs(at: Evaluation, pairs: Pairs, answers: Answers, measures: dict[str, Flags]) -> dict[str, EventIndex]:
    events, vocabulary = answers.events, at.history.vocabulary
    counted = {name: flags[events] for name, flags in measures.items()}
    found = {}
    for table, parts in PAIR_KEYS[pairs.kind].items():
        keys, codes = pack(vocabulary, parts, [pairs.numbers_of(part, at)[events] for part in parts])
        found[table] = EventIndex.of_codes(keys, codes, answers.known[events], counted)
    return found
