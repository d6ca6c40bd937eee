"""Owns whether a model errs alike for all: error rates at the threshold of advice and calibration, by group.

Intervals are 95 %, of ratios linearized over patients: claims of one patient fail together, so a patient counts as one draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from models.bundle import Json
from models.costs import Costs
from training.groups import Groups
from training.holdout import Holdout
from training.metrics import calibration_bins

SMALLEST_GROUP = 50  # rows; of fewer nothing but their number is said
SMALLEST_CELL = 11  # a count of fewer people is not published (the cell size policy of the Medicare agency)
SMALLEST_COUNT = 5  # rows that a rate is of, and denials that a ratio is of
ERROR_RATE = 0.05
EVERYONE = "everyone"
RATES = ("flagged_rate", "false_positive_rate", "false_negative_rate")
FIGURES = ("observed_over_expected", *RATES)

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A ratio of two sums over rows, with each patient's part in its error; arrays of shape (n_patients,)."""

    value: float
    influence: Numbers
    base: float  # the lower sum

    @property
    def error(self) -> float:
        """Give the standard error, patients drawn as wholes."""
        return float(np.sqrt((self.influence**2).sum()))


def flagged_rows(holdout: Holdout, *, subject: str, costs: Costs) -> Flags:
    """Tell which rows the model would have had people look at: claims by their advice, appeals that it gives even odds."""
    if subject != "claim":
        return np.asarray(holdout.probability >= 0.5)
    pairs = zip(holdout.probability.tolist(), holdout.expected_amount.tolist(), strict=True)
    return np.array([chance >= costs.threshold(chance, at_risk) for chance, at_risk in pairs], dtype=np.bool_)


def measure_fairness(holdout: Holdout, groups: Groups | None, *, subject: str, costs: Costs) -> dict[str, Json]:
    """Measure every group of every kind; nothing for rows without groups.

    A group says `differs` for figures that are not those of all other rows: the difference lies beyond chance, corrected for
    the number of figures looked at. Groups of fewer than 50 rows give their `row_count` alone, those of fewer than 11
    `row_count_below`.
    """
    if groups is None or not len(holdout.label):
        return {}
    flagged = flagged_rows(holdout, subject=subject, costs=costs)
    _, patient = np.unique(groups.patient.astype(str), return_inverse=True)
    names = {kind: np.unique(values.astype(str)) for kind, values in groups.kinds.items()}
    looked_at = len(FIGURES) * sum(len(found) for found in names.values())
    reach = NormalDist().inv_cdf(1 - ERROR_RATE / (2 * looked_at))
    kinds: dict[str, Mapping[str, Json]] = {
        EVERYONE: {"all rows": _group(holdout, np.ones(len(flagged), dtype=np.bool_), flagged, patient, reach)}
    }
    kinds |= {
        kind: {str(name): _group(holdout, groups.kinds[kind] == name, flagged, patient, reach) for name in found}
        for kind, found in names.items()
    }
    return {"rule": "advice" if subject == "claim" else "even odds", "kinds": kinds}


def _group(holdout: Holdout, own: Flags, flagged: Flags, patient: NDArray[np.int64], reach: float) -> Mapping[str, Json]:
    count = int(own.sum())
    if count < SMALLEST_GROUP:
        return {"row_count": count} if count >= SMALLEST_CELL else {"row_count_below": SMALLEST_CELL}
    label, probability = holdout.label[own], holdout.probability[own]
    found = _ratios(holdout, own, flagged, patient)
    others = _ratios(holdout, ~own, flagged, patient)
    bins = calibration_bins(label, probability)
    return {
        "row_count": count,
        "patient_count": len(np.unique(patient[own])),
        "positive_count": int(label.sum()),
        "base_rate": float(label.mean()),
        "mean_probability": float(probability.mean()),
        "ece": float(sum(share * abs(rate - mean) for share, rate, mean in bins)),
        "ece_by_chance": _ece_by_chance(bins, count),
        **{name: ratio.value for name, ratio in found.items()},
        "interval": {name: list(_interval(name, ratio)) for name, ratio in found.items()},
        "differs": [name for name, ratio in found.items() if name in others and _is_apart(ratio, others[name], reach)],
    }


def _ratios(holdout: Holdout, own: Flags, flagged: Flags, patient: NDArray[np.int64]) -> dict[str, Ratio]:
    label = holdout.label
    sums = {
        "observed_over_expected": (label & own, holdout.probability * own, label & own),
        "flagged_rate": (flagged & own, own, own),
        "false_positive_rate": (flagged & ~label & own, ~label & own, ~label & own),
        "false_negative_rate": (~flagged & label & own, label & own, label & own),
    }
    return {
        name: _ratio(above.astype(np.float64), below.astype(np.float64), patient)
        for name, (above, below, counted) in sums.items()
        if counted.sum() >= SMALLEST_COUNT
    }


def _ratio(above: Numbers, below: Numbers, patient: NDArray[np.int64]) -> Ratio:
    base = float(below.sum())
    value = float(above.sum()) / base
    return Ratio(value=value, influence=np.bincount(patient, above - value * below) / base, base=base)


def _interval(name: str, ratio: Ratio) -> tuple[float, float]:
    reach = NormalDist().inv_cdf(1 - ERROR_RATE / 2)
    if name in RATES:
        return _wilson(ratio, reach)
    width = float(np.exp(reach * ratio.error / ratio.value))
    return ratio.value / width, ratio.value * width


def _wilson(rate: Ratio, reach: float) -> tuple[float, float]:
    """Wilson's score interval on the number of independent rows that the patients are worth; holds at rates of 0 and 1, too."""
    spread = rate.value * (1 - rate.value)
    count = min(rate.base, spread / rate.error**2) if spread > 0 and rate.error > 0 else rate.base
    middle = (rate.value + reach**2 / (2 * count)) / (1 + reach**2 / count)
    half = reach / (1 + reach**2 / count) * np.sqrt(spread / count + reach**2 / (4 * count**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _is_apart(ratio: Ratio, other: Ratio, reach: float) -> bool:
    """Tell whether two ratios differ beyond chance; a patient with rows on both sides counts in both."""
    error = float(np.sqrt(((ratio.influence - other.influence) ** 2).sum()))
    return abs(ratio.value - other.value) > reach * error


def _ece_by_chance(bins: list[tuple[float, float, float]], row_count: int) -> float:
    """Expect the calibration error that a perfect probability shows on so many rows: each bin's mean absolute deviation."""
    return float(sum(share * np.sqrt(2 / np.pi * mean * (1 - mean) / (share * row_count)) for share, _, mean in bins))
