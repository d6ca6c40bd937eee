"""Owns what is kept of a model's test: every held-out row with its outcome and what model and baselines said of it.

Rows carry our own keys only. Metrics, segments and the gate are all computed from this one table, so they can be recomputed.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.batch import day_date
from models.bundle import ModelBundle
from training.baselines import baseline_probabilities
from training.dataset import Dataset
from training.dollars import expected_amounts

MODEL = "probability"
LOW, HIGH, UNFAMILIAR = "probability_low", "probability_high", "is_unfamiliar"


def cause_column(cause: str) -> str:
    """Name the column that holds a cause's share of the probability."""
    return f"p_{cause}"


@dataclass(frozen=True, kw_only=True)
class Holdout:
    """The tested rows. `causes` has shape (n, n_causes) in the order of `cause_names`."""

    ids: NDArray[np.object_]
    sent: NDArray[np.int64]
    payer_id: NDArray[np.object_]
    claim_kind: NDArray[np.object_] | None  # None: the rows are no claims
    label: NDArray[np.bool_]
    cause: NDArray[np.object_]
    amount: NDArray[np.float64]
    outcome_amount: NDArray[np.float64]
    expected_amount: NDArray[np.float64]  # what the model expected of it
    probability: NDArray[np.float64]
    baselines: dict[str, NDArray[np.float64]]
    causes: NDArray[np.float64]
    cause_names: tuple[str, ...]
    low: NDArray[np.float64] | None = None  # ends of the intervals; None: the model gives none
    high: NDArray[np.float64] | None = None
    is_unfamiliar: NDArray[np.bool_] | None = None

    def to_table(self) -> pa.Table:
        """Lay out as one Arrow table; `p_<cause>` columns split `probability`."""
        confidence = {LOW: self.low, HIGH: self.high, UNFAMILIAR: self.is_unfamiliar}
        return pa.table(
            {
                "id": pa.array(self.ids, pa.string()),
                "sent_on": pa.array([day_date(int(day)) for day in self.sent], pa.date32()),
                "payer_id": pa.array(self.payer_id, pa.string()),
                **({} if self.claim_kind is None else {"claim_kind": pa.array(self.claim_kind, pa.string())}),
                "label": self.label,
                "cause": pa.array(self.cause, pa.string()),
                "amount": self.amount,
                "outcome_amount": self.outcome_amount,
                "expected_amount": self.expected_amount,
                MODEL: self.probability,
                **{name: column for name, column in confidence.items() if column is not None},
                **self.baselines,
                **{cause_column(name): self.causes[:, at] for at, name in enumerate(self.cause_names)},
            }
        )


def score_holdout(bundle: ModelBundle, dataset: Dataset, *, fitted: NDArray[np.int64], tested: NDArray[np.int64]) -> Holdout:
    """Score the tested rows through the calls that the service makes, with the baselines beside them."""
    matrix = dataset.matrix.take(tested)
    causes = bundle.predict_causes(matrix)
    low, high = bundle.interval(matrix) or (None, None)
    return Holdout(
        ids=np.asarray(matrix.ids, dtype=object),
        sent=dataset.sent[tested],
        payer_id=dataset.payer_id[tested],
        claim_kind=None if dataset.claim_kind is None else dataset.claim_kind[tested],
        label=dataset.label[tested],
        cause=np.where(dataset.label[tested], dataset.cause[tested], ""),
        amount=dataset.amount[tested],
        outcome_amount=dataset.outcome_amount[tested],
        expected_amount=expected_amounts(bundle, dataset, causes=causes, fitted=fitted, tested=tested),
        probability=bundle.predict_probability(matrix),
        baselines=baseline_probabilities(dataset, fitted=fitted, tested=tested),
        causes=causes,
        cause_names=bundle.causes,
        low=low,
        high=high,
        is_unfamiliar=bundle.confidence.is_unfamiliar(matrix) if bundle.confidence else None,
    )


def choose_thresholds(holdout: Holdout) -> dict[str, float]:
    """Give cut-offs of the held-out scores: of the riskiest twentieth and fifth."""
    return {
        "top_5_percent": float(np.quantile(holdout.probability, 0.95)),
        "top_20_percent": float(np.quantile(holdout.probability, 0.8)),
    }


def describe_answers(bundle: ModelBundle, dataset: Dataset, rows: NDArray[np.int64]) -> pa.Table:
    """Lay out what a bundle says of these rows, in the columns of a holdout table.

    Raises: FeatureError, when the dataset lacks a column of the bundle.
    """
    matrix = dataset.matrix_for(bundle, rows).select(bundle.feature_names)
    causes = bundle.predict_causes(matrix)
    return pa.table(
        {
            "id": pa.array(matrix.ids, pa.string()),
            MODEL: bundle.predict_probability(matrix),
            **{cause_column(name): causes[:, at] for at, name in enumerate(bundle.causes)},
        }
    )
