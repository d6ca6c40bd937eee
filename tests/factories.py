"""Records with sensible defaults for every test; a test names only the fields that it is about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from claims.acknowledgment import ClaimAcknowledgment, ClaimStatus, TransactionAcknowledgment
from claims.claim import Address, Adjustment, Claim, OtherSubscriber, Paperwork, Payer, Person, Provider, ServiceLine, Subscriber
from claims.history.schema import SCHEMAS
from claims.history.store import HistoryStore
from claims.history.transactions import transaction_tables
from claims.privacy import PersonHasher
from claims.remittance import ProviderAdjustment, Remittance, RemittanceLine, RemittancePayment
from claims.x12.transactions import (
    AcknowledgmentTransaction,
    ClaimTransaction,
    Envelope,
    RemittanceTransaction,
    SyntaxReportTransaction,
    Transaction,
)

Store = TypeVar("Store", HistoryStore, "MemoryHistory")
HASHER = PersonHasher(b"a key for tests only, 32 bytes..")
SUBMITTED_ON = date(2026, 3, 2)
SERVICE_ON = date(2026, 2, 20)
RECEIVED_ON = date(2026, 3, 23)


def money(amount: str | int | Decimal) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def provider(npi: str | None = "1234567893", **changes: Any) -> Provider:
    defaults = Provider(npi=npi, name="RIVERSIDE CLINIC", taxonomy_code="207Q00000X", address=address())
    return replace(defaults, **changes)


def address(**changes: Any) -> Address:
    return replace(Address(line_1="12 ELM ST", city="OAKLAND", state_code="CA", postal_code="946120001"), **changes)


def person(**changes: Any) -> Person:
    defaults = Person(
        last_name="DOE", first_name="JANE", member_id="ABC123456789", birth_on=date(1980, 5, 17), sex_code="F", address=address()
    )
    return replace(defaults, **changes)


def payer(payer_id: str | None = "PAYER1", **changes: Any) -> Payer:
    return replace(Payer(payer_id=payer_id, name="FIRST HEALTH PLAN"), **changes)


def subscriber(**changes: Any) -> Subscriber:
    defaults = Subscriber(person=person(), relationship_code="18", claim_filing_indicator_code="CI", group_number="G100")
    return replace(defaults, **changes)


def other_subscriber(**changes: Any) -> OtherSubscriber:
    defaults = OtherSubscriber(
        payer=payer("PAYER2", name="SECOND PLAN"),
        payer_sequence_code="S",
        relationship_code="18",
        claim_filing_indicator_code="CI",
    )
    return replace(defaults, **changes)


def paperwork(**changes: Any) -> Paperwork:
    return replace(Paperwork(report_type_code="OZ", transmission_code="EL", control_number="DOC1"), **changes)


def service_line(line_number: int = 1, *, charge: str | int | Decimal = 150, **changes: Any) -> ServiceLine:
    defaults = ServiceLine(
        line_number=line_number,
        procedure_code="99213",
        charge_amount=money(charge),
        units=Decimal(1),
        diagnosis_pointers=(1,),
        service_from_on=SERVICE_ON,
        service_to_on=SERVICE_ON,
        line_control_number=f"L{line_number}",
    )
    return replace(defaults, **changes)


def claim(patient_control_number: str = "PCN1", *, lines: tuple[ServiceLine, ...] | None = None, **changes: Any) -> Claim:
    """Make one claim; its charge is the sum of its lines unless given."""
    lines = (service_line(),) if lines is None else lines
    defaults = Claim(
        patient_control_number=patient_control_number,
        claim_type="837P",
        charge_amount=sum((line.charge_amount for line in lines), Decimal(0)),
        submitted_on=SUBMITTED_ON,
        billing_provider=provider(),
        subscriber=subscriber(),
        payer=payer(),
        place_of_service_code="11",
        facility_qualifier_code="B",
        provider_signature_code="Y",
        assignment_code="A",
        benefits_assigned_code="Y",
        release_of_information_code="Y",
        diagnosis_codes=("E119",),
        lines=lines,
    )
    return replace(defaults, **changes)


def adjustment(group_code: str = "CO", carc: str = "45", amount: str | int | Decimal = 50, **changes: Any) -> Adjustment:
    return replace(Adjustment(group_code=group_code, carc=carc, adjustment_amount=money(amount)), **changes)


def remittance_line(
    line_number: int = 1,
    *,
    charge: str | int | Decimal = 150,
    adjustments: tuple[Adjustment, ...] = (),
    remark_codes: tuple[str, ...] = (),
    **changes: Any,
) -> RemittanceLine:
    """Make one answered line; paid = charge less adjustments, so that it balances unless given."""
    defaults = RemittanceLine(
        procedure_code="99213",
        charge_amount=money(charge),
        paid_amount=money(charge) - sum((a.adjustment_amount for a in adjustments), Decimal(0)),
        service_from_on=SERVICE_ON,
        line_control_number=f"L{line_number}",
        adjustments=adjustments,
        remark_codes=remark_codes,
    )
    return replace(defaults, **changes)


def remittance(
    patient_control_number: str = "PCN1",
    *,
    lines: tuple[RemittanceLine, ...] | None = None,
    adjustments: tuple[Adjustment, ...] = (),
    **changes: Any,
) -> Remittance:
    """Make one answered claim whose totals follow from its lines and claim adjustments unless given."""
    lines = (remittance_line(),) if lines is None else lines
    everything = (*adjustments, *(a for line in lines for a in line.adjustments))
    defaults = Remittance(
        patient_control_number=patient_control_number,
        claim_status_code="1",
        charge_amount=sum((line.charge_amount for line in lines), Decimal(0)),
        paid_amount=sum((line.paid_amount for line in lines), Decimal(0))
        - sum((a.adjustment_amount for a in adjustments), Decimal(0)),
        patient_responsibility_amount=sum((a.adjustment_amount for a in everything if a.group_code == "PR"), Decimal(0)),
        claim_filing_indicator_code="CI",
        payer_claim_control_number="ICN1",
        frequency_code="1",
        adjustments=adjustments,
        lines=lines,
    )
    return replace(defaults, **changes)


def denied(patient_control_number: str = "PCN1", *, carc: str = "50", charge: str | int = 150, **changes: Any) -> Remittance:
    """Make an answer that denies its one line in full."""
    line = remittance_line(charge=charge, adjustments=(adjustment("CO", carc, charge),))
    return remittance(patient_control_number, lines=(line,), **changes)


def reversal(of: Remittance, **changes: Any) -> Remittance:
    """Make the reversal of an answer: status 22 and every amount turned round."""
    lines = tuple(
        replace(
            line,
            charge_amount=-line.charge_amount,
            paid_amount=-line.paid_amount,
            adjustments=tuple(replace(a, adjustment_amount=-a.adjustment_amount) for a in line.adjustments),
        )
        for line in of.lines
    )
    turned = replace(
        of,
        claim_status_code="22",
        charge_amount=-of.charge_amount,
        paid_amount=-of.paid_amount,
        patient_responsibility_amount=-of.patient_responsibility_amount,
        adjustments=tuple(replace(a, adjustment_amount=-a.adjustment_amount) for a in of.adjustments),
        lines=lines,
    )
    return replace(turned, **changes)


def envelope(control_number: str = "0001", **changes: Any) -> Envelope:
    defaults = Envelope(
        sender_id="SENDER",
        receiver_id="RECEIVER",
        interchange_control_number="000000001",
        group_control_number="1",
        transaction_control_number=control_number,
        version="005010X222A1",
        created_on=SUBMITTED_ON,
        created_at=time(8, 0),
    )
    return replace(defaults, **changes)


def content_key(*parts: object) -> str:
    """Stand in for the reader's hash over the ST..SE segments."""
    return sha256(repr(parts).encode()).hexdigest()


def claim_transaction(*claims: Claim, control_number: str = "0001", **changes: Any) -> ClaimTransaction:
    claims = claims or (claim(),)
    defaults = ClaimTransaction(
        envelope=envelope(control_number),
        kind=claims[0].claim_type,
        reference=control_number,
        submitted_on=claims[0].submitted_on,
        submitter=provider(),
        receiver=provider(None, name="CLEARINGHOUSE"),
        claims=claims,
        content_key=content_key("837", control_number, claims),
    )
    return replace(defaults, **changes)


def payment(payer_id: str | None = "PAYER1", *, on: date | None = RECEIVED_ON, **changes: Any) -> RemittancePayment:
    defaults = RemittancePayment(
        payer=payer(payer_id),
        payee=provider(),
        payment_amount=money(0),
        payment_method_code="ACH",
        paid_on=on,
        produced_on=on,
        trace_number="T1",
    )
    return replace(defaults, **changes)


def remittance_transaction(
    *remittances: Remittance,
    payer_id: str | None = "PAYER1",
    on: date = RECEIVED_ON,
    control_number: str = "0001",
    provider_adjustments: tuple[ProviderAdjustment, ...] = (),
    **changes: Any,
) -> RemittanceTransaction:
    remittances = remittances or (remittance(),)
    defaults = RemittanceTransaction(
        envelope=envelope(control_number, version="005010X221A1", created_on=on),
        payment=payment(payer_id, on=on),
        remittances=remittances,
        provider_adjustments=provider_adjustments,
        content_key=content_key("835", control_number, payer_id, on, remittances),
    )
    return replace(defaults, **changes)


def provider_adjustment(amount: str | int = 10, **changes: Any) -> ProviderAdjustment:
    defaults = ProviderAdjustment(
        provider_npi="1234567893",
        fiscal_period_on=date(2026, 12, 31),
        reason_code="L6",
        reference="ICN1",
        adjustment_amount=money(amount),
    )
    return replace(defaults, **changes)


def acknowledgment(patient_control_number: str = "PCN1", *, category_code: str = "A1", **changes: Any) -> ClaimAcknowledgment:
    statuses = (ClaimStatus(category_code=category_code, status_code="20"),)
    return replace(ClaimAcknowledgment(patient_control_number=patient_control_number, statuses=statuses), **changes)


def acknowledgment_transaction(
    *acknowledgments: ClaimAcknowledgment,
    on: date = date(2026, 3, 4),
    payer_id: str | None = "PAYER1",
    control_number: str = "0001",
) -> AcknowledgmentTransaction:
    return AcknowledgmentTransaction(
        envelope=envelope(control_number, version="005010X214", created_on=on),
        created_on=on,
        payer=payer(payer_id),
        acknowledgments=acknowledgments or (acknowledgment(),),
        content_key=content_key("277CA", control_number, on, acknowledgments),
    )


def syntax_report_transaction(
    *, transaction_control_number: str = "0001", accepted_code: str = "A", on: date = date(2026, 3, 3), **changes: Any
) -> SyntaxReportTransaction:
    answer = TransactionAcknowledgment(
        group_control_number="1",
        transaction_type="837",
        transaction_control_number=transaction_control_number,
        accepted_code=accepted_code,
    )
    defaults = SyntaxReportTransaction(
        envelope=envelope("0001", version="005010X231A1", created_on=on),
        acknowledgments=(answer,),
        group_accepted_code=accepted_code,
        content_key=content_key("999", transaction_control_number, accepted_code, on),
    )
    return replace(defaults, **changes)


class MemoryHistory:
    """A history that reads like `HistoryStore` and stands in memory alone, for tests of what is made from its rows."""

    def __init__(self) -> None:
        self.tables = {name: schema.empty_table() for name, schema in SCHEMAS.items()}

    def commit(self, tables: dict[str, pa.Table], *, now: datetime) -> str:
        for name, rows in tables.items():
            self.tables[name] = pa.concat_tables([self.tables[name], rows])
        return ""

    def pinned(self) -> "MemoryHistory":
        return self

    def version(self) -> str:
        return "memory"

    def read(self, table: str, *, columns: Sequence[str] | None = None, before: date | None = None) -> pa.Table:
        rows = self.tables[table]
        if before is not None:
            rows = rows.filter(pc.less(rows["known_on"], before))
        return rows.select(columns) if columns is not None else rows


def fill_store(store: Store, *transactions: Transaction, csv_rows: dict[str, list[dict[str, Any]]] | None = None) -> Store:
    """Commit transactions, and rows of other tables given as dicts, to a history in one load."""
    tables = transaction_tables(transactions, hasher=HASHER)
    for name, rows in (csv_rows or {}).items():
        blank: dict[str, Any] = dict.fromkeys(SCHEMAS[name].names)
        full = [blank | {"source_key": content_key(name, index, row)} | row for index, row in enumerate(rows)]
        tables[name] = pa.Table.from_pylist(full, schema=SCHEMAS[name])
    store.commit(tables, now=datetime(2026, 11, 20, 9, 0, tzinfo=UTC))
    return store
