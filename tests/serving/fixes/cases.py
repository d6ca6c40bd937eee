"""Small histories with one claim to look at, for tests of what is proposed."""

from datetime import date, timedelta
from typing import Any

from claims.claim import Claim
from claims.x12.transactions import Transaction
from features.batch import ClaimBatch
from features.evaluation import Evaluation
from features.history import History
from serving.fixes.case import Case, PaidHabits
from tests import factories

EARLIER = factories.SERVICE_ON - timedelta(days=200)
PAID_ON = factories.SERVICE_ON - timedelta(days=150)
MEMBER, OTHER_MEMBER = "ABC123456789", "XYZ987654321"
CsvRows = dict[str, list[dict[str, Any]]]


def key(member: str = MEMBER) -> str:
    hashed = factories.HASHER.subscriber_key(member)
    assert hashed
    return hashed


def check(
    member: str = MEMBER, *, payer_id: str = "PAYER1", status: str = "active", on: date = factories.SERVICE_ON
) -> dict[str, Any]:
    return {"subscriber_key": key(member), "payer_id": payer_id, "checked_on": on, "known_on": on, "status": status}


def authorization(
    number: str = "AUTH1", *, procedure_code: str = "99213", member: str = MEMBER, units: float = 5
) -> dict[str, Any]:
    return {
        "authorization_number": number,
        "payer_id": "PAYER1",
        "subscriber_key": key(member),
        "procedure_code": procedure_code,
        "valid_from": factories.SERVICE_ON - timedelta(days=5),
        "valid_to": factories.SERVICE_ON + timedelta(days=5),
        "units_approved": units,
        "known_on": factories.SERVICE_ON - timedelta(days=5),
    }


def enrollment(npi: str, *, begins: date, payer_id: str = "PAYER1") -> dict[str, Any]:
    return {"npi": npi, "payer_id": payer_id, "effective_from": begins, "known_on": EARLIER}


def earlier_claim(number: str, *, line: dict[str, Any] | None = None, **changes: Any) -> Claim:
    service = factories.service_line(service_from_on=EARLIER, service_to_on=EARLIER, **(line or {}))
    return factories.claim(number, submitted_on=EARLIER + timedelta(days=2), lines=(service,), **changes)


def paid(*claims: Claim) -> list[Transaction]:
    """Send claims and have each paid, long before the claim that a test is about."""
    found: list[Transaction] = []
    for at, sent in enumerate(claims):
        line = factories.remittance_line(
            charge=sent.charge_amount,
            procedure_code=sent.lines[0].procedure_code,
            service_from_on=EARLIER,
            line_control_number=sent.lines[0].line_control_number,
        )
        answer = factories.remittance(
            sent.patient_control_number, lines=(line,), payer_claim_control_number=f"ICN-{sent.patient_control_number}"
        )
        number = f"9{at:03d}"
        found.append(factories.claim_transaction(sent, control_number=number))
        payer_id = sent.payer.payer_id
        found.append(factories.remittance_transaction(answer, on=PAID_ON, control_number=number, payer_id=payer_id))
    return found


def history(*transactions: Transaction, csv_rows: CsvRows | None = None) -> History:
    store = factories.fill_store(factories.MemoryHistory(), *transactions, csv_rows=csv_rows)
    return History.from_store(store)  # type: ignore[arg-type]


def case(claim: Claim, *transactions: Transaction, csv_rows: CsvRows | None = None) -> Case:
    known = history(*transactions, csv_rows=csv_rows)
    batch = ClaimBatch.from_claims([claim], hasher=factories.HASHER)
    return Case(claim=claim, row=0, at=Evaluation(batch, known), habits=PaidHabits(known))
