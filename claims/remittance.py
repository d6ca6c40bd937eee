"""Owns the remittance as the payer sends it (835). Holds what was said; what it means is `claims.denial`'s business."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from claims.claim import Adjustment, Payer, Provider


@dataclass(frozen=True, kw_only=True)
class RemittanceLine:
    """SVC loop 2110: the payer's answer to one service line."""

    procedure_code: str | None  # SVC01-2
    charge_amount: Decimal  # SVC02
    paid_amount: Decimal  # SVC03
    procedure_qualifier_code: str = "HC"  # SVC01-1
    modifiers: tuple[str, ...] = ()
    revenue_code: str | None = None  # SVC04
    paid_units: Decimal | None = None  # SVC05; None = 1 by the guide
    submitted_procedure_code: str | None = None  # SVC06-2, when the payer changed the code
    submitted_units: Decimal | None = None  # SVC07
    service_from_on: date | None = None  # DTM*472 or DTM*150
    service_to_on: date | None = None  # DTM*151
    line_control_number: str | None = None  # REF*6R
    allowed_amount: Decimal | None = None  # AMT*B6
    adjustments: tuple[Adjustment, ...] = ()
    remark_codes: tuple[str, ...] = ()  # LQ*HE: RARC


@dataclass(frozen=True, kw_only=True)
class Remittance:
    """CLP loop 2100: the payer's answer to one claim, at one point in time."""

    patient_control_number: str  # CLP01
    claim_status_code: str  # CLP02; 22 = reversal; says nothing certain about denial
    charge_amount: Decimal  # CLP03
    paid_amount: Decimal  # CLP04
    patient_responsibility_amount: Decimal  # CLP05; 0 when absent
    claim_filing_indicator_code: str | None = None  # CLP06
    payer_claim_control_number: str | None = None  # CLP07
    facility_code: str | None = None  # CLP08
    frequency_code: str | None = None  # CLP09
    subscriber_id: str | None = None  # NM1*IL or QC NM109; health information
    rendering_provider_npi: str | None = None  # NM1*82
    crossover_payer_id: str | None = None  # NM1*TT
    corrected_payer_id: str | None = None  # NM1*PR inside 2100: corrected priority payer
    received_on: date | None = None  # DTM*050
    statement_from_on: date | None = None  # DTM*232
    statement_to_on: date | None = None  # DTM*233
    coverage_expired_on: date | None = None  # DTM*036
    allowed_amount: Decimal | None = None  # AMT*AU coverage amount
    interest_amount: Decimal | None = None  # AMT*I
    adjustments: tuple[Adjustment, ...] = ()  # claim level CAS
    remark_codes: tuple[str, ...] = ()  # MOA03..07, MIA05 and MIA20..23
    lines: tuple[RemittanceLine, ...] = ()

    @property
    def is_reversal(self) -> bool:
        """Tell whether this cancels an earlier payment (CLP02 = 22)."""
        return self.claim_status_code == "22"


@dataclass(frozen=True, kw_only=True)
class ProviderAdjustment:
    """One PLB pair: money moved outside any claim (interest, forwarding balance, withholding)."""

    provider_npi: str | None  # PLB01
    fiscal_period_on: date | None  # PLB02
    reason_code: str  # PLB03-1, ...
    reference: str | None  # PLB03-2
    adjustment_amount: Decimal  # PLB04; positive lowers the payment


@dataclass(frozen=True, kw_only=True)
class RemittancePayment:
    """The head of one 835 transaction: who pays whom, how much, when."""

    payer: Payer  # N1*PR; payer_id from N104, else REF*2U, else TRN03 without its leading 1
    payee: Provider  # N1*PE
    payment_amount: Decimal  # BPR02
    payment_method_code: str | None  # BPR04
    paid_on: date | None  # BPR16
    produced_on: date | None  # DTM*405
    trace_number: str | None  # TRN02
