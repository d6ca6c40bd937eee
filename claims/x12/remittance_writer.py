"""Owns writing an 835 body (BPR to the last PLB) from remittances."""

from collections.abc import Iterator, Sequence

from claims.remittance import ProviderAdjustment, Remittance, RemittanceLine, RemittancePayment
from claims.x12.formats import PART, write_adjustments, write_date, write_decimal
from claims.x12.transactions import RemittanceTransaction

Segment = Sequence[str | None]
REMARKS_PER_MOA = 5


def remittance_segments(transaction: RemittanceTransaction) -> Iterator[Segment]:
    """Yield the segments between ST and SE."""
    yield from _head(transaction.payment)
    if transaction.remittances:
        yield "LX", "1"
    for remittance in transaction.remittances:
        yield from _claim(remittance)
    for adjustment in transaction.provider_adjustments:
        yield _provider_adjustment(adjustment)


def _head(payment: RemittancePayment) -> Iterator[Segment]:
    yield (
        "BPR", "I", write_decimal(payment.payment_amount), "C", payment.payment_method_code, *([None] * 11),
        write_date(payment.paid_on),
    )  # fmt: skip
    if payment.trace_number:
        yield "TRN", "1", payment.trace_number, "1999999999"
    if payment.produced_on is not None:
        yield "DTM", "405", write_date(payment.produced_on)
    payer, payee = payment.payer, payment.payee
    yield "N1", "PR", payer.name, "XV" if payer.payer_id else None, payer.payer_id
    yield "N1", "PE", payee.name, "XX" if payee.npi else None, payee.npi
    if payee.tax_id:
        yield "REF", "TJ", payee.tax_id


def _claim(remittance: Remittance) -> Iterator[Segment]:
    yield (
        "CLP", remittance.patient_control_number, remittance.claim_status_code, write_decimal(remittance.charge_amount),
        write_decimal(remittance.paid_amount), write_decimal(remittance.patient_responsibility_amount),
        remittance.claim_filing_indicator_code, remittance.payer_claim_control_number, remittance.facility_code,
        remittance.frequency_code,
    )  # fmt: skip
    yield from write_adjustments(remittance.adjustments)
    if remittance.subscriber_id:
        yield "NM1", "IL", "1", *([None] * 5), "MI", remittance.subscriber_id
    for code, qualifier, number in (
        ("82", "XX", remittance.rendering_provider_npi),
        ("TT", "PI", remittance.crossover_payer_id),
        ("PR", "PI", remittance.corrected_payer_id),
    ):
        if number:
            kind = "1" if code == "82" else "2"
            yield "NM1", code, kind, *([None] * 5), qualifier, number
    for start in range(0, len(remittance.remark_codes), REMARKS_PER_MOA):
        yield "MOA", None, None, *remittance.remark_codes[start : start + REMARKS_PER_MOA]
    for code, value in (
        ("232", remittance.statement_from_on), ("233", remittance.statement_to_on),
        ("036", remittance.coverage_expired_on), ("050", remittance.received_on),
    ):  # fmt: skip
        if value is not None:
            yield "DTM", code, write_date(value)
    for code, amount in (("AU", remittance.allowed_amount), ("I", remittance.interest_amount)):
        if amount is not None:
            yield "AMT", code, write_decimal(amount)
    for line in remittance.lines:
        yield from _line(line)


def _line(line: RemittanceLine) -> Iterator[Segment]:
    qualifier = line.procedure_qualifier_code
    procedure = PART.join((qualifier, line.procedure_code or "", *line.modifiers))
    submitted = f"{qualifier}{PART}{line.submitted_procedure_code}" if line.submitted_procedure_code else None
    yield (
        "SVC", procedure, write_decimal(line.charge_amount), write_decimal(line.paid_amount), line.revenue_code,
        write_decimal(line.paid_units), submitted, write_decimal(line.submitted_units),
    )  # fmt: skip
    if line.service_to_on is not None:
        yield "DTM", "150", write_date(line.service_from_on)
        yield "DTM", "151", write_date(line.service_to_on)
    elif line.service_from_on is not None:
        yield "DTM", "472", write_date(line.service_from_on)
    yield from write_adjustments(line.adjustments)
    if line.line_control_number:
        yield "REF", "6R", line.line_control_number
    if line.allowed_amount is not None:
        yield "AMT", "B6", write_decimal(line.allowed_amount)
    for remark in line.remark_codes:
        yield "LQ", "HE", remark


def _provider_adjustment(adjustment: ProviderAdjustment) -> Segment:
    reason = PART.join((adjustment.reason_code, adjustment.reference)) if adjustment.reference else adjustment.reason_code
    return (
        "PLB", adjustment.provider_npi, write_date(adjustment.fiscal_period_on), reason,
        write_decimal(adjustment.adjustment_amount),
    )  # fmt: skip
