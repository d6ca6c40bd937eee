"""Owns the order of the columns. Order is part of a model; a new feature goes to the end of its family."""

from features import (
    appeal_documents,
    appeal_features,
    claim_form,
    coding,
    outcome_rates,
    people,
    records,
    required_fields,
    sequences,
    services,
)
from features.registry import FEATURES, LINE_PREFIX

_FAMILIES = (
    claim_form,
    records,
    sequences,
    people,
    required_fields,
    coding,
    services,
    outcome_rates,
    appeal_features,
    appeal_documents,
)


def _of_level(level: str) -> tuple[str, ...]:
    owners = {family.__name__: order for order, family in enumerate(_FAMILIES)}
    # By family, then as written: the order of imports elsewhere must not move a column.
    found = [one for one in FEATURES.values() if one.level == level]
    return tuple(one.name for one in sorted(found, key=lambda one: owners[one.function.__module__]))


CLAIM_FEATURES: tuple[str, ...] = _of_level("claim")
"""Names of every feature of a claim before submission, in the order of the matrix."""

_LINE_NAMES = _of_level("line")
LINE_FEATURES: tuple[str, ...] = (
    *_LINE_NAMES,
    *(name for name in CLAIM_FEATURES if f"{LINE_PREFIX}{name}" not in _LINE_NAMES),
)
"""Names of every feature of a line, then those of its claim that are no summary of lines, in the order of the matrix."""

APPEAL_FEATURES: tuple[str, ...] = _of_level("denial")
"""Names of every feature of a denial before an appeal, in the order of the matrix."""
