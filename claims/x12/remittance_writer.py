"""Owns how an 835 (005010X221A1) is laid out in segments. What no field holds is not written."""

from collections.abc import Sequence
from itertools import groupby

from claims.remittance import ProviderAdjustment, Remittance, RemittanceLine, RemittancePayment
from claims.x12.claim_writer import write_address, write_adjustments
from claims.x12.remittance_reader import REVENUE_QUALIFIER
from claims.x12.segment_writer import Element, SegmentWriter, UnwritableRecord, write_amount, write_date
from claims.x12.transactions import RemittanceTransaction

PAIRS_PER_SEGMENT = 6  # PLB carries six
REMARKS_PER_SEGMENT = 5  # MOA03..07; MIA05 and MIA20..23


def write_remittances(transaction: RemittanceTransaction, writer: SegmentWriter) -> None:
    """Write BPR to the last PLB of one transaction."""
    _write_payment(transaction.payment, writer)
    if transaction.remittances:
        writer.add("LX", "1")
    for remittance in transaction.remittances:
        _write_remittance(remittance, writer)
    _write_provider_adjustments(transaction.provider_adjustments, writer)


def _write_payment(payment: RemittancePayment, writer: SegmentWriter) -> None:
    writer.add(
        "BPR",
        "I" if payment.payment_amount else "H",
        write_amount(payment.payment_amount),
        "C",
        payment.payment_method_code,
        *[None] * 11,
        write_date(payment.paid_on) if payment.paid_on else None,
    )
    payer = payment.payer
    writer.add("TRN", "1", payment.trace_number, payer.payer_id and f"1{payer.payer_id}")
    if payment.produced_on:
        writer.add("DTM", "405", write_date(payment.produced_on))
    writer.add("N1", "PR", payer.name, "XV" if payer.payer_id else None, payer.payer_id)
    payee = payment.payee
    number: tuple[Element, Element] = ("XX", payee.npi) if payee.npi else ("FI", payee.tax_id) if payee.tax_id else (None, None)
    writer.add("N1", "PE", payee.name, *number)
    write_address(payee.address, writer)
    if payee.npi and payee.tax_id:
        writer.add("REF", "TJ", payee.tax_id)


def _write_remittance(remittance: Remittance, writer: SegmentWriter) -> None:
    writer.add(
        "CLP",
        remittance.patient_control_number,
        remittance.claim_status_code,
        write_amount(remittance.charge_amount),
        write_amount(remittance.paid_amount),
        write_amount(remittance.patient_responsibility_amount),
        remittance.claim_filing_indicator_code,
        remittance.payer_claim_control_number,
        remittance.facility_code,
        remittance.frequency_code,
    )
    write_adjustments(remittance.adjustments, writer)
    _write_names(remittance, writer)
    _write_remarks(remittance.remark_codes, writer)
    for qualifier, day in (
        ("232", remittance.statement_from_on),
        ("233", remittance.statement_to_on),
        ("036", remittance.coverage_expired_on),
        ("050", remittance.received_on),
    ):
        if day is not None:
            writer.add("DTM", qualifier, write_date(day))
    for qualifier, amount in (("AU", remittance.allowed_amount), ("I", remittance.interest_amount)):
        if amount is not None:
            writer.add("AMT", qualifier, write_amount(amount))
    for line in remittance.lines:
        _write_line(line, writer)


def _write_names(remittance: Remittance, writer: SegmentWriter) -> None:
    for entity, kind, qualifier, number in (
        ("QC", "1", "MI", remittance.subscriber_id),
        ("82", "1", "XX", remittance.rendering_provider_npi),
        ("TT", "2", "PI", remittance.crossover_payer_id),
        ("PR", "2", "PI", remittance.corrected_payer_id),
    ):
        if number:
            writer.add("NM1", entity, kind, *[None] * 5, qualifier, number)


def _write_remarks(codes: Sequence[str], writer: SegmentWriter) -> None:
    """Write MOA, and MIA before it when one segment does not hold all codes."""
    first = max(len(codes) - REMARKS_PER_SEGMENT, 0)
    if first > REMARKS_PER_SEGMENT:
        raise UnwritableRecord("MIA", expected="at most 10 remark codes", got=str(len(codes)))
    if first:
        inpatient = codes[:first]
        writer.add("MIA", "0", None, None, None, inpatient[0], *[None] * 14, *inpatient[1:])
    if codes:
        writer.add("MOA", None, None, *codes[first:])


def _write_line(line: RemittanceLine, writer: SegmentWriter) -> None:
    submitted = line.submitted_procedure_code
    procedure: Element = (line.procedure_qualifier_code, line.procedure_code, *line.modifiers)
    revenue_code = line.revenue_code
    if line.procedure_code is None:
        if not revenue_code:
            raise UnwritableRecord("SVC", expected="a procedure or a revenue code", got="neither")
        procedure, revenue_code = (REVENUE_QUALIFIER, revenue_code), None
    writer.add(
        "SVC",
        procedure,
        write_amount(line.charge_amount),
        write_amount(line.paid_amount),
        revenue_code,
        write_amount(line.paid_units),
        ("HC", submitted) if submitted else None,
        write_amount(line.submitted_units),
    )
    if line.service_from_on and line.service_to_on:
        writer.add("DTM", "150", write_date(line.service_from_on))
    elif line.service_from_on:
        writer.add("DTM", "472", write_date(line.service_from_on))
    if line.service_to_on:
        writer.add("DTM", "151", write_date(line.service_to_on))
    write_adjustments(line.adjustments, writer)
    if line.line_control_number:
        writer.add("REF", "6R", line.line_control_number)
    if line.allowed_amount is not None:
        writer.add("AMT", "B6", write_amount(line.allowed_amount))
    for code in line.remark_codes:
        writer.add("LQ", "HE", code)


def _write_provider_adjustments(adjustments: Sequence[ProviderAdjustment], writer: SegmentWriter) -> None:
    for (npi, period), of_provider in groupby(adjustments, key=lambda pair: (pair.provider_npi, pair.fiscal_period_on)):
        pairs = list(of_provider)
        for start in range(0, len(pairs), PAIRS_PER_SEGMENT):
            elements: list[Element] = []
            for pair in pairs[start : start + PAIRS_PER_SEGMENT]:
                elements += [(pair.reason_code, pair.reference), write_amount(pair.adjustment_amount)]
            writer.add("PLB", npi, write_date(period) if period else None, *elements)
