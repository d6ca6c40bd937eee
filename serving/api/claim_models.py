"""Owns the JSON form of a claim at the HTTP edge, and how it becomes a `Claim`. Names are those of the claim form.

What every 837 must carry and a short request leaves out (signature, assignment, release, an address) is taken to be in order.
Everything else that is left out counts as absent from the claim.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from claims.claim import (
    ADDRESS_NOT_SENT,
    Address,
    Claim,
    OtherSubscriber,
    Paperwork,
    Payer,
    Person,
    Provider,
    ServiceLine,
    Subscriber,
)

Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Code = Annotated[str, Field(min_length=1, max_length=30)]
Name = Annotated[str, Field(max_length=80)]


LARGEST_CHARGE = Decimal(10) ** 12


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ServiceLineIn(_Part):
    """One service line (SV1, SV2)."""

    procedure_code: Code | None = None
    charge_amount: Money
    units: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=3)] = Decimal(1)
    modifiers: Annotated[list[Code], Field(max_length=4)] = []
    diagnosis_pointers: Annotated[list[Annotated[int, Field(ge=1, le=12)]], Field(max_length=4)] = []
    service_from_on: date | None = None
    service_to_on: date | None = None
    place_of_service_code: Code | None = None
    revenue_code: Code | None = None
    authorization_number: Code | None = None
    referral_number: Code | None = None
    line_control_number: Code | None = None
    procedure_qualifier_code: Code = "HC"
    unit_code: Code = "UN"
    national_drug_code: Code | None = None
    rendering_provider_npi: Code | None = None
    paperwork_codes: Annotated[list[Code], Field(max_length=10)] = []

    def to_line(self, number: int) -> ServiceLine:
        """Make the record of line `number`."""
        return ServiceLine(
            line_number=number,
            procedure_code=self.procedure_code,
            charge_amount=self.charge_amount,
            units=self.units,
            modifiers=tuple(self.modifiers),
            diagnosis_pointers=tuple(self.diagnosis_pointers),
            service_from_on=self.service_from_on,
            service_to_on=self.service_to_on or self.service_from_on,
            place_of_service_code=self.place_of_service_code,
            revenue_code=self.revenue_code,
            authorization_number=self.authorization_number,
            referral_number=self.referral_number,
            line_control_number=self.line_control_number,
            procedure_qualifier_code=self.procedure_qualifier_code,
            unit_code=self.unit_code,
            national_drug_code=self.national_drug_code,
            rendering_provider=_provider(self.rendering_provider_npi),
            paperwork=tuple(Paperwork(report_type_code=code) for code in self.paperwork_codes),
        )


class PersonIn(_Part):
    """A subscriber or patient. Health information: used for matching only, never logged or echoed."""

    member_id: Code | None = None
    last_name: Name | None = None
    first_name: Name | None = None
    birth_on: date | None = None
    sex_code: Literal["F", "M", "U"] | None = None
    has_address: bool = Field(default=True, description="Whether the claim carries an address; what it is need not be sent")
    address_line_1: Name | None = None
    city: Name | None = None
    state_code: Code | None = None
    postal_code: Code | None = None

    def to_person(self) -> Person:
        """Make the record."""
        line_1 = self.address_line_1 or (ADDRESS_NOT_SENT if self.has_address else None)
        where = Address(line_1=line_1, city=self.city, state_code=self.state_code, postal_code=self.postal_code)
        return Person(
            member_id=self.member_id,
            last_name=self.last_name,
            first_name=self.first_name,
            birth_on=self.birth_on,
            sex_code=self.sex_code,
            address=None if where == Address() else where,
        )


class OtherPayerIn(_Part):
    """Another coverage on the claim (2320)."""

    payer_id: Code | None = None
    payer_sequence_code: Literal["P", "S", "T"] = "P"
    claim_filing_indicator_code: Code | None = None
    paid_amount: Money | None = None


class ClaimIn(_Part):
    """One claim before submission. Required: claim_id, payer_id, at least one line with its charge."""

    claim_id: Code = Field(description="Patient control number (CLM01)")
    payer_id: Code = Field(description="Payer id (2010BB NM109)")
    payer_name: Name | None = None
    claim_type: Literal["837P", "837I"] = "837P"
    submitted_on: date | None = Field(default=None, description="Day of submission; today where absent")
    charge_amount: Money | None = Field(default=None, description="Sum of the lines where absent")
    place_of_service_code: Code | None = None
    frequency_code: Code = "1"
    payer_claim_control_number: Code | None = None
    claim_filing_indicator_code: Code | None = Field(default=None, description="SBR09: MB, MC, 16, BL, CI, ...")
    payer_sequence_code: Literal["P", "S", "T"] = "P"
    relationship_code: Code | None = "18"
    group_number: Code | None = None
    subscriber: PersonIn = PersonIn()
    patient: PersonIn | None = Field(default=None, description="Where the patient is not the subscriber")
    billing_provider_npi: Code | None = None
    billing_taxonomy_code: Code | None = None
    billing_state_code: Annotated[str, Field(min_length=2, max_length=2)] | None = None
    rendering_provider_npi: Code | None = None
    rendering_taxonomy_code: Code | None = None
    referring_provider_npi: Code | None = None
    facility_npi: Code | None = None
    facility_name: Name | None = None
    clia_number: Code | None = None
    provider_signature_code: Code | None = "Y"
    assignment_code: Code | None = "A"
    benefits_assigned_code: Code | None = "Y"
    release_of_information_code: Code | None = "Y"
    authorization_number: Code | None = None
    referral_number: Code | None = None
    diagnosis_codes: Annotated[list[Code], Field(max_length=25)] = []
    related_cause_codes: Annotated[list[Code], Field(max_length=3)] = []
    accident_on: date | None = None
    onset_on: date | None = None
    admitted_on: date | None = None
    admission_type_code: Code | None = None
    patient_status_code: Code | None = None
    drg_code: Code | None = None
    patient_paid_amount: Money | None = None
    note: Annotated[str, Field(max_length=400)] | None = None
    delay_reason_code: Code | None = None
    paperwork_codes: Annotated[list[Code], Field(max_length=10)] = []
    other_payers: Annotated[list[OtherPayerIn], Field(max_length=10)] = []
    lines: Annotated[list[ServiceLineIn], Field(min_length=1, max_length=999)]

    @field_validator("lines")
    @classmethod
    def _sum_fits(cls, lines: list[ServiceLineIn]) -> list[ServiceLineIn]:
        """Refuse lines whose charges together are no amount that a claim may have."""
        if sum(line.charge_amount for line in lines) >= LARGEST_CHARGE:
            raise PydanticCustomError("charge_sum", "The charges of the lines should add up to less than a trillion dollars")
        return lines

    def to_claim(self, *, today: date) -> Claim:
        """Make the record. `today` stands for an absent day of submission."""
        lines = tuple(line.to_line(number) for number, line in enumerate(self.lines, start=1))
        charge = self.charge_amount if self.charge_amount is not None else sum((x.charge_amount for x in lines), Decimal(0))
        return Claim(
            patient_control_number=self.claim_id,
            claim_type=self.claim_type,
            charge_amount=charge,
            submitted_on=self.submitted_on or today,
            billing_provider=Provider(
                npi=self.billing_provider_npi,
                taxonomy_code=self.billing_taxonomy_code,
                address=Address(state_code=self.billing_state_code),
            ),
            subscriber=Subscriber(
                person=self.subscriber.to_person(),
                payer_sequence_code=self.payer_sequence_code,
                relationship_code=None if self.patient else self.relationship_code,
                group_number=self.group_number,
                claim_filing_indicator_code=self.claim_filing_indicator_code,
            ),
            payer=Payer(payer_id=self.payer_id, name=self.payer_name),
            place_of_service_code=self.place_of_service_code,
            frequency_code=self.frequency_code,
            patient=self.patient.to_person() if self.patient else None,
            patient_relationship_code=self.relationship_code if self.patient else None,
            payer_claim_control_number=self.payer_claim_control_number,
            authorization_number=self.authorization_number,
            referral_number=self.referral_number,
            clia_number=self.clia_number,
            provider_signature_code=self.provider_signature_code,
            assignment_code=self.assignment_code,
            benefits_assigned_code=self.benefits_assigned_code,
            release_of_information_code=self.release_of_information_code,
            delay_reason_code=self.delay_reason_code,
            related_cause_codes=tuple(self.related_cause_codes),
            accident_on=self.accident_on,
            onset_on=self.onset_on,
            admitted_on=self.admitted_on,
            admission_type_code=self.admission_type_code,
            patient_status_code=self.patient_status_code,
            drg_code=self.drg_code,
            patient_paid_amount=self.patient_paid_amount,
            note=self.note,
            diagnosis_codes=tuple(code.replace(".", "") for code in self.diagnosis_codes),
            referring_provider=_provider(self.referring_provider_npi),
            rendering_provider=_provider(self.rendering_provider_npi, self.rendering_taxonomy_code),
            facility_provider=_provider(self.facility_npi, name=self.facility_name),
            paperwork=tuple(Paperwork(report_type_code=code) for code in self.paperwork_codes),
            other_subscribers=tuple(
                OtherSubscriber(
                    payer=Payer(payer_id=other.payer_id),
                    payer_sequence_code=other.payer_sequence_code,
                    claim_filing_indicator_code=other.claim_filing_indicator_code,
                    paid_amount=other.paid_amount,
                )
                for other in self.other_payers
            ),
            lines=lines,
        )


def _provider(npi: str | None, taxonomy_code: str | None = None, *, name: str | None = None) -> Provider | None:
    if npi is None and taxonomy_code is None and name is None:
        return None
    return Provider(npi=npi, taxonomy_code=taxonomy_code, name=name)
