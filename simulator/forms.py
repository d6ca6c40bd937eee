"""Owns how an encounter becomes a claim form: every slip of the desk shows here and nowhere else."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random

from claims.claim import Adjustment, Claim, OtherSubscriber, Paperwork, Payer, Provider, ServiceLine, Subscriber
from simulator.catalog import Catalog
from simulator.encounters import UNSPECIFIC_DIAGNOSES, DraftLine, Encounter
from simulator.identifiers import fill
from simulator.people import Coverage
from simulator.practice import Practice

_DRUG_CODES = "00009{:04d}{:02d}"


def dollars(cents: int) -> Decimal:
    """Turn whole cents into dollars with two places."""
    return Decimal(cents).scaleb(-2)


def member_id_as_typed(encounter: Encounter, coverage: Coverage) -> str:
    """Spell the member id as this encounter's desk typed it."""
    right = coverage.member_id
    random = Random(encounter.slip_seed)  # noqa: S311
    if "id_format" in encounter.slips:
        return random.choice((right[:-1], f"{right[:3]}-{right[3:]}", right[2:], f"0{right}"))
    if "id_typo" in encounter.slips:
        digits = [position for position, mark in enumerate(right) if mark.isdigit() and position]
        position = random.choice(digits[1:])
        return right[:position] + str((int(right[position]) + random.randint(1, 9)) % 10) + right[position + 1 :]
    return right


@dataclass(frozen=True, kw_only=True)
class FormFiller:
    """Fills claim forms for one practice."""

    practice: Practice
    catalog: Catalog

    def fill(self, encounter: Encounter, *, day: int, frequency_code: str = "1") -> Claim:
        """Fill the form as the desk sends it on a day."""
        coverage = self._billed_coverage(encounter)
        dependent = encounter.patient.subscriber_first_name is not None
        lines = tuple(self._line(encounter, position, line) for position, line in enumerate(encounter.lines))
        slips = encounter.slips
        claim = Claim(
            patient_control_number=encounter.number,
            claim_type="837P",
            charge_amount=sum((line.charge_amount for line in lines), Decimal(0)),
            submitted_on=date.fromordinal(day),
            billing_provider=self.practice.billing,
            subscriber=self._subscriber(encounter, coverage),
            payer=Payer(payer_id=coverage.payer.payer_id, name=coverage.payer.name.upper()),
            place_of_service_code=encounter.place_of_service_code,
            frequency_code=frequency_code,
            facility_qualifier_code="B",
            patient=encounter.patient.person(member_id=None) if dependent else None,
            patient_relationship_code="19" if dependent else None,
            provider_signature_code="Y",
            assignment_code="A",
            benefits_assigned_code="Y",
            release_of_information_code="Y",
            related_cause_codes=(encounter.related_cause,) if encounter.related_cause else (),
            payer_claim_control_number=self._original_number(encounter, frequency_code),
            authorization_number=None if "authorization_omitted" in slips else encounter.authorization_number,
            referral_number=encounter.referral_number,
            clia_number=self._clia_number(encounter),
            diagnosis_codes=self._diagnoses(encounter),
            accident_on=self._accident_on(encounter),
            referring_provider=encounter.referring if self._was_referred(encounter) else None,
            rendering_provider=self._rendering(encounter),
            facility_provider=None if "facility_missing" in slips else encounter.location.facility,
            other_subscribers=self._other_subscribers(encounter),
            paperwork=self._paperwork(encounter),
            lines=lines,
        )
        return self._as_institutional(claim, encounter) if encounter.is_institutional else claim

    def _as_institutional(self, claim: Claim, encounter: Encounter) -> Claim:
        """Turn the form into the 837I of the location's outpatient department (type of bill 13x)."""
        service_on = date.fromordinal(encounter.service_day)
        return replace(
            claim,
            claim_type="837I",
            billing_provider=encounter.location.outpatient_department,
            place_of_service_code="13",
            facility_qualifier_code="A",
            provider_signature_code=None,
            related_cause_codes=(),
            accident_on=None,
            clia_number=None,
            admission_type_code="3",
            admission_source_code="1",
            patient_status_code="01",
            statement_from_on=service_on,
            statement_to_on=service_on,
            facility_provider=None,
        )

    def _subscriber(self, encounter: Encounter, coverage: Coverage) -> Subscriber:
        return Subscriber(
            person=encounter.patient.subscriber(member_id=member_id_as_typed(encounter, coverage)),
            payer_sequence_code="P" if encounter.primary_answer is None else "S",
            relationship_code="18" if encounter.patient.subscriber_first_name is None else None,
            group_number=coverage.group_number,
            claim_filing_indicator_code=coverage.payer.filing_indicator_code,
        )

    def _clia_number(self, encounter: Encounter) -> str | None:
        needed = any(self.catalog.families[line.procedure.family].needs_clia for line in encounter.lines)
        return self.practice.clia_number if needed and "clia_missing" not in encounter.slips else None

    def _accident_on(self, encounter: Encounter) -> date | None:
        if encounter.accident_day is None or "accident_missing" in encounter.slips:
            return None
        return date.fromordinal(encounter.accident_day)

    def _billed_coverage(self, encounter: Encounter) -> Coverage:
        if encounter.primary_answer is not None and encounter.patient.secondary is not None:
            return encounter.patient.secondary
        return encounter.coverage

    def _original_number(self, encounter: Encounter, frequency_code: str) -> str | None:
        if frequency_code == "1" or "replacement_unlinked" in encounter.slips:
            return None
        return encounter.payer_claim_control_number

    def _was_referred(self, encounter: Encounter) -> bool:
        if "referral_missing" in encounter.slips and encounter.slip_seed % 2:
            return False
        return (
            any(self.catalog.families[line.procedure.family].referral for line in encounter.lines)
            or encounter.referral_number is not None
        )

    def _rendering(self, encounter: Encounter) -> Provider:
        provider = encounter.clinician.provider
        return replace(provider, taxonomy_code=None) if "taxonomy_missing" in encounter.slips else provider

    def _diagnoses(self, encounter: Encounter) -> tuple[str, ...]:
        if "unspecific_diagnosis" not in encounter.slips:
            return tuple(encounter.diagnoses)
        return (UNSPECIFIC_DIAGNOSES[encounter.slip_seed % len(UNSPECIFIC_DIAGNOSES)], *encounter.diagnoses[1:])

    def _paperwork(self, encounter: Encounter) -> tuple[Paperwork, ...]:
        if "paperwork_attached" not in encounter.slips:
            return ()
        return (Paperwork(report_type_code="OZ", transmission_code="EL", control_number=f"PW{encounter.number[-8:]}"),)

    def _line(self, encounter: Encounter, position: int, line: DraftLine) -> ServiceLine:
        slips = encounter.slips
        family = self.catalog.families[line.procedure.family]
        units, charge = line.units, line.charge_cents
        if "units_wrong" in slips and len(family.unit_weights) > 1:
            units, charge = (
                line.units * 2 + family.maximum_units - 1,
                line.procedure.charge_cents * (line.units * 2 + family.maximum_units - 1),
            )
        has_drug_code = family.needs_drug_code and "drug_code_missing" not in slips
        drug_code = _DRUG_CODES.format(sum(map(ord, line.procedure.code)) * 7 % 10_000, 1) if has_drug_code else None
        service_on = date.fromordinal(encounter.service_day)
        return ServiceLine(
            line_number=position + 1,
            procedure_code=line.procedure.code,
            charge_amount=dollars(charge),
            units=Decimal(units),
            modifiers=() if "modifier_missing" in slips else line.modifiers,
            revenue_code=(family.revenue_code or "0510") if encounter.is_institutional else None,
            diagnosis_pointers=() if encounter.is_institutional else line.pointers,
            service_from_on=service_on,
            service_to_on=service_on,
            line_control_number=f"{encounter.number}{encounter.submission_count % 100:02d}{position + 1:02d}",
            national_drug_code=drug_code,
            drug_quantity=Decimal(units) if drug_code else None,
            drug_unit_code="UN" if drug_code else None,
        )

    def _other_subscribers(self, encounter: Encounter) -> tuple[OtherSubscriber, ...]:
        patient, answer = encounter.patient, encounter.primary_answer
        if answer is None:
            other = patient.secondary
            if other is None or "coverage_unknown" in encounter.slips:
                return ()
            return (self._other(encounter, other, sequence="S"),)
        written = self._other(encounter, answer.coverage, sequence="P")
        if "primary_missing" in encounter.slips:
            return (written,)
        adjustments = tuple(
            Adjustment(group_code=g, carc=c, adjustment_amount=dollars(cents)) for g, c, cents in answer.adjustments
        )
        return (
            replace(
                written,
                paid_amount=dollars(answer.paid_cents),
                adjudicated_on=date.fromordinal(answer.adjudicated_day),
                adjustments=adjustments,
            ),
        )

    def _other(self, encounter: Encounter, coverage: Coverage, *, sequence: str) -> OtherSubscriber:
        return OtherSubscriber(
            payer=Payer(payer_id=coverage.payer.payer_id, name=coverage.payer.name.upper()),
            payer_sequence_code=sequence,
            relationship_code="18",
            claim_filing_indicator_code=coverage.payer.filing_indicator_code,
            member_id=coverage.member_id,
            last_name=encounter.patient.last_name,
            first_name=encounter.patient.subscriber_first_name or encounter.patient.first_name,
        )


def new_authorization_number(random: Random) -> str:
    """Make an authorization number."""
    return fill("A199999999", random)
