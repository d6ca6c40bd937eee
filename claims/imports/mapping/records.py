"""Owns how the rows of one claim become a `Claim`, and those of one answer a `Remittance`.

What every 837 must carry and no export shows (signature, assignment, release, an address) is taken to be in order, as for claims
that come as JSON. All else that is not mapped counts as absent from the claim.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from claims.claim import ADDRESS_NOT_SENT, Address, Adjustment, Claim, Payer, Person, Provider, ServiceLine, Subscriber
from claims.imports.mapping.mapping import PER_LINE
from claims.imports.mapping.rows import ExportRow, Values
from claims.imports.mapping.sources import UnfitColumn, total
from claims.remittance import Remittance, RemittanceLine

ANSWERED = "1"  # CLP02 where the export has none; it says nothing of denial
_T = TypeVar("_T")


def make_claim(rows: Sequence[ExportRow]) -> Claim:
    """Make the claim that rows tell of together; what a claim has once is taken from the first row that has it.

    Raises: UnfitColumn, where they do not make one.
    """
    values = _merged([row.claim for row in rows if row.claim is not None])
    lines = _lines(rows, _get(values, "charge_amount", Decimal))
    submitted_on = _need(values, "submitted_on", date)
    person = _person(values)
    if person.birth_on is not None and person.birth_on > submitted_on:
        raise UnfitColumn("birth_on", expected="a day before the claim's", got="a later one")
    charge = _get(values, "charge_amount", Decimal)
    return Claim(
        patient_control_number=_need(values, "patient_control_number", str),
        claim_type=_get(values, "claim_type", str) or "837P",
        charge_amount=charge if charge is not None else total([line.charge_amount for line in lines]),
        submitted_on=submitted_on,
        billing_provider=_billing_provider(values),
        subscriber=Subscriber(
            person=person,
            payer_sequence_code=_get(values, "payer_sequence_code", str) or "P",
            relationship_code=_get(values, "relationship_code", str) or "18",
            group_number=_get(values, "group_number", str),
            claim_filing_indicator_code=_get(values, "claim_filing_indicator_code", str),
        ),
        payer=Payer(payer_id=_need(values, "payer_id", str), name=_get(values, "payer_name", str)),
        place_of_service_code=_get(values, "place_of_service_code", str),
        frequency_code=_get(values, "frequency_code", str) or "1",
        provider_signature_code="Y",
        assignment_code="A",
        benefits_assigned_code="Y",
        release_of_information_code="Y",
        payer_claim_control_number=_get(values, "payer_claim_control_number", str),
        authorization_number=_get(values, "authorization_number", str),
        referral_number=_get(values, "referral_number", str),
        clia_number=_get(values, "clia_number", str),
        delay_reason_code=_get(values, "delay_reason_code", str),
        diagnosis_codes=_many(values, "diagnosis_codes", str),
        onset_on=_get(values, "onset_on", date),
        accident_on=_get(values, "accident_on", date),
        admitted_on=_get(values, "admitted_on", date),
        patient_paid_amount=_get(values, "patient_paid_amount", Decimal),
        referring_provider=_provider(_get(values, "referring_provider_npi", str)),
        rendering_provider=_provider(
            _get(values, "rendering_provider_npi", str), taxonomy_code=_get(values, "rendering_taxonomy_code", str)
        ),
        facility_provider=_provider(_get(values, "facility_npi", str), name=_get(values, "facility_name", str)),
        lines=lines,
    )


def make_remittance(rows: Sequence[ExportRow], *, per: str) -> Remittance:
    """Make the answer that rows tell of together. Raises: UnfitColumn, where they do not make one."""
    answers = [row.answer for row in rows if row.answer is not None]
    values = _merged(answers)
    by_line = per == PER_LINE
    lines = tuple(_answer_line(row) for row in rows) if by_line else ()
    charge = total([line.charge_amount for line in lines]) if by_line else _claim_charge(rows)
    own = answers if by_line else answers[:1]
    paid, share = (total([_get(one, name, Decimal) for one in own]) for name in ("paid_amount", "patient_responsibility_amount"))
    allowed = [_get(one, "allowed_amount", Decimal) for one in own]
    return Remittance(
        patient_control_number=_need(values, "patient_control_number", str),
        claim_status_code=_get(values, "claim_status_code", str) or ANSWERED,
        charge_amount=charge,
        paid_amount=paid,
        patient_responsibility_amount=share,
        payer_claim_control_number=_get(values, "payer_claim_control_number", str),
        subscriber_id=_get(values, "member_id", str),
        allowed_amount=None if by_line or allowed == [None] else total(allowed),
        adjustments=() if by_line else _adjustments(rows[0].adjustments, charge=charge, paid=paid, share=share),
        remark_codes=() if by_line else _remarks(rows[0].adjustments),
        lines=lines,
    )


def _lines(rows: Sequence[ExportRow], claim_charge: Decimal | None) -> tuple[ServiceLine, ...]:
    found = [line for row in rows for line in row.lines]
    if not found:
        raise UnfitColumn("row", expected="a service line", got="none")
    if len(found) == 1 and claim_charge is not None:
        found = [{"charge_amount": claim_charge} | found[0]]
    return tuple(_service_line(number, values) for number, values in enumerate(found, start=1))


def _service_line(number: int, values: Values) -> ServiceLine:
    from_on = _get(values, "service_from_on", date)
    return ServiceLine(
        line_number=number,
        procedure_code=_get(values, "procedure_code", str),
        charge_amount=_need(values, "charge_amount", Decimal),
        units=_units(values) or Decimal(1),
        modifiers=_many(values, "modifiers", str),
        revenue_code=_get(values, "revenue_code", str),
        diagnosis_pointers=_many(values, "diagnosis_pointers", int),
        service_from_on=from_on,
        service_to_on=_get(values, "service_to_on", date) or from_on,
        line_control_number=_get(values, "line_control_number", str),
        national_drug_code=_get(values, "national_drug_code", str),
    )


def _answer_line(row: ExportRow) -> RemittanceLine:
    answer = row.answer or {}
    values = row.lines[0] if row.lines else {}
    charge = _get(values, "charge_amount", Decimal)
    if charge is None:
        charge = _need(row.claim or {}, "charge_amount", Decimal)
    paid = _need(answer, "paid_amount", Decimal)
    share = _get(answer, "patient_responsibility_amount", Decimal) or Decimal(0)
    return RemittanceLine(
        procedure_code=_get(values, "procedure_code", str),
        charge_amount=charge,
        paid_amount=paid,
        modifiers=_many(values, "modifiers", str),
        revenue_code=_get(values, "revenue_code", str),
        paid_units=_units(values),
        service_from_on=_get(values, "service_from_on", date),
        service_to_on=_get(values, "service_to_on", date),
        line_control_number=_get(values, "line_control_number", str),
        allowed_amount=_get(answer, "allowed_amount", Decimal),
        adjustments=_adjustments(row.adjustments, charge=charge, paid=paid, share=share),
        remark_codes=_remarks(row.adjustments),
    )


def _claim_charge(rows: Sequence[ExportRow]) -> Decimal:
    given = [_get(row.claim, "charge_amount", Decimal) for row in rows if row.claim is not None]
    known = next((charge for charge in given if charge is not None), None)
    if known is not None:
        return known
    return total([_get(line, "charge_amount", Decimal) for row in rows for line in row.lines])


def _adjustments(found: Sequence[Values], *, charge: Decimal, paid: Decimal, share: Decimal) -> tuple[Adjustment, ...]:
    """Make adjustments; the first without an amount of its own takes what is left of the charge, others nothing."""
    rest = charge - paid - share - total([_get(one, "adjustment_amount", Decimal) for one in found])
    made = []
    for one in found:
        amount = _get(one, "adjustment_amount", Decimal)
        if amount is None:
            if rest < 0:
                raise UnfitColumn("adjustment_amount", expected="payment and shares up to the charge", got="more")
            amount, rest = rest, Decimal(0)
        group, carc = _need(one, "group_code", str), _need(one, "carc", str)
        made.append(Adjustment(group_code=group, carc=carc, adjustment_amount=amount))
    return tuple(made)


def _remarks(found: Iterable[Values]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code.upper() for one in found for code in _many(one, "remark_codes", str)))


def _merged(rows: Sequence[Values]) -> Values:
    """Take each value from the first row that has it; of diagnoses, those of all rows."""
    merged: Values = {}
    for row in rows:
        merged = row | merged
    diagnoses = dict.fromkeys(code for row in rows for code in _many(row, "diagnosis_codes", str))
    return merged | ({"diagnosis_codes": tuple(diagnoses)} if diagnoses else {})


def _person(values: Values) -> Person:
    line_1, city = _get(values, "address_line_1", str), _get(values, "city", str)
    return Person(
        last_name=_get(values, "last_name", str),
        first_name=_get(values, "first_name", str),
        member_id=_get(values, "member_id", str),
        birth_on=_get(values, "birth_on", date),
        sex_code=_get(values, "sex_code", str),
        address=Address(
            line_1=line_1 or ADDRESS_NOT_SENT,
            city=city,
            state_code=_get(values, "state_code", str),
            postal_code=_get(values, "postal_code", str),
        ),
    )


def _billing_provider(values: Values) -> Provider:
    return Provider(
        npi=_get(values, "billing_provider_npi", str),
        taxonomy_code=_get(values, "billing_taxonomy_code", str),
        address=Address(state_code=_get(values, "billing_state_code", str)),
    )


def _provider(npi: str | None, *, taxonomy_code: str | None = None, name: str | None = None) -> Provider | None:
    return Provider(npi=npi, taxonomy_code=taxonomy_code, name=name) if npi or taxonomy_code or name else None


def _units(values: Values) -> Decimal | None:
    number = _get(values, "units", float)
    return None if number is None else Decimal(str(number))


def _get(values: Mapping[str, object], name: str, kind: type[_T]) -> _T | None:
    value = values.get(name)
    return value if isinstance(value, kind) else None


def _need(values: Mapping[str, object], name: str, kind: type[_T]) -> _T:
    value = values.get(name)
    if not isinstance(value, kind):
        raise UnfitColumn(name, expected="a value", got="nothing")
    return value


def _many(values: Mapping[str, object], name: str, kind: type[_T]) -> tuple[_T, ...]:
    found = values.get(name)
    return tuple(value for value in found if isinstance(value, kind)) if isinstance(found, tuple) else ()
