"""Owns what a claim form carries and what it leaves out: one flag per field, used to count habits and to look them up."""

from collections.abc import Callable

import numpy as np

from features.batch import NO_DAY, ClaimBatch, are_filled, days, flags, is_one_of
from features.events import Flags, flags_of

SEX_UNKNOWN = frozenset({"", "U"})
Presence = Callable[[ClaimBatch], Flags]


def _named(column: str) -> Presence:
    return lambda batch: np.asarray(batch.text(column) != "", dtype=np.bool_)


def _dated(column: str) -> Presence:
    return lambda batch: np.asarray(days(batch.claims[column]) != NO_DAY, dtype=np.bool_)


def has_paperwork(batch: ClaimBatch) -> Flags:
    """Tell which lines come with paperwork, their own or the claim's."""
    line = are_filled(batch.lines["paperwork_codes"])
    return np.asarray(line | CLAIM_FIELDS["paperwork"](batch)[batch.line_owner], dtype=np.bool_)


def has_authorization(batch: ClaimBatch) -> Flags:
    """Tell which lines carry an authorization number, their own or the claim's."""
    claim = batch.text("authorization_number")[batch.line_owner] != ""
    return np.asarray((batch.line_text("authorization_number") != "") | claim, dtype=np.bool_)


def has_referral(batch: ClaimBatch) -> Flags:
    """Tell which lines carry a referral number, their own or the claim's."""
    claim = batch.text("referral_number")[batch.line_owner] != ""
    return np.asarray((batch.line_text("referral_number") != "") | claim, dtype=np.bool_)


def has_modifier(batch: ClaimBatch) -> Flags:
    """Tell which lines carry a modifier."""
    return flags_of(batch.modifiers, len(batch.line_owner))


CLAIM_FIELDS: dict[str, Presence] = {
    "group_number": _named("group_number"),
    "referrer": _named("referring_provider_npi"),
    "rendering_provider": _named("rendering_provider_npi"),
    "rendering_taxonomy": _named("rendering_taxonomy_code"),
    "billing_taxonomy": _named("billing_taxonomy_code"),
    "facility": lambda batch: np.asarray(
        (batch.text("facility_npi") != "") | (batch.text("facility_name") != ""), dtype=np.bool_
    ),
    "address": lambda batch: flags(batch.claims["has_patient_address"]) > 0,
    "birth_date": lambda batch: ~np.isnan(batch.number("patient_age_years")),
    "sex": lambda batch: ~is_one_of(batch.text("patient_sex_code"), SEX_UNKNOWN),
    "member_id": _named("subscriber_key"),
    "relationship": _named("relationship_code"),
    "clia": _named("clia_number"),
    "onset_date": _dated("onset_on"),
    "accident_date": _dated("accident_on"),
    "note": lambda batch: flags(batch.claims["has_note"]) > 0,
    "paperwork": lambda batch: are_filled(batch.claims["paperwork_codes"]),
    "assignment": _named("assignment_code"),
    "benefits_assigned": _named("benefits_assigned_code"),
    "release_of_information": _named("release_of_information_code"),
    "signature": _named("provider_signature_code"),
    "replaced_claim": _named("payer_claim_control_number"),
    "admission_type": _named("admission_type_code"),
    "patient_status": _named("patient_status_code"),
}
"""Fields of the claim whose absence a payer may deny."""


def _of_claim(name: str) -> Presence:
    return lambda batch: CLAIM_FIELDS[name](batch)[batch.line_owner]


LINE_FIELDS: dict[str, Presence] = {
    "authorization": has_authorization,
    "referral": has_referral,
    "modifier": has_modifier,
    "line_paperwork": has_paperwork,
    "drug_code": lambda batch: np.asarray(batch.line_text("national_drug_code") != "", dtype=np.bool_),
    "pointer": lambda batch: flags_of(batch.line_pointers, len(batch.line_owner)),
    **{name: _of_claim(name) for name in ("referrer", "clia", "onset_date", "note", "facility", "rendering_taxonomy")},
}
"""Fields of a line, or of its claim, whose need depends on the service."""
