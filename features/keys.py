"""Owns the keys that history is counted under and that the claim form alone gives: one definition, to count and to look up."""

from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np

from features.batch import ClaimBatch, Texts, days, is_one_of, lists
from features.text_keys import join, step_texts

Key = Callable[[ClaimBatch], Texts]
AGE_BANDS = (1, 3, 12, 18, 26, 40, 50, 65, 75)
TELEHEALTH_PLACES = frozenset({"02", "10"})
TELEHEALTH_MODIFIERS = frozenset({"95", "GT", "93", "GQ"})
CHARGE_BANDS = (50, 100, 200, 400, 700, 1_000, 2_000, 4_000, 8_000, 16_000)  # dollars of a line


def location(batch: ClaimBatch) -> Texts:
    """Where the service was given: facility NPI, else its name, else billing NPI with place of service."""
    npi, name = batch.text("facility_npi"), batch.text("facility_name")
    fallback = join(batch.text("billing_provider_npi"), batch.text("place_of_service_code"))
    return np.where(npi != "", npi, np.where(name != "", name, fallback))


def subscriber(batch: ClaimBatch) -> Texts:
    """Subscriber; a row without a member id shares no history: its key is unique to the submission."""
    return _or_own(batch, "subscriber_key")


def patient(batch: ClaimBatch) -> Texts:
    """Patient; a row without one shares no history."""
    return batch.once("patient", lambda: _or_own(batch, "patient_key"))


def _or_own(batch: ClaimBatch, column: str) -> Texts:
    own = batch.submission_ids + " alone"
    return np.where(batch.text(column) != "", batch.text(column), own)


def accident(batch: ClaimBatch) -> Texts:
    """Related causes of the claim (CLM11): employment, automobile, another accident; "" = none."""
    return _texts(",".join(sorted(codes)) for codes in lists(batch.claims["related_cause_codes"]))


def _column(name: str) -> Key:
    return lambda batch: batch.text(name)


def age_band(batch: ClaimBatch) -> Texts:
    """Band of the patient's age; "" without a birth date."""
    return step_texts(batch.number("patient_age_years"), AGE_BANDS)


def service_day(batch: ClaimBatch) -> Texts:
    """First service day as text."""
    return _texts(map(str, days(batch.claims["service_from_on"]).tolist()))


def services_key(batch: ClaimBatch) -> Texts:
    """Services of a patient on a day, whatever the payer."""
    codes = procedure(batch).tolist()
    bounds = zip(batch.line_start[:-1].tolist(), batch.line_start[1:].tolist(), strict=True)
    services = _texts(",".join(sorted(codes[first:stop])) for first, stop in bounds)
    return join(patient(batch), service_day(batch), services)


def service_key(batch: ClaimBatch) -> Texts:
    """Patient, first service day, the sorted procedures of a claim and its payer: what makes an exact duplicate."""
    return join(services_key(batch), batch.text("payer_id"))


CLAIM_PARTS: dict[str, Key] = {
    "all": lambda batch: np.full(len(batch), "all", dtype=object),
    "payer": _column("payer_id"),
    "plan_kind": _column("claim_filing_indicator_code"),
    "provider": _column("rendering_provider_npi"),
    "billing": _column("billing_provider_npi"),
    "taxonomy": _column("rendering_taxonomy_code"),
    "referrer": _column("referring_provider_npi"),
    "location": location,
    "place": _column("place_of_service_code"),
    "id_format": _column("subscriber_id_format"),
    "frequency": _column("frequency_code"),
    "sequence": _column("payer_sequence_code"),
    "group_number": _column("group_number"),
    "control_number": _column("patient_control_number"),
    "subscriber": subscriber,
    "patient": patient,
    "sex": _column("patient_sex_code"),
    "age_band": age_band,
    "accident": accident,
    "service_day": service_day,
    "services": services_key,
}
"""What keys of a claim are made of."""

CLAIM_KEYS: dict[str, tuple[str, ...]] = {
    "all": ("all",),
    "payer": ("payer",),
    "plan_kind": ("plan_kind",),
    "payer_plan_kind": ("payer", "plan_kind"),
    "provider": ("provider",),
    "provider_payer": ("provider", "payer"),
    "billing_payer": ("billing", "payer"),
    "taxonomy_payer": ("taxonomy", "payer"),
    "referrer_payer": ("referrer", "payer"),
    "location": ("location",),
    "location_payer": ("location", "payer"),
    "payer_place": ("payer", "place"),
    "payer_id_format": ("payer", "id_format"),
    "payer_frequency": ("payer", "frequency"),
    "payer_sequence": ("payer", "sequence"),
    "group": ("payer", "group_number"),
    "subscriber_payer": ("subscriber", "payer"),
    "patient_payer": ("patient", "payer"),
    "patient_member": ("patient", "subscriber", "payer"),
    "accident": ("accident",),
    "payer_accident": ("payer", "accident"),
    "plan_kind_accident": ("plan_kind", "accident"),
}
"""Parts of each key, in their order."""


def line_place(batch: ClaimBatch) -> Texts:
    """Place of service of each line: its own, else the claim's."""
    own = batch.line_text("place_of_service_code")
    return np.where(own != "", own, of_claim(batch, "place_of_service_code"))


def procedure(batch: ClaimBatch) -> Texts:
    """Procedure of each line, the revenue code where an institutional line has none."""

    def read() -> Texts:
        code = batch.line_text("procedure_code")
        return np.where(code != "", code, batch.line_text("revenue_code"))

    return batch.once("procedure", read)


def modifiers(batch: ClaimBatch) -> Texts:
    """Modifiers of each line, in their order."""
    return _texts(",".join(codes) for codes in batch.modifiers)


def of_claim(batch: ClaimBatch, column: str) -> Texts:
    """Text of each line's claim."""
    return batch.once(("of claim", column), lambda: batch.text(column)[batch.line_owner])


def line_payer(batch: ClaimBatch) -> Texts:
    """Payer of each line's claim."""
    return of_claim(batch, "payer_id")


def diagnosis(batch: ClaimBatch) -> Texts:
    """First diagnosis that each line points to."""
    return batch.pointed_diagnosis


def diagnosis_family(batch: ClaimBatch) -> Texts:
    """First three characters of the pointed diagnosis: its ICD-10 category."""
    return _texts(code[:3] for code in batch.pointed_diagnosis)


def diagnosis_chapter(batch: ClaimBatch) -> Texts:
    """First character of the pointed diagnosis, roughly its ICD-10 chapter."""
    return _texts(code[:1] for code in batch.pointed_diagnosis)


def procedure_group(batch: ClaimBatch) -> Texts:
    """First three characters of the procedure: its CPT or HCPCS neighbourhood."""
    return _texts(code[:3] for code in procedure(batch))


def units_text(batch: ClaimBatch) -> Texts:
    """Units of each line as text."""
    return _texts(f"{units:g}" for units in batch.line_number("units").tolist())


def charge_band(batch: ClaimBatch) -> Texts:
    """Band of each line's charge."""
    return step_texts(np.nan_to_num(batch.line_number("charge_amount")), CHARGE_BANDS)


def evaluation_setting(batch: ClaimBatch) -> Texts:
    """Say of each line whether it is an evaluation and management service, and beside what on the same claim, with modifier 25.

    Payers deny a visit beside a procedure that carries no modifier 25 (NCCI Policy Manual, chapter I, section D).
    """
    codes = procedure(batch).tolist()
    kinds = [_kind_of_service(code) for code in codes]
    found: list[str] = []
    for first, stop in zip(batch.line_start[:-1].tolist(), batch.line_start[1:].tolist(), strict=True):
        beside = [kind for kind in kinds[first:stop] if kind in ("surgery", "medicine")]
        for line in range(first, stop):
            if kinds[line] != "visit":
                found.append("other beside a visit" if beside and "visit" in kinds[first:stop] else "other")
            else:
                marked = "25" if "25" in batch.modifiers[line] else "plain"
                found.append(f"visit, {marked}, {min(beside, default='alone', key=('surgery', 'medicine').index)}")
    return _texts(found)


def _kind_of_service(code: str) -> str:
    """Sort a CPT code into visit, surgery, medicine or other by its range in the code set."""
    section = _section(code)
    return section if section in ("visit", "surgery") else "medicine" if section.startswith("9") else "other"


def service_class(batch: ClaimBatch) -> Texts:
    """Class that payers write rules for: section of CPT, letter of HCPCS, telehealth apart (place 02 or 10, modifiers 95, GT)."""
    remote = is_one_of(line_place(batch), TELEHEALTH_PLACES)
    sections = [_section(code) for code in procedure(batch).tolist()]
    return _texts(
        f"{section}, remote" if away or not TELEHEALTH_MODIFIERS.isdisjoint(codes) else section
        for section, away, codes in zip(sections, remote.tolist(), batch.modifiers, strict=True)
    )


@lru_cache(maxsize=16_384)  # codes, not people: far more than a practice bills
def _section(code: str) -> str:
    """Name the section of a CPT code, "9x" for a chapter of its medicine section; else the first character."""
    if len(code) != 5 or not code.isdigit():
        return code[:1]
    number = int(code)
    if 99202 <= number <= 99499 or 92002 <= number <= 92014:
        return "visit"
    bounds = ((10004, "anesthesia"), (70010, "surgery"), (80047, "radiology"), (90281, "laboratory"))
    return next((name for bound, name in bounds if number < bound), code[:2])


def line_provider(batch: ClaimBatch) -> Texts:
    """Rendering provider of each line: its own, else the claim's."""
    own = batch.line_text("rendering_provider_npi")
    return np.where(own != "", own, of_claim(batch, "rendering_provider_npi"))


def _texts(values: Iterable[str]) -> Texts:
    return np.array(list(values), dtype=object)


LINE_PARTS: dict[str, Key] = {
    "procedure": procedure,
    "procedure_group": procedure_group,
    "diagnosis": diagnosis,
    "diagnosis_family": diagnosis_family,
    "diagnosis_chapter": diagnosis_chapter,
    "modifiers": modifiers,
    "line_place": line_place,
    "units_text": units_text,
    "charge_band": charge_band,
    "line_provider": line_provider,
    "service_class": service_class,
    "evaluation_setting": evaluation_setting,
}
"""What keys of a line are made of, beside what is its claim's."""

LINE_KEYS: dict[str, tuple[str, ...]] = {
    "line_all": ("all",),
    "line_payer": ("payer",),
    "procedure_group": ("procedure_group",),
    "procedure": ("procedure",),
    "payer_procedure_group": ("payer", "procedure_group"),
    "payer_procedure": ("payer", "procedure"),
    "payer_procedure_chapter": ("payer", "procedure", "diagnosis_chapter"),
    "payer_procedure_family": ("payer", "procedure", "diagnosis_family"),
    "payer_procedure_diagnosis": ("payer", "procedure", "diagnosis"),
    "procedure_family": ("procedure", "diagnosis_family"),
    "procedure_diagnosis": ("procedure", "diagnosis"),
    "payer_diagnosis": ("payer", "diagnosis"),
    "payer_procedure_modifiers": ("payer", "procedure", "modifiers"),
    "procedure_modifiers": ("procedure", "modifiers"),
    "payer_modifiers": ("payer", "modifiers"),
    "payer_procedure_place": ("payer", "procedure", "line_place"),
    "procedure_place": ("procedure", "line_place"),
    "payer_procedure_units": ("payer", "procedure", "units_text"),
    "payer_procedure_taxonomy": ("payer", "procedure", "taxonomy"),
    "procedure_taxonomy": ("procedure", "taxonomy"),
    "procedure_sex": ("procedure", "sex"),
    "procedure_age": ("procedure", "age_band"),
    "payer_procedure_age": ("payer", "procedure", "age_band"),
    "diagnosis_sex": ("diagnosis", "sex"),
    "diagnosis_age": ("diagnosis", "age_band"),
    "provider_procedure": ("line_provider", "procedure"),
    "location_procedure": ("location", "procedure"),
    "service_class": ("service_class",),
    "payer_class": ("payer", "service_class"),
    "class_family": ("service_class", "diagnosis_family"),
    "payer_class_family": ("payer", "service_class", "diagnosis_family"),
    "evaluation_setting": ("evaluation_setting",),
    "payer_evaluation_setting": ("payer", "evaluation_setting"),
    "payer_place_line": ("payer", "line_place"),
}

SENT_CLAIM_KEYS: dict[str, tuple[str, ...]] = {
    "service": ("services", "payer"),
    "services": ("services",),
    "service_rejections": ("services", "payer"),
    "service_answers": ("services", "payer"),
    "patient": ("patient",),
    "control_number": ("control_number", "payer"),
    "subscriber": ("subscriber",),
    "patient_day": ("patient", "service_day"),
}
SENT_LINE_KEYS: dict[str, tuple[str, ...]] = {"patient_procedure": ("patient", "procedure")}
"""Keys under which submissions are found, beside those of `CLAIM_KEYS` and `LINE_KEYS`."""
