"""Owns the groups that a model must treat alike: payer type, age, sex, location and provider size of each row.

They are read for evaluation alone: none need be a feature, and neither they nor patients' keys leave training row by row.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from claims.history.store import HistoryStore
from features.batch import ClaimBatch, Days, Texts, numbers, texts
from features.keys import location, patient

NOT_STATED = "not stated"
OTHERS = "all others"
MOST_LOCATIONS = 20
YEAR_DAYS = 365
AGE_ENDS = (18, 45, 65, 75)
AGE_NAMES = ("0 to 17", "18 to 44", "45 to 64", "65 to 74", "75 and over")
SIZE_ENDS = (50, 200, 1000)
SIZE_NAMES = ("under 50 claims a year", "50 to 199", "200 to 999", "1,000 and more")
SEXES = {"F": "female", "M": "male"}

# Claim filing indicators, SBR09 (X12 element 1032), where the practice's payers.csv says nothing of the payer.
_PAYER_TYPES = {
    "medicare ffs": ("MA", "MB"),
    "medicare advantage": ("16",),
    "medicaid": ("MC",),
    "commercial": ("12", "13", "14", "15", "BL", "CI", "HM", "DS"),
    "federal": ("CH", "FI", "OF", "TV", "VA", "17"),
    "workers compensation": ("WC",),
    "accident": ("AM", "LM"),
    "self pay": ("09",),
}
_TYPE_OF_INDICATOR = {code: name for name, codes in _PAYER_TYPES.items() for code in codes}


@dataclass(frozen=True, kw_only=True)
class Groups:
    """The group of each row by kind ("age", "sex", ...), and whose row it is. Arrays of shape (n,)."""

    patient: Texts
    kinds: Mapping[str, Texts]

    def take(self, rows: NDArray[np.int64]) -> "Groups":
        """Give these rows in this order."""
        return Groups(patient=self.patient[rows], kinds={name: values[rows] for name, values in self.kinds.items()})


def read_groups(batch: ClaimBatch, plan_types: Mapping[str, str]) -> Groups:
    """Tell the groups of claims, a provider's size from the batch itself; `plan_types` by payer come before SBR09."""
    return Groups(
        patient=patient(batch),
        kinds={
            "payer type": _payer_types(batch, plan_types),
            "age": _ages(batch),
            "sex": np.array([SEXES.get(code, NOT_STATED) for code in batch.text("patient_sex_code")], dtype=object),
            "location": _largest(location(batch)),
            "provider size": _provider_sizes(batch),
        },
    )


def read_plan_types(store: HistoryStore) -> dict[str, str]:
    """Read the practice's own word for each payer's kind of plan; the row known last counts."""
    rows = store.read("payers", columns=("payer_id", "plan_type", "known_on")).sort_by("known_on")
    pairs = zip(texts(rows["payer_id"]), texts(rows["plan_type"]), strict=True)
    return {payer: plan_type.replace("_", " ") for payer, plan_type in pairs if plan_type}


def _payer_types(batch: ClaimBatch, plan_types: Mapping[str, str]) -> Texts:
    pairs = zip(batch.text("payer_id"), batch.text("claim_filing_indicator_code"), strict=True)
    named = [plan_types.get(payer) or _TYPE_OF_INDICATOR.get(code, NOT_STATED) for payer, code in pairs]
    return np.array(named, dtype=object)


def _ages(batch: ClaimBatch) -> Texts:
    years = numbers(batch.claims["patient_age_years"])
    band = np.array(AGE_NAMES, dtype=object)[np.searchsorted(AGE_ENDS, years, side="right").clip(max=len(AGE_ENDS))]
    return np.where(np.isnan(years), NOT_STATED, band)


def _largest(names: Texts) -> Texts:
    """Keep the names of most rows, and join the rest."""
    found, at, counts = np.unique(names.astype(str), return_inverse=True, return_counts=True)
    kept = np.zeros(len(found), dtype=np.bool_)
    kept[np.argsort(-counts, kind="stable")[:MOST_LOCATIONS]] = True
    return np.where(kept[at], names, OTHERS)


def _provider_sizes(batch: ClaimBatch) -> Texts:
    """Band the claims that the rendering (else billing) provider sent in the year before each claim."""
    rendering, billing = batch.text("rendering_provider_npi"), batch.text("billing_provider_npi")
    sent = _sent_in_year_before(np.where(rendering != "", rendering, billing), batch.prediction_day)
    return np.array(SIZE_NAMES, dtype=object)[np.searchsorted(SIZE_ENDS, sent, side="right")]


def _sent_in_year_before(provider: Texts, day: Days) -> NDArray[np.int64]:
    _, code = np.unique(provider.astype(str), return_inverse=True)
    first, span = int(day.min(initial=0)) - YEAR_DAYS, int(np.ptp(day)) + 2 * YEAR_DAYS if len(day) else 1
    place = code.astype(np.int64) * span + (day - first)
    ordered = np.sort(place)
    return np.searchsorted(ordered, place) - np.searchsorted(ordered, place - YEAR_DAYS)
