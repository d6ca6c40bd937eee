"""Owns how a FHIR R4 ClaimResponse or ExplanationOfBenefit becomes the payer's answer.

An adjudication with a claim adjustment reason (a code of X12's list in `reason`) and an amount is an adjustment. Its group comes
from a coding CO, PR, OA or PI beside it; without one, cost shares (1, 2, 3) are the patient's and all else the practice's. What
is a denial does not hang on the group.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from claims.claim import Adjustment, Payer
from claims.fhir.claim_reader import payer_of, serviced
from claims.fhir.resources import CLAIM, Json, Resource, amount_of, check, code_of, day_of, identifier_of
from claims.remittance import Remittance, RemittanceLine

_GROUPS = frozenset({"CO", "PR", "OA", "PI"})
_CARC = re.compile(r"[A-Z]?\d{1,3}")
_RARC = re.compile(r"(MA|M|N)\d{1,3}")
_COST_SHARES = frozenset({"1", "2", "3"})
_PAID = ("paidtoprovider", "benefit", "payment")
_ALLOWED = ("eligible", "allowed")
_SHARES = frozenset({"copay", "deductible", "coinsurance", "memberliability", "patientpay"})


def read_answer(resource: Resource) -> tuple[Remittance, Payer, date]:
    """Read one answer: what was said, by whom, on which day. Raises: UnfitResource."""
    check(resource)
    body = resource.body
    for element, wanted in (("use", ("claim",)), ("status", ("active",)), ("outcome", ("complete", "partial", "error"))):
        if body[element] not in wanted:
            raise resource.unfit(element, f"one of {', '.join(wanted)}")
    payment = body.get("payment") or {}
    paid_on = day_of(payment.get("date")) or day_of(body["created"])
    payer = payer_of(resource, body["insurer"])
    if paid_on is None or payer.payer_id is None:
        raise resource.unfit(*(("insurer", "an identifier of the payer") if paid_on else ("created", "a whole date")))
    lines = tuple(_line(resource, item) for item in body.get("item") or ())
    head = body.get("adjudication") or ()
    totals = [*head, *(body.get("total") or ())]
    paid, charge = amount_of(payment.get("amount")), _amount(totals, ("submitted",))
    own = _adjustments(head)
    answer = Remittance(
        patient_control_number=_number(resource),
        claim_status_code="1",
        charge_amount=charge if charge is not None else _sum(line.charge_amount for line in lines),
        paid_amount=_first(paid, _amount(totals, _PAID), _sum(line.paid_amount for line in lines)),
        patient_responsibility_amount=_shares(body.get("item") or (), head),
        payer_claim_control_number=identifier_of(body),
        allowed_amount=_amount(totals, _ALLOWED),
        adjustments=own,
        remark_codes=_remarks(head),
        lines=lines,
    )
    return answer, payer, paid_on


def _number(resource: Resource) -> str:
    """Read the claim's number: of the claim referred to, else the patient's account number among supporting information."""
    element = "request" if resource.kind == "ClaimResponse" else "claim"
    reference = resource.body.get(element) or {}
    for info in resource.body.get("supportingInfo") or ():
        if code_of(info.get("category")) == "patientaccountnumber" and info.get("valueString"):
            return str(info["valueString"])
    found = identifier_of(reference) or identifier_of(resource.resolve(reference))
    target = str(reference.get("reference", ""))
    number = found or (target.rpartition("/")[2] if f"{CLAIM}/" in target else "")
    if not number:
        raise resource.unfit(element, "the claim's number: an identifier, or a reference to Claim/NUMBER")
    return number


def _line(resource: Resource, item: Json) -> RemittanceLine:
    """Read an item; a ClaimResponse says of its procedure only the claim's item, which the bundle may hold."""
    sequence = item.get("itemSequence", item.get("sequence"))
    claim = resource.resolve(resource.body.get("request"))
    sent: Json = next((one for one in claim.get("item") or () if one.get("sequence") == sequence), {})
    said = {**sent, **item}
    adjudication = item.get("adjudication") or ()
    from_on, to_on = serviced(said)
    charge = _first(_amount(adjudication, ("submitted",)), amount_of(said.get("net")), Decimal(0))
    return RemittanceLine(
        procedure_code=code_of(said.get("productOrService")),
        charge_amount=charge,
        paid_amount=_first(_amount(adjudication, _PAID), Decimal(0)),
        revenue_code=code_of(said.get("revenue")),
        service_from_on=from_on,
        service_to_on=to_on,
        line_control_number=None if sequence is None else str(sequence),
        allowed_amount=_amount(adjudication, _ALLOWED),
        adjustments=_adjustments(adjudication),
        remark_codes=_remarks(adjudication),
    )


def _adjustments(adjudication: Sequence[Json]) -> tuple[Adjustment, ...]:
    made = []
    for one in adjudication:
        amount = amount_of(one.get("amount"))
        carc = next((code for code in _codes(one, "reason") if _CARC.fullmatch(code)), None)
        if carc is None or amount is None:
            continue
        given = next((code for code in (*_codes(one, "category"), *_codes(one, "reason")) if code in _GROUPS), None)
        group = given or ("PR" if carc in _COST_SHARES else "CO")
        made.append(Adjustment(group_code=group, carc=carc, adjustment_amount=amount))
    return tuple(made)


def _remarks(adjudication: Sequence[Json]) -> tuple[str, ...]:
    found = (code for one in adjudication for code in _codes(one, "reason"))
    return tuple(dict.fromkeys(code for code in found if _RARC.fullmatch(code)))


def _codes(one: Json, element: str) -> list[str]:
    return [str(coding["code"]).upper() for coding in (one.get(element) or {}).get("coding") or () if coding.get("code")]


def _amount(adjudication: Iterable[Json], categories: Sequence[str]) -> Decimal | None:
    by_category = {code_of(one.get("category")): amount_of(one.get("amount")) for one in adjudication}
    return next((by_category[name] for name in categories if by_category.get(name) is not None), None)


def _shares(items: Iterable[Json], head: Sequence[Json]) -> Decimal:
    """Add up what the patient owes: of the lines, where any says so, else of the claim."""
    of_lines = [one for item in items for one in item.get("adjudication") or ()]
    found = [
        [amount_of(one.get("amount")) for one in part if code_of(one.get("category")) in _SHARES] for part in (of_lines, head)
    ]
    return _sum(amount for amount in found[0] or found[1] if amount is not None)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _first(*amounts: Decimal | None) -> Decimal:
    return next((amount for amount in amounts if amount is not None), Decimal(0))
