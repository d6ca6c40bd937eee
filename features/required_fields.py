"""Features of fields left out that the payer's paid claims carried, and of what leaving them out cost. Learned, not listed."""

import numpy as np

from features.carried import CLAIM_FIELDS, LINE_FIELDS
from features.evaluation import Evaluation
from features.registry import Column, Feature, add_feature, add_line_feature, feature, line_feature

RECEIPT = "835 receipt"
# Before any paid claim is known, a field is taken to be carried rarely and its absence to be denied rarely.
HABIT_PRIOR, HABIT_WEIGHT = 0.05, 3.0
MISSED_PRIOR, MISSED_WEIGHT = 0.02, 8.0

# Fields that have a column of their own; every field counts in `required_field_unmet`.
_CLAIM_WORDS = {
    "group_number": "group number (SBR03)",
    "referrer": "referring provider",
    "rendering_taxonomy": "rendering provider's taxonomy",
    "billing_taxonomy": "billing provider's taxonomy",
    "facility": "service facility",
    "onset_date": "date of onset",
}
_LINE_WORDS = {
    "authorization": ("authorization number", "authorization"),
    "referral": ("referral number", "referral"),
    "modifier": ("modifier", "coding"),
    "line_paperwork": ("document (PWK)", "documentation"),
    "drug_code": ("drug code (LIN)", "missing_information"),
    "referrer": ("referring provider", "missing_information"),
    "clia": ("CLIA number", "missing_information"),
    "onset_date": ("date of onset", "missing_information"),
    "note": ("note", "documentation"),
}


def _claim_habit(at: Evaluation, name: str) -> Column:
    return smoothed(at.habit("payer", f"paid_with_{name}"), at.habit("payer", "paid"), HABIT_PRIOR, HABIT_WEIGHT)


def _line_habit(at: Evaluation, name: str) -> Column:
    everywhere = smoothed(at.habit("procedure", f"paid_with_{name}"), at.habit("procedure", "paid"), HABIT_PRIOR, HABIT_WEIGHT)
    own, paid = at.habit("payer_procedure", f"paid_with_{name}"), at.habit("payer_procedure", "paid")
    return smoothed(own, paid, everywhere, HABIT_WEIGHT)


def _claim_missed(at: Evaluation, name: str) -> Column:
    return smoothed(at.habit("payer", f"missed_{name}"), at.habit("payer", f"without_{name}"), MISSED_PRIOR, MISSED_WEIGHT)


def _line_missed(at: Evaluation, name: str) -> Column:
    missed, without = at.habit("procedure", f"missed_{name}"), at.habit("procedure", f"without_{name}")
    everywhere = smoothed(missed, without, MISSED_PRIOR, MISSED_WEIGHT)
    own, own_without = at.habit("payer_procedure", f"missed_{name}"), at.habit("payer_procedure", f"without_{name}")
    return smoothed(own, own_without, everywhere, MISSED_WEIGHT)


def smoothed(hits: Column, seen: Column, prior: Column | float, weight: float) -> Column:
    """Share of hits among those seen, pulled towards a prior worth `weight` of them."""
    return (hits + weight * prior) / (seen + weight)


def _claim_absent(at: Evaluation, name: str) -> Column:
    return np.asarray(~at.once(("field", name), lambda: CLAIM_FIELDS[name](at.batch)), dtype=np.float64)


def _line_absent(at: Evaluation, name: str) -> Column:
    return np.asarray(~at.once(("line field", name), lambda: LINE_FIELDS[name](at.batch)), dtype=np.float64)


def _claim_unmet(at: Evaluation, *, name: str) -> Column:
    """Share of the payer's paid claims that carried the field, where this one does not; else 0."""
    return _claim_absent(at, name) * _claim_habit(at, name)


def _line_unmet(at: Evaluation, *, name: str) -> Column:
    """Share of the payer's paid lines of the procedure that carried the field, where this one does not; else 0."""
    return _line_absent(at, name) * _line_habit(at, name)


def _most(columns: list[Column]) -> Column:
    return np.asarray(np.max(columns, axis=0))


def _register() -> None:
    for name, words in _CLAIM_WORDS.items():
        title = f"Paid claims of this payer carried a {words}; this one has none"
        add_feature(_unmet(f"{name}_habit_unmet", title, "missing_information", name))
    for name, (words, cause) in _LINE_WORDS.items():
        title = f"Paid lines of this service carried a {words}; this one has none"
        new = _unmet(f"service_{name}_habit_unmet", title, cause, name, of_lines=True)
        add_line_feature(new, over_lines="highest")


def _unmet(name: str, title: str, cause: str, field: str, *, of_lines: bool = False) -> Feature:
    unmet = _line_unmet if of_lines else _claim_unmet

    def column(at: Evaluation) -> Column:
        """Share of paid claims (lines) that carried the field, where this one does not; 0 where it does."""
        return unmet(at, name=field)

    return Feature(
        name=name, title=title, unit="rate", known_from=RECEIPT, root_cause=cause, monotone=0, version=1, function=column
    )


_register()


@feature(
    title="A field is missing that this payer's paid claims carry",
    unit="rate",
    known_from=RECEIPT,
    root_cause="missing_information",
)
def required_field_unmet(at: Evaluation) -> Column:
    """Highest share, over the fields left out, of the payer's paid claims that carried it; 0 where none is left out."""
    return _most([_claim_unmet(at, name=name) for name in CLAIM_FIELDS])


@feature(
    title="Denials for missing data when these fields are left out",
    unit="rate",
    known_from=RECEIPT,
    root_cause="missing_information",
)
def missing_field_denial_rate(at: Evaluation) -> Column:
    """Highest smoothed rate, over the fields left out, of the payer's missing data denials without it; 0 where none is."""
    return _most([_claim_absent(at, name) * _claim_missed(at, name) for name in CLAIM_FIELDS])


@line_feature(
    title="A field is missing that paid lines of this service carry",
    unit="rate",
    known_from=RECEIPT,
    root_cause="missing_information",
)
def service_required_field_unmet(at: Evaluation) -> Column:
    """Highest share, over the fields left out, of the payer's paid lines of the procedure that carried it."""
    return _most([_line_unmet(at, name=name) for name in LINE_FIELDS])


@line_feature(
    title="Denials for missing data of this service when these fields are left out",
    unit="rate",
    known_from=RECEIPT,
    root_cause="missing_information",
)
def service_missing_field_denial_rate(at: Evaluation) -> Column:
    """Highest smoothed rate, over the fields left out, of missing data denials of payer and procedure without it."""
    return _most([_line_absent(at, name) * _line_missed(at, name) for name in LINE_FIELDS])
