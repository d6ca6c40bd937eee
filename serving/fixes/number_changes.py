"""Owns changes of numbers and attachments of the whole claim: authorization, referral, documents, provider, required fields."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from claims.claim import Claim, Paperwork, Provider
from claims.npi import is_npi, is_one_slip_away
from features.batch import NO_DAY
from features.matching import service_authorization
from features.text_keys import SEPARATOR
from serving.fixes.case import Case, shown_day
from serving.fixes.change import TO_OBTAIN, Change, RegisterRow

SUPPORTING_DOCUMENT, ELECTRONIC = "OZ", "EL"  # PWK01, PWK02
USUAL_SHARE = 0.3  # of a procedure's paid lines that carry a field, from which it is usual


def authorizations(case: Case) -> Iterator[Change]:
    """Propose the number on file for one of the services, else an authorization to be obtained; none where one is valid."""
    if case.claim.lines and all(_is_authorized(case, position) for position, _ in case.lines):
        return
    on_file = service_authorization(case.at)
    covering = on_file.covers(case.at.line_service_from, first="valid_from", last="valid_to")
    for position, line in case.lines:
        number = str(on_file.text("authorization_number")[position])
        units = on_file.number("units_approved")[position]
        if covering[position] and number and number != case.claim.authorization_number and not float(line.units) > units:
            held = _span(int(on_file.day("valid_from")[position]), int(on_file.day("valid_to")[position]))
            yield Change(
                fix_id="authorization_number",
                element="REF G1",
                value=number,
                instruction=f"Write the authorization on file for {line.procedure_code}, {held}, on the claim.",
                is_on_file=True,
                apply=_with_authorization(number),
            )
            return
    yield _to_obtain(case)


def _is_authorized(case: Case, position: int) -> bool:
    return bool(case.at.key("authorization_state")[position] == "valid")


def _span(first: int, last: int) -> str:
    begin = f"valid from {shown_day(first)} " if first != NO_DAY else "valid "
    return f"{begin}{f'until {shown_day(last)}' if last != NO_DAY else 'without an end'}"


def _to_obtain(case: Case) -> Change:
    number = f"{TO_OBTAIN} {case.row}"
    own = [int(case.at.line_service_from[position]) for position, _ in case.lines]
    units: dict[str, float] = {}
    for _, line in case.lines:
        code = line.procedure_code or line.revenue_code or ""
        units[code] = units.get(code, 0.0) + float(line.units)
    columns = {"valid_from": min(own, default=case.day), "valid_to": max(own, default=case.day)}
    rows = tuple(
        RegisterRow(
            register="authorizations",
            key=SEPARATOR.join((number, case.payer_id)),
            columns=(
                *columns.items(),
                ("subscriber_key", case.subscriber_key),
                ("procedure_code", code),
                ("units_approved", approved),
            ),
        )
        for code, approved in units.items()
    )
    return Change(
        fix_id="authorization_number",
        element="REF G1",
        value=None,
        instruction=f"Obtain an authorization for {', '.join(units)} that covers the service date and units; write its number.",
        is_on_file=False,
        apply=_with_authorization(number),
        rows=rows,
    )


def _with_authorization(number: str) -> Callable[[Claim], Claim]:
    def apply(claim: Claim) -> Claim:
        lines = tuple(replace(line, authorization_number=number) if line.authorization_number else line for line in claim.lines)
        return replace(claim, authorization_number=number, lines=lines)

    return apply


def referrals(case: Case) -> Iterator[Change]:
    """Propose a referral to be obtained where claim and lines carry none."""
    if case.claim.referral_number or any(line.referral_number for line in case.claim.lines):
        return
    yield Change(
        fix_id="referral_number",
        element="REF 9F",
        value=None,
        instruction="Obtain the referral of the primary care provider; write its number on the claim.",
        is_on_file=False,
        apply=lambda claim: replace(claim, referral_number=TO_OBTAIN),
    )


def documents(case: Case) -> Iterator[Change]:
    """Propose to attach the record where nothing is attached."""
    if case.claim.paperwork or any(line.paperwork for line in case.claim.lines):
        return
    number = case.claim.patient_control_number
    paper = Paperwork(report_type_code=SUPPORTING_DOCUMENT, transmission_code=ELECTRONIC, control_number=number)
    yield Change(
        fix_id="documentation",
        element="PWK",
        value=f"{SUPPORTING_DOCUMENT}, {ELECTRONIC}, {number}",
        instruction="Attach the record of this service and announce it on the claim.",
        is_on_file=True,
        apply=lambda claim: replace(claim, paperwork=(*claim.paperwork, paper)),
    )


def rendering_providers(case: Case) -> Iterator[Change]:
    """Propose the one enrolled number that a wrong rendering number is a slip away from. A valid one is never exchanged."""
    provider = case.claim.rendering_provider
    if provider is None or not provider.npi or is_npi(provider.npi):
        return
    enrolled = case.at.history.registers["npis"].index.codes
    near = [number for number in enrolled if is_npi(number) and is_one_slip_away(provider.npi, number)]
    if len(near) != 1:
        return
    corrected = replace(provider, npi=near[0])
    yield Change(
        fix_id="rendering_provider",
        element="2310B NM109",
        value=near[0],
        instruction=f"The number's check digit is wrong; one slip away, {near[0]} is enrolled. Write the clinician's own number.",
        is_on_file=True,
        apply=lambda claim: replace(claim, rendering_provider=corrected),
    )


def required_fields(case: Case) -> Iterator[Change]:
    """Propose fields that are absent: from the practice's own earlier claims, or to be looked up in the record."""
    yield from _provider_fields(case)
    yield from _claim_fields(case)
    yield from _drug_codes(case)


def _provider_fields(case: Case) -> Iterator[Change]:
    claim, provider = case.claim, case.claim.rendering_provider
    npi = (provider.npi if provider else None) or ""
    taxonomy = case.own_value("rendering_taxonomy_code", npi)
    if provider is not None and not provider.taxonomy_code and taxonomy:
        filled = replace(provider, taxonomy_code=taxonomy)
        what = "rendering provider's taxonomy"
        yield _field("2310B PRV03", taxonomy, what, lambda claim: replace(claim, rendering_provider=filled))
    facility = case.own_value("facility_npi", npi)
    if claim.facility_provider is None and claim.claim_type == "837P" and facility:
        place = Provider(npi=facility)
        yield _field("2310C NM109", facility, "service facility", lambda claim: replace(claim, facility_provider=place))
    clia = case.own_value("clia_number", claim.billing_provider.npi or "")
    if claim.clia_number is None and clia and _is_usual(case, "clia"):
        yield _field("REF X4", clia, "CLIA number", lambda claim: replace(claim, clia_number=clia))


def _claim_fields(case: Case) -> Iterator[Change]:
    claim = case.claim
    group = case.own_value("group_number", SEPARATOR.join((case.subscriber_key, case.payer_id)))
    if claim.subscriber.group_number is None and group:
        subscriber = replace(claim.subscriber, group_number=group)
        what = "group number of the last claim"
        yield _field("SBR03", None, what, lambda claim: replace(claim, subscriber=subscriber), on_file=True)
    if claim.related_cause_codes and claim.accident_on is None:
        stand_in: date = claim.service_from_on or claim.submitted_on  # any day will do for scoring; the record has the real one
        yield _field("DTP 439", None, "date of the accident", lambda claim: replace(claim, accident_on=stand_in))
    if claim.is_replacement and not claim.payer_claim_control_number:
        what = "payer's number of the claim that this one replaces"
        yield _field("REF F8", None, what, lambda claim: replace(claim, payer_claim_control_number=TO_OBTAIN))


def _drug_codes(case: Case) -> Iterator[Change]:
    missing = {
        line.line_number
        for _, line in case.lines
        if line.national_drug_code is None
        and line.procedure_code
        and case.habits.share_with("drug_code", line.procedure_code, day=case.day) >= USUAL_SHARE
    }
    if missing:

        def apply(claim: Claim) -> Claim:
            lines = (replace(line, national_drug_code=TO_OBTAIN) if line.line_number in missing else line for line in claim.lines)
            return replace(claim, lines=tuple(lines))

        yield _field("LIN03", None, "drug code of what was given", apply)


def _is_usual(case: Case, field: str) -> bool:
    codes = {line.procedure_code for _, line in case.lines if line.procedure_code}
    return any(case.habits.share_with(field, code, day=case.day) >= USUAL_SHARE for code in codes)


def _field(element: str, value: str | None, what: str, apply: Callable[[Claim], Claim], *, on_file: bool = False) -> Change:
    known = value is not None or on_file
    source = "as on the practice's earlier claims" if known else "from the record"
    return Change(
        fix_id="required_field",
        element=element,
        value=value,
        instruction=f"Fill in the {what} ({element}), {source}.",
        is_on_file=known,
        apply=apply,
    )
