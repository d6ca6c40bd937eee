"""Features of fields left out that the payer's paid claims carried, and of what leaving them out cost. Learned, not listed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.batch import Texts
from features.carried import CLAIM_FIELDS, LINE_FIELDS
from features.evaluation import Evaluation
from features.registry import Column, Feature, SubjectFunction, add_feature, add_line_feature, feature, line_feature

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


def _of_claims(at: Evaluation) -> "_Fields":
    def make() -> _Fields:
        names = tuple(CLAIM_FIELDS)
        absent = ~np.column_stack([CLAIM_FIELDS[name](at.batch) for name in names])
        return _Fields(
            absent=absent.astype(np.float64),
            habit=_habits(at, "payer", names, HABIT_PRIOR),
            missed=_missed(at, "payer", names, MISSED_PRIOR),
        )

    return at.once("fields of claims", make)


def _of_lines(at: Evaluation) -> "_Fields":
    def make() -> _Fields:
        names = tuple(LINE_FIELDS)
        absent = ~np.column_stack([LINE_FIELDS[name](at.batch) for name in names])
        return _Fields(
            absent=absent.astype(np.float64),
            habit=_habits(at, "payer_procedure", names, _habits(at, "procedure", names, HABIT_PRIOR)),
            missed=_missed(at, "payer_procedure", names, _missed(at, "payer_class", names, MISSED_PRIOR)),
        )

    return at.once("fields of lines", make)


@dataclass(frozen=True, kw_only=True)
class _Fields:
    """Every field at once, shape (n, n_fields): left out here, carried by paid ones, denied where left out."""

    absent: Column
    habit: Column
    missed: Column

    @cached_property
    def cost(self) -> Column:
        """Rate of missing data denials where the field is left out here; else 0."""
        return self.absent * self.missed

    @cached_property
    def unmet(self) -> Column:
        """Share of paid ones that carried the field where it is left out here; else 0."""
        return self.absent * self.habit


def _habits(at: Evaluation, table: str, names: tuple[str, ...], prior: Column | float) -> Column:
    carried = at.habit(table, tuple(f"paid_with_{name}" for name in names))
    return smoothed(carried, at.habit(table, ("paid",)), prior, HABIT_WEIGHT)


def _paid_claims(at: Evaluation) -> Column:
    return at.habit("payer", ("paid",))[:, 0]


def _paid_lines(at: Evaluation) -> Column:
    return at.habit("payer_procedure", ("paid",))[:, 0]


def _missed(at: Evaluation, table: str, names: tuple[str, ...], prior: Column | float) -> Column:
    missed = at.habit(table, tuple(f"missed_{name}" for name in names))
    return smoothed(missed, at.habit(table, tuple(f"without_{name}" for name in names)), prior, MISSED_WEIGHT)


def smoothed(hits: Column, seen: Column, prior: Column | float, weight: float) -> Column:
    """Share of hits among those seen, pulled towards a prior worth `weight` of them."""
    return (hits + weight * prior) / (seen + weight)


def _worst_field(
    of: Callable[[Evaluation], "_Fields"], fields: tuple[str, ...], values: Callable[["_Fields"], Column]
) -> SubjectFunction:
    """Name the field behind the highest value; "" where none is missing."""

    def name(at: Evaluation) -> Texts:
        found = values(of(at))
        if not len(found):
            return np.zeros(0, dtype=object)
        words = np.array([field.replace("_", " ") for field in fields], dtype=object)
        return np.where(found.max(axis=1) > 0, words[found.argmax(axis=1)], "").astype(object)

    return name


def _highest(values: Column) -> Column:
    return np.asarray(values.max(axis=1))


def _register() -> None:
    for name, words in _CLAIM_WORDS.items():
        title = f"Paid claims of this payer carried {'an' if words[0] in 'aeiou' else 'a'} {words}; this one has none"
        add_feature(_unmet(f"{name}_habit_unmet", title, "missing_information", name))
    for name, (words, cause) in _LINE_WORDS.items():
        title = f"Paid lines of this service carried {'an' if words[0] in 'aeiou' else 'a'} {words}; this one has none"
        new = _unmet(f"service_{name}_habit_unmet", title, cause, name, of_lines=True)
        add_line_feature(new, over_lines="highest")


def _unmet(name: str, title: str, cause: str, field: str, *, of_lines: bool = False) -> Feature:
    position = tuple(LINE_FIELDS if of_lines else CLAIM_FIELDS).index(field)

    def column(at: Evaluation) -> Column:
        """Share of paid claims (lines) that carried the field, where this one does not; 0 where it does."""
        return (_of_lines(at) if of_lines else _of_claims(at)).unmet[:, position]

    return Feature(
        name=name,
        title=title,
        unit="share",
        known_from=RECEIPT,
        root_cause=cause,
        monotone=0,
        version=1,
        function=column,
        answers=_paid_lines if of_lines else _paid_claims,
    )


_register()


@feature(
    title="A field is missing that this payer's paid claims carry",
    unit="share",
    known_from=RECEIPT,
    root_cause="missing_information",
    subject=_worst_field(_of_claims, tuple(CLAIM_FIELDS), lambda fields: fields.unmet),
)
def required_field_unmet(at: Evaluation) -> Column:
    """Highest share, over the fields left out, of the payer's paid claims that carried it; 0 where none is left out."""
    return _highest(_of_claims(at).unmet)


@feature(
    title="Denials for missing data when these fields are left out",
    unit="rate",
    known_from=RECEIPT,
    root_cause="missing_information",
    subject=_worst_field(_of_claims, tuple(CLAIM_FIELDS), lambda fields: fields.cost),
)
def missing_field_denial_rate(at: Evaluation) -> Column:
    """Highest smoothed rate, over the fields left out, of the payer's missing data denials without it; 0 where none is."""
    return _highest(_of_claims(at).cost)


@line_feature(
    title="A field is missing that paid lines of this service carry",
    unit="share",
    known_from=RECEIPT,
    root_cause="missing_information",
    subject=_worst_field(_of_lines, tuple(LINE_FIELDS), lambda fields: fields.unmet),
)
def service_required_field_unmet(at: Evaluation) -> Column:
    """Highest share, over the fields left out, of the payer's paid lines of the procedure that carried it."""
    return _highest(_of_lines(at).unmet)


@line_feature(
    title="Denials for missing data of this service when these fields are left out",
    unit="rate",
    known_from=RECEIPT,
    root_cause="missing_information",
    subject=_worst_field(_of_lines, tuple(LINE_FIELDS), lambda fields: fields.cost),
)
def service_missing_field_denial_rate(at: Evaluation) -> Column:
    """Highest smoothed rate, over the fields left out, of missing data denials of payer and procedure without it."""
    return _highest(_of_lines(at).cost)
