"""Owns the rows that a model learns from: features as of each row's own day, and the outcome with the day it became known.

A claim's label is the payer's first answer (`claims.adjudication`). Rejected submissions and voids are no requests that a
payer could deny; submissions without an answer stay, with no label, for the maturity rule to count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from claims.adjudication import Adjudication, adjudicate
from claims.history.appeals import known_appeals
from claims.history.store import HistoryStore
from claims.privacy import PersonHasher
from features.appeals import decided_appeals
from features.batch import NO_DAY, ClaimBatch, day_number, days, flags, numbers, texts
from features.catalog import APPEAL_FEATURES, CLAIM_FEATURES
from features.denial_batch import DenialBatch, build_denial_matrix
from features.history import History
from features.matrix import FeatureMatrix, build_matrix
from models.bundle import Json, ModelBundle
from models.feature_set import FeatureSet
from models.maturity import UNKNOWN, Days
from models.spec import ModelSpec
from models.table_encoder import TableEncoder
from training.acted import read_acted
from training.appeal_choice import Choices, first_filings, read_choices
from training.appeal_facts import AppealFacts, read_appeal_facts
from training.errors import TooLittleData
from training.groups import Groups, read_groups, read_plan_types
from training.newcomers import Newcomers, build_newcomers
from training.prevented import with_prevented

SMALLEST_OUTCOME_COUNT = 100
REPLACEMENT, VOID = "7", "8"


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One row per submission (claim) or decided appeal (denial), by day. Arrays: shape (n,); labels count where `is_known`."""

    matrix: FeatureMatrix
    claim_ids: NDArray[np.object_]  # patient control numbers
    payer_id: NDArray[np.object_]
    group: NDArray[np.object_]  # second segment: principal procedure of a claim, category of a denial
    sent: Days  # prediction day: submitted on, filed on
    known: Days  # day the outcome became known, UNKNOWN = not yet
    label: NDArray[np.bool_]
    cause: NDArray[np.object_]  # of a denied claim, else ""
    amount: NDArray[np.float64]  # at stake: charge of a claim, denied amount of a denial
    outcome_amount: NDArray[np.float64]  # denied dollars of a claim, recovered dollars of an appeal
    end: int  # the day that the history was read as of
    data_version: str
    left_out: dict[str, int]  # reason -> rows
    newcomers: Newcomers | None = None  # copies of rows that members learn from a second time
    prevented: Mapping[str, Json] = field(default_factory=dict)  # what was made of claims acted on because of a score
    claim_kind: NDArray[np.object_] | None = None  # "professional original"; None: the rows are no claims
    encoder: TableEncoder | None = None  # of a flat table: what made `matrix`, as it stands after the last outcome
    table: pd.DataFrame | None = None  # the flat table, in the order of the rows
    appeal_facts: AppealFacts | None = None  # of all appeals, decided or not: what a bundle's tables are learned from
    choices: Choices | None = None  # denials that could have been appealed: what the choice is learned from
    groups: Groups | None = None  # whose rows these are, for evaluation alone; None: the rows are no claims
    drawn: Mapping[str, float] = field(default_factory=dict)  # remittance -> probability with which a lot drew it

    def __len__(self) -> int:
        return len(self.label)

    @property
    def features(self) -> FeatureSet:
        """Describe the columns of `matrix`."""
        return FeatureSet.of_table(self.matrix.names) if self.encoder else FeatureSet.installed(self.matrix.names)

    @property
    def codes(self) -> Sequence[int]:
        """Give the columns of `matrix` that hold codes without an order."""
        return self.encoder.codes if self.encoder else ()

    def learnt_from(self, rows: NDArray[np.int64]) -> "Dataset":
        """Give these rows, and after them the newcomers copied from them, as a dataset of their own without newcomers."""
        if self.newcomers is None:
            return self.take(rows)
        copies = np.flatnonzero(np.isin(self.newcomers.copied, rows))
        taken = self.take(np.concatenate([rows, self.newcomers.copied[copies]]))
        taken.matrix.values[len(rows) :] = self.newcomers.matrix.values[copies]
        return taken

    def take(self, rows: NDArray[np.int64]) -> "Dataset":
        """Give these rows in this order, without newcomers."""
        arrays = ("claim_ids", "payer_id", "group", "sent", "known", "label", "cause", "amount", "outcome_amount")
        taken = {name: getattr(self, name)[rows] for name in arrays}
        return replace(
            self,
            matrix=self.matrix.take(rows),
            claim_kind=None if self.claim_kind is None else self.claim_kind[rows],
            table=None if self.table is None else self.table.iloc[rows],
            groups=None if self.groups is None else self.groups.take(rows),
            newcomers=None,
            **taken,
        )

    def matrix_for(self, bundle: ModelBundle, rows: NDArray[np.int64]) -> FeatureMatrix:
        """Give what a bundle reads of some rows; a flat table is encoded anew, by that bundle's own encoder.

        Raises: FeatureError, when the dataset lacks a column of the bundle; TableError, when the table does.
        """
        if bundle.encoder is None or self.table is None:
            return self.matrix.take(rows).select(bundle.feature_names)
        return replace(bundle.encoder.encode(self.table.iloc[rows]), ids=self.matrix.ids[rows])

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Tell which rows have an outcome."""
        return np.asarray(self.known != UNKNOWN)


def read_dataset(store: HistoryStore, spec: ModelSpec, *, as_of: date | None, hasher: PersonHasher | None = None) -> Dataset:
    """Build the dataset of a spec from what was known before `as_of` (`None` = everything).

    With a `hasher` of the home's key, the score log says which claims were acted on, and `spec.prevented` what to make of them.

    Raises: TooLittleData, when the history holds fewer than 100 outcomes.
    """
    store = store.pinned()
    claims = store.read("claims", before=as_of)
    if not claims.num_rows:
        raise TooLittleData(what=f"{spec.name}: known outcomes", expected=SMALLEST_OUTCOME_COUNT, got=0)
    batch = ClaimBatch.from_tables(claims, store.read("claim_lines", before=as_of))
    adjudication = adjudicate(store, before=as_of)
    history = History.from_parts(store, adjudication=adjudication, batch=batch, before=as_of)
    build = _claim_rows if spec.subject == "claim" else _appeal_rows
    dataset = build(store, adjudication, batch, history, spec, as_of)
    if hasher is not None and spec.subject == "claim" and spec.prevented.method != "ignore":
        acted = read_acted(store, adjudication, hasher=hasher, before=as_of)
        dataset = with_prevented(dataset, acted, spec.prevented)
    outcomes = int(dataset.is_known.sum())
    if outcomes < SMALLEST_OUTCOME_COUNT:
        raise TooLittleData(what=f"{spec.name}: known outcomes", expected=SMALLEST_OUTCOME_COUNT, got=outcomes)
    return dataset


def feature_names(spec: ModelSpec) -> tuple[str, ...]:
    """List the columns of a spec in the order of the catalog."""
    catalog = CLAIM_FEATURES if spec.subject == "claim" else APPEAL_FEATURES
    chosen = spec.features.names or catalog
    return tuple(name for name in chosen if name not in spec.features.exclude)


def _claim_rows(
    store: HistoryStore,
    adjudication: Adjudication,
    batch: ClaimBatch,
    history: History,
    spec: ModelSpec,
    as_of: date | None,
) -> Dataset:
    outcome = _aligned(adjudication.submissions, batch)
    rejected = days(outcome["rejected_on"]) != NO_DAY
    void = batch.text("frequency_code") == VOID
    kept = np.flatnonzero(~rejected & ~void)
    kept = kept[np.argsort(batch.prediction_day[kept], kind="stable")]
    outcome = outcome.take(pa.array(kept))
    chosen = batch.take(kept)
    known = days(outcome["outcome_known_on"])
    known = np.where(known == NO_DAY, UNKNOWN, known)
    names = feature_names(spec)
    return Dataset(
        matrix=build_matrix(chosen, history, names),
        newcomers=build_newcomers(chosen, history, store, names, share=spec.newcomers.share, before=as_of),
        claim_ids=chosen.text("patient_control_number"),
        payer_id=chosen.text("payer_id"),
        group=_principal_procedures(chosen),
        sent=chosen.prediction_day,
        known=known,
        label=flags(outcome["denied"]) == 1.0,
        cause=texts(outcome["category"]),
        amount=numbers(chosen.claims["charge_amount"]),
        outcome_amount=np.nan_to_num(numbers(outcome["denied_amount"])),
        end=_end_day(as_of, sent=batch.prediction_day, known=known),
        data_version=store.version(),
        left_out={"rejected before adjudication": int(rejected.sum()), "voids": int((void & ~rejected).sum())},
        claim_kind=_claim_kinds(chosen),
        groups=read_groups(batch, read_plan_types(store)).take(kept),
    )


def _appeal_rows(
    store: HistoryStore,
    adjudication: Adjudication,
    batch: ClaimBatch,
    history: History,
    spec: ModelSpec,
    as_of: date | None,
) -> Dataset:
    appeals = known_appeals(store, before=as_of)
    decided = decided_appeals(appeals, adjudication.denials)
    denials, kept = DenialBatch.of_decided(decided, adjudication.denials, batch)
    matrix = build_denial_matrix(denials, history, feature_names(spec))
    order = np.argsort(denials.prediction_day, kind="stable")
    kept, rows = kept[order], denials.denials.take(pa.array(order))
    amount = numbers(rows["denied_amount"])
    label = decided.overturned[kept]
    end = _end_day(as_of, sent=batch.prediction_day, known=decided.known_day)
    return Dataset(
        matrix=matrix.take(order),
        claim_ids=texts(rows["patient_control_number"]),
        payer_id=texts(rows["payer_id"]),
        group=texts(rows["category"]),
        sent=denials.prediction_day[order],
        known=decided.known_day[kept],
        label=label,
        cause=np.where(label, texts(rows["category"]), ""),
        amount=amount,
        outcome_amount=decided.recovered_share[kept] * amount,
        end=end,
        data_version=store.version(),
        groups=read_groups(batch, read_plan_types(store)).take(denials.claim_row[order]),
        appeal_facts=read_appeal_facts(store, adjudication.denials, before=as_of, end=end),
        choices=read_choices(
            adjudication.denials,
            batch,
            history,
            contested=first_filings(appeals, adjudication.denials),
            end=end,
            names=matrix.names,
        ),
        left_out={"pending, withdrawn or without their denial": appeals.num_rows - len(kept)},
    )


def _aligned(submissions: pa.Table, batch: ClaimBatch) -> pa.Table:
    position = {key: row for row, key in enumerate(submissions["submission_id"].to_pylist())}
    return submissions.take(pa.array([position[key] for key in batch.submission_ids], type=pa.int64())).combine_chunks()


def _principal_procedures(batch: ClaimBatch) -> NDArray[np.object_]:
    """Give the procedure of each claim's first line, "" where it has none."""
    line_count = len(batch.line_owner)
    if not line_count:
        return np.full(len(batch), "", dtype=object)
    first = np.minimum(batch.line_start[:-1], line_count - 1)
    has_lines = np.diff(batch.line_start) > 0
    return np.where(has_lines, batch.line_text("procedure_code")[first], "").astype(object)


def _claim_kinds(batch: ClaimBatch) -> NDArray[np.object_]:
    """Tell professional from institutional claims, and replacements from originals."""
    form = np.where(batch.text("claim_type") == "837I", "institutional", "professional")
    turn = np.where(batch.text("frequency_code") == REPLACEMENT, "replacement", "original")
    return np.array([f"{left} {right}" for left, right in zip(form, turn, strict=True)], dtype=object)


def _end_day(as_of: date | None, *, sent: Days, known: Days) -> int:
    """Give the day as of which the history is seen: `as_of`, else the day after the last fact."""
    if as_of is not None:
        return day_number(as_of)
    answered = known[known != UNKNOWN]
    return int(max(sent.max(initial=0), answered.max(initial=0))) + 1
