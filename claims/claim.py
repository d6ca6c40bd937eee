"""Owns the claim as the practice submits it (837P, 837I). Holds facts only: no payer logic, no scores.

Field comments name the X12 element. Amounts are exact US dollars. `None` means the element was absent.
Records are frozen keyword-only dataclasses without slots: the reader fills them fast, everybody else only reads them.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ADDRESS_NOT_SENT = "on claim"  # stands for an address line that was not told; nothing reads one, only whether there is one


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One provider loop: billing 2000A/2010AA, referring 2310A/2310F, rendering 2310B/2310D, facility 2310C/2310E."""

    npi: str | None = None  # NM109 where NM108 = XX
    name: str | None = None  # NM103; an organization or a clinician, never a patient
    first_name: str | None = None  # NM104
    is_organization: bool = True  # NM102 = 2
    taxonomy_code: str | None = None  # PRV03
    tax_id: str | None = None  # REF EI or SY
    address: "Address | None" = None
    transmitter_id: str | None = None  # NM109 where NM108 = 46: submitter and receiver, 1000A and 1000B


@dataclass(frozen=True, kw_only=True)
class Address:
    """N3 and N4."""

    line_1: str | None = None
    line_2: str | None = None
    city: str | None = None
    state_code: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Payer:
    """NM1*PR: 2010BB, or 2330B for other payers."""

    payer_id: str | None = None  # NM109
    name: str | None = None  # NM103


@dataclass(frozen=True, kw_only=True)
class Person:
    """A subscriber or patient. Health information: never written to a message, log, metric or model artifact."""

    last_name: str | None = None  # NM103
    first_name: str | None = None  # NM104
    middle_name: str | None = None  # NM105
    member_id: str | None = None  # NM109 where NM108 = MI
    birth_on: date | None = None  # DMG02
    sex_code: str | None = None  # DMG03: F M U
    address: Address | None = None


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """2000B SBR with 2010BA: the insured under the payer that this claim goes to."""

    person: Person
    payer_sequence_code: str = "P"  # SBR01: P primary, S secondary, T tertiary
    relationship_code: str | None = None  # SBR02, 18 = self; None when the patient has a 2000C loop
    group_number: str | None = None  # SBR03
    group_name: str | None = None  # SBR04
    claim_filing_indicator_code: str | None = None  # SBR09: MB Medicare B, MC Medicaid, CI commercial, 16 MA HMO, ...


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """One CAS triplet: why an amount was not paid as charged."""

    group_code: str  # CAS01: CO PR OA PI; kept as text, an unknown one is warned about
    carc: str  # CAS02, 05, 08, 11, 14, 17
    adjustment_amount: Decimal  # positive reduces the payment
    quantity: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class OtherSubscriber:
    """2320 with 2330A/B: another coverage of the patient, and what that payer already did."""

    payer: Payer
    payer_sequence_code: str  # SBR01
    relationship_code: str | None = None  # SBR02
    claim_filing_indicator_code: str | None = None  # SBR09
    member_id: str | None = None  # 2330A NM109; health information
    last_name: str | None = None
    first_name: str | None = None
    paid_amount: Decimal | None = None  # AMT*D
    adjudicated_on: date | None = None  # 2330B DTP*573
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Paperwork:
    """PWK: a supporting document that goes with the claim."""

    report_type_code: str  # PWK01
    transmission_code: str | None = None  # PWK02
    control_number: str | None = None  # PWK06


@dataclass(frozen=True, kw_only=True)
class ServiceLine:
    """2400: one SV1 (837P) or SV2 (837I) with what hangs below it."""

    line_number: int  # LX01
    procedure_code: str | None  # SV101-2, SV202-2; an institutional line may carry a revenue code alone
    charge_amount: Decimal  # SV102, SV203
    units: Decimal  # SV104, SV205
    procedure_qualifier_code: str = "HC"  # SV101-1
    modifiers: tuple[str, ...] = ()  # up to four
    unit_code: str = "UN"  # SV103: UN, MJ minutes, DA days
    revenue_code: str | None = None  # SV201, 837I only
    place_of_service_code: str | None = None  # SV105; None = the claim's own
    diagnosis_pointers: tuple[int, ...] = ()  # SV107, 1-based into Claim.diagnosis_codes
    emergency_code: str | None = None  # SV109
    service_from_on: date | None = None  # DTP*472
    service_to_on: date | None = None  # DTP*472 RD8; equals from for one day
    line_control_number: str | None = None  # REF*6R
    authorization_number: str | None = None  # REF*G1
    referral_number: str | None = None  # REF*9F
    national_drug_code: str | None = None  # LIN03 where LIN02 = N4
    drug_quantity: Decimal | None = None  # CTP04
    drug_unit_code: str | None = None  # CTP05-1: UN, ML, GR, ME, F2
    rendering_provider: Provider | None = None  # 2420A
    paperwork: tuple[Paperwork, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One CLM loop: a single submission of a claim. A replacement (frequency 7) is another `Claim` of the same number."""

    patient_control_number: str  # CLM01
    claim_type: str  # "837P" or "837I"
    charge_amount: Decimal  # CLM02
    submitted_on: date  # BHT04 of the transaction
    billing_provider: Provider
    subscriber: Subscriber
    payer: Payer
    place_of_service_code: str | None  # CLM05-1; 837I: facility type code
    frequency_code: str = "1"  # CLM05-3: 1 original, 7 replacement, 8 void
    facility_qualifier_code: str | None = None  # CLM05-2: B 837P, A 837I
    patient: Person | None = None  # 2010CA; None = the subscriber is the patient
    patient_relationship_code: str | None = None  # PAT01
    provider_signature_code: str | None = None  # CLM06
    assignment_code: str | None = None  # CLM07: A assigned, B clinical lab only, C not assigned
    benefits_assigned_code: str | None = None  # CLM08
    release_of_information_code: str | None = None  # CLM09
    related_cause_codes: tuple[str, ...] = ()  # CLM11-1..3: AA auto, EM employment, OA other accident
    delay_reason_code: str | None = None  # CLM20
    payer_claim_control_number: str | None = None  # REF*F8, names the claim that a 7 or 8 replaces
    authorization_number: str | None = None  # REF*G1
    referral_number: str | None = None  # REF*9F
    medical_record_number: str | None = None  # REF*EA; health information
    clia_number: str | None = None  # REF*X4
    note: str | None = None  # NTE02; may hold health information
    diagnosis_codes: tuple[str, ...] = ()  # HI ABK/BK first, then ABF/BF, no dots
    admitting_diagnosis_code: str | None = None  # HI ABJ
    procedure_codes: tuple[str, ...] = ()  # HI BBR/BBQ, 837I
    condition_codes: tuple[str, ...] = ()  # HI BG
    occurrence_codes: tuple[str, ...] = ()  # HI BH, code only
    value_codes: tuple[str, ...] = ()  # HI BE, code only
    drg_code: str | None = None  # HI DR
    admission_type_code: str | None = None  # CL101
    admission_source_code: str | None = None  # CL102
    patient_status_code: str | None = None  # CL103
    onset_on: date | None = None  # DTP*431
    accident_on: date | None = None  # DTP*439
    admitted_on: date | None = None  # DTP*435
    discharged_on: date | None = None  # DTP*096
    statement_from_on: date | None = None  # DTP*434, 837I
    statement_to_on: date | None = None
    patient_paid_amount: Decimal | None = None  # AMT*F5
    referring_provider: Provider | None = None
    rendering_provider: Provider | None = None  # 837I: attending 2310A
    facility_provider: Provider | None = None
    other_subscribers: tuple[OtherSubscriber, ...] = ()
    paperwork: tuple[Paperwork, ...] = ()
    lines: tuple[ServiceLine, ...] = ()

    @property
    def patient_person(self) -> Person:
        """Name who was treated: the 2010CA patient, else the subscriber."""
        return self.patient or self.subscriber.person

    @property
    def service_from_on(self) -> date | None:
        """Give the first service day over the lines, else the statement or admission date."""
        days = [line.service_from_on for line in self.lines if line.service_from_on]
        return min(days) if days else (self.statement_from_on or self.admitted_on)

    @property
    def service_to_on(self) -> date | None:
        """Give the last service day, from which filing limits count."""
        days = [line.service_to_on or line.service_from_on for line in self.lines]
        known = [day for day in days if day]
        return max(known) if known else (self.statement_to_on or self.discharged_on or self.service_from_on)

    @property
    def is_replacement(self) -> bool:
        """Tell whether this submission replaces or voids an earlier one (frequency 7 or 8)."""
        return self.frequency_code in {"7", "8"}
