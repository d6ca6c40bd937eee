"""Owns the order of the columns. Order is part of a model; a new feature goes to the end of its family."""

from features import claim_form, habits, outcome_rates, records, sequences
from features.registry import FEATURES

_FAMILIES = (claim_form, records, sequences, habits, outcome_rates)

CLAIM_FEATURES: tuple[str, ...] = tuple(FEATURES)
"""Names of every claim-level feature, in the order of the matrix: by family as imported, then as written."""
