"""Owns how payers word a denial: CARC, RARC and group code by edit, and the fix that removes each edit's cause.

RARCs stand where the code list demands them (CARC 16, 96, 252 and A1); otherwise they are optional and drawn by payer.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One way to word a denial."""

    group_code: str
    carc: str
    rarc: str | None = None


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One payer edit: the root cause it speaks for, how it is worded and what removes it."""

    id: str
    cause: str
    fix: str
    wordings: tuple[Wording, ...]


def _edit(id: str, cause: str, fix: str, *wordings: str) -> Edit:
    parts = [wording.split() for wording in wordings]
    return Edit(
        id=id,
        cause=cause,
        fix=fix,
        wordings=tuple(Wording(group_code=p[0], carc=p[1], rarc=p[2] if len(p) > 2 else None) for p in parts),
    )


EDITS: dict[str, Edit] = {
    edit.id: edit
    for edit in (
        _edit("coverage", "eligibility", "bill_coverage_in_force", "PR 27 N30", "CO 27", "PR 26", "CO 177", "PR 200 N650"),
        _edit("other_plan", "wrong_payer", "bill_responsible_payer", "CO 109 N418", "OA 109", "CO 109 N104"),
        _edit("primary_first", "coordination_of_benefits", "bill_primary_first", "CO 22 MA04", "OA 22", "CO 22 N479"),
        _edit("primary_data", "coordination_of_benefits", "send_primary_payment", "CO 16 MA04", "CO 22 MA04", "CO 16 N479"),
        _edit("member_id", "patient_information", "correct_member_id", "CO 31 N382", "PR 31", "CO 16 N382"),
        _edit("enrollment", "provider_enrollment", "hold_until_enrolled", "CO B7 N570", "CO 16 N290", "CO 185", "PR B7"),
        _edit("filing_limit", "timely_filing", "send_within_limit", "CO 29", "CO 29 N211"),
        _edit("same_claim", "duplicate", "send_once", "OA 18", "CO 18", "OA 18 N522"),
        _edit("facility", "missing_information", "add_facility", "CO 16 MA114", "CO 16 MA114"),
        _edit("clia", "missing_information", "add_clia_number", "CO 16 MA120", "CO 16 MA120"),
        _edit("drug_code", "missing_information", "add_drug_code", "CO 16 M119", "CO 16 M119"),
        _edit("taxonomy", "missing_information", "add_taxonomy", "CO 16 N255", "CO 16 N517"),
        _edit("accident", "missing_information", "add_accident_date", "CO 16 N305", "CO 16 N305"),
        _edit("form", "missing_information", "complete_claim_form", "CO 16 M44", "CO 16 MA112", "CO 16 N517"),
        _edit("referral", "referral", "add_referral", "CO 165", "CO 16 N286", "CO 288"),
        _edit("authorization", "authorization", "add_authorization", "CO 197", "CO 197 M62", "PR 197", "CO 15"),
        _edit("authorization_scope", "authorization", "match_authorization", "CO 198 N54", "CO 15", "CO 198", "CO 302"),
        _edit("modifier", "coding", "add_modifier", "CO 4 N822", "CO 4", "CO 4 N519"),
        _edit("place", "coding", "correct_place_of_service", "CO 5", "CO 5 M77"),
        _edit("diagnosis_code", "coding", "specify_diagnosis", "CO 11", "CO 16 M76", "CO 146", "CO 16 MA63"),
        _edit("age_or_sex", "coding", "correct_procedure", "CO 6", "CO 7", "CO 181 M20"),
        _edit("pair", "bundling", "add_distinct_service_modifier", "CO 97 N19", "CO 236", "CO 97 M15", "CO B15", "CO 231 N20"),
        _edit("units", "units_or_frequency", "correct_units", "CO 151 N362", "CO 222", "CO 151"),
        _edit("frequency", "units_or_frequency", "wait_for_interval", "CO 119 M86", "PR 119 N640", "CO 151 M86"),
        _edit("necessity", "medical_necessity", "support_diagnosis", "CO 50", "CO 50 N115", "PR 50", "CO 150 M25"),
        _edit("benefit", "non_covered", "inform_patient", "PR 96 N130", "PR 204", "CO 96 N425", "PR 204 N130", "CO 49"),
        _edit("records", "documentation", "attach_records", "CO 252 N706", "CO 226 N705", "CO 252 N705", "CO 251"),
        _edit("processing", "payer_processing", "ask_to_reprocess", "CO 133", "OA 216", "CO 193", "CO 286"),
    )
}
# A payer's own slip often wears another edit's words.
MISLEADING_WORDINGS: tuple[Wording, ...] = (
    Wording(group_code="CO", carc="197"),
    Wording(group_code="CO", carc="97", rarc="N19"),
    Wording(group_code="CO", carc="16", rarc="N517"),
    Wording(group_code="CO", carc="252", rarc="N706"),
    Wording(group_code="OA", carc="18"),
)
