"""Owns the keys that history is counted under: one definition, used to build the counts and to look them up."""

from collections.abc import Callable

import numpy as np

from features.batch import ClaimBatch, Texts
from features.text_keys import join


def _columns(*names: str) -> Callable[[ClaimBatch], Texts]:
    return lambda batch: join(*(batch.text(name) for name in names))


def location(batch: ClaimBatch) -> Texts:
    """Where the service was given: facility NPI, else its name, else billing NPI with place of service."""
    npi, name = batch.text("facility_npi"), batch.text("facility_name")
    fallback = join(batch.text("billing_provider_npi"), batch.text("place_of_service_code"))
    return np.where(npi != "", npi, np.where(name != "", name, fallback))


def _with_location(*names: str) -> Callable[[ClaimBatch], Texts]:
    return lambda batch: join(*(batch.text(name) for name in names), location(batch))


def subscriber_payer(batch: ClaimBatch) -> Texts:
    """Subscriber and payer; rows without a member id share no history: their key is unique to the submission."""
    subscriber = batch.text("subscriber_key")
    known = np.where(subscriber != "", subscriber, batch.submission_ids)
    return join(known, batch.text("payer_id"))


CLAIM_KEYS: dict[str, Callable[[ClaimBatch], Texts]] = {
    "all": lambda batch: np.full(len(batch), "all", dtype=object),
    "payer": _columns("payer_id"),
    "plan_kind": _columns("claim_filing_indicator_code"),
    "provider": _columns("rendering_provider_npi"),
    "provider_payer": _columns("rendering_provider_npi", "payer_id"),
    "taxonomy_payer": _columns("rendering_taxonomy_code", "payer_id"),
    "referrer_payer": _columns("referring_provider_npi", "payer_id"),
    "location": location,
    "location_payer": _with_location("payer_id"),
    "payer_place": _columns("payer_id", "place_of_service_code"),
    "payer_id_format": _columns("payer_id", "subscriber_id_format"),
    "payer_frequency": _columns("payer_id", "frequency_code"),
    "payer_sequence": _columns("payer_id", "payer_sequence_code"),
    "group": _columns("payer_id", "group_number"),
    "subscriber_payer": subscriber_payer,
}


def line_place(batch: ClaimBatch) -> Texts:
    """Place of service of each line: its own, else the claim's."""
    own = batch.line_text("place_of_service_code")
    return np.where(own != "", own, batch.text("place_of_service_code")[batch.line_owner])


def procedure(batch: ClaimBatch) -> Texts:
    """Procedure of each line, the revenue code where an institutional line has none."""
    code = batch.line_text("procedure_code")
    return np.where(code != "", code, batch.line_text("revenue_code"))


def modifiers(batch: ClaimBatch) -> Texts:
    """Modifiers of each line, in their order."""
    return np.array([",".join(codes) for codes in batch.modifiers], dtype=object)


def line_payer(batch: ClaimBatch) -> Texts:
    """Payer of each line's claim."""
    return batch.text("payer_id")[batch.line_owner]


def diagnosis_family(batch: ClaimBatch) -> Texts:
    """First three characters of the pointed diagnosis: its ICD-10 category."""
    return np.array([code[:3] for code in batch.pointed_diagnosis], dtype=object)


def _by_line(column: str) -> Callable[[ClaimBatch], Texts]:
    return lambda batch: batch.text(column)[batch.line_owner]


def units_text(batch: ClaimBatch) -> Texts:
    """Units of each line as text."""
    return np.array([f"{units:g}" for units in batch.lines["units"].to_pylist()], dtype=object)


LINE_KEYS: dict[str, Callable[[ClaimBatch], Texts]] = {
    "procedure": procedure,
    "payer_procedure": lambda batch: join(line_payer(batch), procedure(batch)),
    "payer_procedure_diagnosis": lambda batch: join(line_payer(batch), procedure(batch), batch.pointed_diagnosis),
    "payer_procedure_family": lambda batch: join(line_payer(batch), procedure(batch), diagnosis_family(batch)),
    "procedure_diagnosis": lambda batch: join(procedure(batch), batch.pointed_diagnosis),
    "payer_diagnosis": lambda batch: join(line_payer(batch), batch.pointed_diagnosis),
    "payer_procedure_modifiers": lambda batch: join(line_payer(batch), procedure(batch), modifiers(batch)),
    "payer_modifiers": lambda batch: join(line_payer(batch), modifiers(batch)),
    "procedure_modifiers": lambda batch: join(procedure(batch), modifiers(batch)),
    "payer_procedure_place": lambda batch: join(line_payer(batch), procedure(batch), line_place(batch)),
    "payer_procedure_units": lambda batch: join(line_payer(batch), procedure(batch), units_text(batch)),
    "payer_procedure_taxonomy": lambda batch: join(
        line_payer(batch), procedure(batch), _by_line("rendering_taxonomy_code")(batch)
    ),
    "procedure_sex": lambda batch: join(procedure(batch), _by_line("patient_sex_code")(batch)),
    "provider_procedure": lambda batch: join(_by_line("rendering_provider_npi")(batch), procedure(batch)),
}
