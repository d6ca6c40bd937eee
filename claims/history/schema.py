"""Owns the columns of the history: one pyarrow schema per Delta table.

Every row says which load wrote it (`load_id`), from which transaction or row it came (`source_key`, the idempotency key) and
when the fact became known (`known_on`). No names, addresses or member ids: people stand here as keyed hashes
(`claims.privacy`), good for equality only.
"""

import pyarrow as pa

MONEY = pa.decimal128(14, 2)
TEXTS = pa.list_(pa.string())

_ROW = [("load_id", pa.string()), ("source_key", pa.string()), ("known_on", pa.date32())]


def _table(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in (*_ROW, *columns)])


SCHEMAS: dict[str, pa.Schema] = {
    # One row per X12 transaction set. known_on = GS04. A 999 names the sets that it answers by their control numbers.
    "transactions": _table(
        ("kind", pa.string()),
        ("control_key", pa.string()),  # hash of kind, sender and control numbers: the same with other content = a corrected set
        ("sender_id", pa.string()),
        ("interchange_control_number", pa.string()),
        ("group_control_number", pa.string()),
        ("transaction_control_number", pa.string()),
    ),
    # One row per submission of a claim; a replacement is another row. known_on = submitted_on (BHT04).
    "claims": _table(
        ("submission_id", pa.string()),  # our key: source_key[:20] + "-" + position in its transaction
        ("patient_control_number", pa.string()),
        ("claim_type", pa.string()),
        ("frequency_code", pa.string()),
        ("payer_claim_control_number", pa.string()),
        ("submitted_on", pa.date32()),
        ("charge_amount", MONEY),
        ("payer_id", pa.string()),
        ("payer_name", pa.string()),
        ("payer_sequence_code", pa.string()),
        ("claim_filing_indicator_code", pa.string()),
        ("relationship_code", pa.string()),  # 2000B SBR02, else 2000C PAT01
        ("group_number", pa.string()),
        ("subscriber_key", pa.string()),
        ("patient_key", pa.string()),
        ("subscriber_id_format", pa.string()),  # letters A, digits 9, other as is: "AAA999999999"; "" = absent
        ("patient_age_years", pa.int32()),  # whole years at first service day; null = no birth date
        ("patient_sex_code", pa.string()),
        ("has_patient_address", pa.bool_()),
        ("place_of_service_code", pa.string()),
        ("billing_provider_npi", pa.string()),
        ("billing_taxonomy_code", pa.string()),
        ("billing_state_code", pa.string()),
        ("rendering_provider_npi", pa.string()),
        ("rendering_taxonomy_code", pa.string()),
        ("referring_provider_npi", pa.string()),
        ("facility_npi", pa.string()),
        ("facility_name", pa.string()),  # 2310C NM103, an organization; the location where there is no NPI
        ("authorization_number", pa.string()),
        ("referral_number", pa.string()),
        ("clia_number", pa.string()),
        ("assignment_code", pa.string()),
        ("benefits_assigned_code", pa.string()),
        ("release_of_information_code", pa.string()),
        ("provider_signature_code", pa.string()),
        ("related_cause_codes", TEXTS),
        ("delay_reason_code", pa.string()),
        ("has_note", pa.bool_()),
        ("paperwork_codes", TEXTS),  # PWK01 of the claim
        ("diagnosis_codes", TEXTS),
        ("drg_code", pa.string()),
        ("admission_type_code", pa.string()),
        ("patient_status_code", pa.string()),
        ("onset_on", pa.date32()),
        ("accident_on", pa.date32()),
        ("admitted_on", pa.date32()),
        ("service_from_on", pa.date32()),
        ("service_to_on", pa.date32()),
        ("patient_paid_amount", MONEY),
        ("other_payer_ids", TEXTS),  # 2330B NM109, in order
        ("other_payer_sequence_codes", TEXTS),
        ("other_payer_filing_indicator_codes", TEXTS),
        ("other_payer_paid_amount", MONEY),  # sum of AMT*D; null = none given
        ("line_count", pa.int32()),
    ),
    "claim_lines": _table(
        ("submission_id", pa.string()),
        ("line_number", pa.int32()),
        ("procedure_code", pa.string()),
        ("procedure_qualifier_code", pa.string()),
        ("modifiers", TEXTS),
        ("revenue_code", pa.string()),
        ("charge_amount", MONEY),
        ("units", pa.float64()),
        ("unit_code", pa.string()),
        ("place_of_service_code", pa.string()),  # the line's own, else null
        ("diagnosis_pointers", pa.list_(pa.int32())),
        ("service_from_on", pa.date32()),
        ("service_to_on", pa.date32()),
        ("line_control_number", pa.string()),
        ("authorization_number", pa.string()),
        ("referral_number", pa.string()),
        ("national_drug_code", pa.string()),
        ("rendering_provider_npi", pa.string()),
        ("paperwork_codes", TEXTS),
    ),
    # One row per CLP. known_on = the later of BPR16 and DTM*405, else GS04.
    "remittances": _table(
        ("remittance_id", pa.string()),
        ("patient_control_number", pa.string()),
        ("payer_id", pa.string()),
        ("payer_name", pa.string()),
        ("claim_status_code", pa.string()),
        ("claim_filing_indicator_code", pa.string()),
        ("payer_claim_control_number", pa.string()),
        ("frequency_code", pa.string()),
        ("charge_amount", MONEY),
        ("paid_amount", MONEY),
        ("patient_responsibility_amount", MONEY),
        ("allowed_amount", MONEY),
        ("interest_amount", MONEY),
        ("subscriber_key", pa.string()),
        ("rendering_provider_npi", pa.string()),
        ("crossover_payer_id", pa.string()),
        ("corrected_payer_id", pa.string()),
        ("received_on", pa.date32()),
        ("service_from_on", pa.date32()),
        ("paid_on", pa.date32()),
        ("remark_codes", TEXTS),
        ("trace_number", pa.string()),
    ),
    "remittance_lines": _table(
        ("remittance_id", pa.string()),
        ("line_position", pa.int32()),  # 0-based in its CLP
        ("procedure_code", pa.string()),
        ("submitted_procedure_code", pa.string()),
        ("modifiers", TEXTS),
        ("revenue_code", pa.string()),
        ("charge_amount", MONEY),
        ("paid_amount", MONEY),
        ("allowed_amount", MONEY),
        ("paid_units", pa.float64()),
        ("service_from_on", pa.date32()),
        ("line_control_number", pa.string()),
        ("remark_codes", TEXTS),
    ),
    "adjustments": _table(
        ("remittance_id", pa.string()),
        ("line_position", pa.int32()),  # -1 = claim level
        ("position", pa.int32()),  # 0-based in its CLP: claim level first, then line by line
        ("group_code", pa.string()),
        ("carc", pa.string()),
        ("adjustment_amount", MONEY),
        ("quantity", pa.float64()),
    ),
    "provider_adjustments": _table(
        ("payer_id", pa.string()),
        ("provider_npi", pa.string()),
        ("reason_code", pa.string()),
        ("reference", pa.string()),
        ("adjustment_amount", MONEY),
    ),
    # 277CA, one row per claim answer. known_on = BHT04.
    "acknowledgments": _table(
        ("patient_control_number", pa.string()),
        ("payer_id", pa.string()),
        ("is_rejection", pa.bool_()),
        ("category_codes", TEXTS),
        ("status_codes", TEXTS),
        ("entity_codes", TEXTS),
        ("effective_on", pa.date32()),
    ),
    # 999, one row per transaction answer. known_on = GS04.
    "syntax_reports": _table(
        ("group_control_number", pa.string()),
        ("transaction_type", pa.string()),
        ("transaction_control_number", pa.string()),
        ("accepted_code", pa.string()),
        ("error_codes", TEXTS),
    ),
    # known_on = known_on column of the CSV, else filed_on; the outcome is known on decided_on.
    "appeals": _table(
        ("patient_control_number", pa.string()),
        ("payer_id", pa.string()),
        ("level", pa.int32()),
        ("filed_on", pa.date32()),
        ("decided_on", pa.date32()),
        ("outcome", pa.string()),
        ("recovered_amount", MONEY),
        ("minutes_spent", pa.float64()),
    ),
    "eligibility": _table(
        ("subscriber_key", pa.string()),
        ("payer_id", pa.string()),
        ("checked_on", pa.date32()),
        ("status", pa.string()),
        ("plan_begin", pa.date32()),
        ("plan_end", pa.date32()),
    ),
    "authorizations": _table(
        ("authorization_number", pa.string()),
        ("payer_id", pa.string()),
        ("subscriber_key", pa.string()),
        ("procedure_code", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        ("units_approved", pa.float64()),
    ),
    "enrollments": _table(
        ("npi", pa.string()),
        ("payer_id", pa.string()),
        ("effective_from", pa.date32()),
        ("effective_to", pa.date32()),
    ),
    # known_on = the CSV's known_on, else 1900-01-01: a practice's payer list holds for all its history.
    "payers": _table(
        ("payer_id", pa.string()),
        ("payer_name", pa.string()),
        ("plan_type", pa.string()),
        ("filing_limit_days", pa.int32()),
        ("appeal_limit_days", pa.int32()),
        ("appeal_levels", pa.int32()),
        ("expected_response_days", pa.int32()),
    ),
    "fixes": _table(
        ("cause", pa.string()),
        ("payer_id", pa.string()),
        ("started_on", pa.date32()),
        ("owner", pa.string()),
        ("description", pa.string()),
    ),
}
