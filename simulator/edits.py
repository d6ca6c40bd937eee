"""Owns the payers' edits: pure functions of the claim, what the files show, and the policy in force on the service day.

An edit never looks at anything the files do not show before submission, so the product of the survival chances is the exact
P(not denied | files). Order: claim edits first, then the lines from the dearest to the cheapest, each through the line edits.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from claims.claim import Claim, ServiceLine
from simulator.catalog import Catalog
from simulator.chance import hazard
from simulator.codes import EDITS
from simulator.encounters import PREVENTIVE_AGES, UNSPECIFIC_DIAGNOSES
from simulator.identifiers import fits
from simulator.payers import SimulatedPayer
from simulator.policies import PayerPolicy
from simulator.records import Facts

_LARGEST_HAZARD = 3.2  # 0.96: no edit is ever certain


@dataclass(frozen=True, slots=True)
class Risk:
    """One edit that may fire. `line` is a 0-based position, -1 = the whole claim."""

    edit: str
    line: int
    hazard: float

    @property
    def probability(self) -> float:
        """Give the chance that it fires when reached."""
        return -math.expm1(-self.hazard)


@dataclass(frozen=True, kw_only=True)
class Adjudicator:
    """One world's payers as a pure function: claim and facts in, ordered risks out."""

    catalog: Catalog
    payers: dict[str, SimulatedPayer]
    policies: dict[str, PayerPolicy]
    intensity: dict[tuple[str, str], float]  # (payer, cause) -> multiplier on hazards
    taxonomies: dict[str, str]  # rendering NPI -> taxonomy, as the payers' directories have it
    families: dict[str, str]  # procedure -> family where only one fits

    def risks(self, claim: Claim, facts: Facts) -> list[Risk]:
        """List the edits that may fire, in the payer's order."""
        payer = self.payers[claim.payer.payer_id or ""]
        view = _ClaimView(claim, facts, payer, self.policies[payer.payer_id], self)
        found = self._scaled(payer, view.claim_edits(), -1)
        dearest = sorted(range(len(claim.lines)), key=lambda position: (-claim.lines[position].charge_amount, position))
        for position in dearest:
            found += self._scaled(payer, view.line_edits(position), position)
        return found

    def rejection_probability(self, claim: Claim, facts: Facts) -> float:
        """Give the chance that the claim is returned by 277CA and never adjudicated."""
        payer = self.payers[claim.payer.payer_id or ""]
        total = hazard(0.004)
        if not fits(payer.member_id_pattern, claim.subscriber.person.member_id or ""):
            total += hazard(payer.format_rejection)
        if claim.rendering_provider is not None and claim.rendering_provider.taxonomy_code is None:
            total += hazard(0.04)
        if facts.check is not None and facts.check.status == "not_found":
            total += hazard(0.25)
        return -math.expm1(-total)

    def family_of(self, claim: Claim, line: ServiceLine) -> str:
        """Name the procedure family as a payer sees it; visit codes depend on the place and on who rendered them."""
        code = line.procedure_code or ""
        family = self.families.get(code)
        if family is not None:
            return family
        if (line.place_of_service_code or claim.place_of_service_code) in {"02", "10"}:
            return "telehealth_visit"
        npi = (claim.rendering_provider.npi if claim.rendering_provider else None) or ""
        return "psychiatry_visit" if self.taxonomies.get(npi) == "2084P0800X" else "office_visit"

    def _scaled(self, payer: SimulatedPayer, risks: Iterator[tuple[str, float]], line: int) -> list[Risk]:
        found = []
        for edit, probability in risks:
            if probability > 0.0:
                scale = self.intensity.get((payer.payer_id, EDITS[edit].cause), 1.0)
                found.append(Risk(edit, line, min(_LARGEST_HAZARD, hazard(probability) * scale)))
        return found


def denial_probability(risks: list[Risk]) -> float:
    """Give the exact chance that at least one edit fires."""
    return -math.expm1(-sum(risk.hazard for risk in risks))


def cause_probabilities(risks: list[Risk]) -> dict[str, float]:
    """Give, per root cause, the chance that its edit is the first to fire; sums to the denial probability."""
    surviving, found = 1.0, dict[str, float]()
    for risk in risks:
        cause = EDITS[risk.edit].cause
        found[cause] = found.get(cause, 0.0) + surviving * risk.probability
        surviving *= math.exp(-risk.hazard)
    return found


class _ClaimView:
    """One claim under one policy, with what several edits share."""

    def __init__(self, claim: Claim, facts: Facts, payer: SimulatedPayer, policy: PayerPolicy, owner: Adjudicator) -> None:
        self.claim, self.facts, self.payer, self.policy, self.owner = claim, facts, payer, policy, owner
        service = claim.service_from_on or claim.submitted_on
        self.service_day = service.toordinal()
        self.families = [owner.family_of(claim, line) for line in claim.lines]
        self.is_secondary = claim.subscriber.payer_sequence_code != "P"
        born = claim.patient_person.birth_on
        self.age = (self.service_day - born.toordinal()) // 365 if born else 40
        self.npi = (claim.rendering_provider.npi if claim.rendering_provider else None) or ""

    def claim_edits(self) -> Iterator[tuple[str, float]]:
        """Run the edits on the whole claim, in order."""
        yield "coverage", self._coverage()
        yield "other_plan", self._other_plan()
        yield from self._coordination()
        yield "member_id", self._member_id()
        yield "enrollment", self._enrollment()
        yield "filing_limit", self._filing_limit()
        yield "same_claim", self._same_claim()
        yield from self._form()
        yield "referral", self._referral()
        yield "processing", 0.0062 if not self.is_secondary else 0.01

    def line_edits(self, position: int) -> Iterator[tuple[str, float]]:
        """Run the edits on one line, in order."""
        line = self.claim.lines[position]
        family = self.owner.catalog.families[self.families[position]]
        day, strictness = self.service_day, self.policy.strictness
        if self.is_secondary:
            yield "benefit", 0.25 * strictness(("benefit", family.id, line.procedure_code or ""), day)
            return
        if family.needs_clia and self.claim.clia_number is None and self.claim.claim_type == "837P":
            yield "clia", strictness(("clia",), day)
        if family.needs_drug_code and line.national_drug_code is None:
            yield "drug_code", strictness(("drug_code",), day)
        yield from self._authorization(position, line)
        if family.modifier and not line.modifiers:
            yield "modifier", strictness(("modifier", family.id), day)
        if self.claim.claim_type == "837P" and (self.claim.place_of_service_code or "") not in family.place_of_service_codes:
            yield "place", 0.8 * strictness(("place", family.id), day) * (0.15 if len(self.claim.lines) > 1 and position else 1.0)
        diagnoses = self._pointed(line)
        if diagnoses and diagnoses[0] in UNSPECIFIC_DIAGNOSES:
            yield "diagnosis_code", 0.2 + 0.6 * strictness(("diagnosis_code",), day)
        low, high = PREVENTIVE_AGES.get(line.procedure_code or "", (0, 200))
        if not low <= self.age <= high:
            yield "age_or_sex", 0.6
        yield "pair", self._pair(family.id, line)
        if len(family.unit_weights) > 1 and line.units > family.maximum_units:
            yield "units", strictness(("units", family.id, line.procedure_code or ""), day)
        last = self.facts.last_service_days[position]
        if family.repeat_days and last is not None and day - last < family.repeat_days:
            yield "frequency", strictness(("frequency", family.id, line.procedure_code or ""), day)
        yield "necessity", self._necessity(family.id, diagnoses)
        yield "benefit", strictness(("benefit", family.id, line.procedure_code or ""), day)
        yield "records", self._records(family.id, line)

    def _coverage(self) -> float:
        facts, check, payer = self.facts, self.facts.check, self.payer
        if facts.eligibility_denied:
            return 0.72
        if self.is_secondary:
            return 0.008
        if check is None or check.status == "not_found":
            return 0.0 if payer.plan_type == "workers_compensation" else min(0.5, payer.lapse_per_day * 35)
        if check.status == "inactive":
            return 0.8
        if check.begins_on_day is not None and self.service_day < check.begins_on_day:
            return 0.7
        if check.ends_on_day is not None and self.service_day > check.ends_on_day:
            return 0.55
        gap = max(0, self.service_day - check.day)
        return min(0.5, 0.0008 + payer.lapse_per_day * gap * (1.6 if self.age < 19 else 1.0))

    def _other_plan(self) -> float:
        causes = self.claim.related_cause_codes
        if self.payer.plan_type == "workers_compensation":
            return 0.0 if "EM" in causes else 0.35
        if self.is_secondary:
            return 0.002
        base = 0.0012
        if "EM" in causes:
            base = 0.7
        elif "AA" in causes:
            base = 0.4
        carve = max(self.policy.strictness(("other_plan", family), self.service_day) for family in set(self.families))
        group = self.policy.strictness(("other_plan", "group", self.claim.subscriber.group_number or ""), self.service_day)
        return 1.0 - (1.0 - base) * (1.0 - carve) * (1.0 - group)

    def _coordination(self) -> Iterator[tuple[str, float]]:
        others = self.claim.other_subscribers
        if self.is_secondary:
            known = any(other.paid_amount is not None for other in others)
            yield "primary_data", 0.003 if known else 0.8
            return
        chance = 0.0015
        if self.facts.coordination_denied:
            chance = 0.65
        elif self.payer.plan_type in {"commercial", "marketplace"} and self.age >= 65:
            chance = 0.22
        elif self.payer.plan_type in {"medicaid", "managed_medicaid"} and self.claim.related_cause_codes:
            chance = 0.3
        elif others and self.payer.plan_type != "medicare_ffs":
            chance = 0.12
        yield "primary_first", chance

    def _member_id(self) -> float:
        facts, member_id = self.facts, self.claim.subscriber.person.member_id or ""
        if not fits(self.payer.member_id_pattern, member_id):
            return 0.75
        if facts.check is not None and facts.check.status == "not_found":
            return 0.7
        if facts.other_id_confirmed:
            return 0.4
        if facts.id_confirmed or (facts.check is not None and facts.check.status == "active"):
            return 0.0006
        return 0.008

    def _enrollment(self) -> float:
        row, payer = self.facts.enrollment, self.payer
        if not payer.tracks_enrollment or self.claim.claim_type == "837I":
            return 0.0008
        if row is None or self.service_day < row.from_day or (row.to_day is not None and self.service_day > row.to_day):
            return payer.enrollment_strictness
        return 0.0003

    def _filing_limit(self) -> float:
        last = self.claim.service_to_on or self.claim.submitted_on
        over = self.facts.day - last.toordinal() - self.payer.filing_limit_days
        if over > 0:
            return 0.5 if self.claim.delay_reason_code else 0.93
        return 0.08 if over > -4 else 0.0

    def _same_claim(self) -> float:
        """Look for the same service sent before: pending, paid, or denied and sent again without a link."""
        others = [sent for sent in self.facts.earlier if sent.state != "rejected"]
        if not others:
            return 0.0001
        linked = self.claim.is_replacement and self.claim.payer_claim_control_number is not None
        if linked:
            return 0.012
        if self.claim.is_replacement:
            return 0.3
        state = others[-1].state
        return {"pending": 0.9, "paid": 0.93, "denied": 0.35}[state]

    def _form(self) -> Iterator[tuple[str, float]]:
        claim, day, strictness = self.claim, self.service_day, self.policy.strictness
        if self.is_secondary:
            yield "form", 0.006
            return
        if claim.claim_type == "837P":
            if claim.facility_provider is None:
                yield "facility", strictness(("facility",), day)
            if claim.related_cause_codes and claim.accident_on is None:
                yield "accident", strictness(("accident",), day)
        if claim.rendering_provider is None or claim.rendering_provider.taxonomy_code is None:
            yield "taxonomy", strictness(("taxonomy",), day)
        yield "form", 0.3 if claim.is_replacement and claim.payer_claim_control_number is None else 0.002

    def _referral(self) -> float:
        strictness = self.policy.strictness(("referral",), self.service_day)
        if not strictness or self.is_secondary or self.claim.referral_number is not None:
            return 0.0
        if not any(self.owner.catalog.families[family].referral for family in self.families):
            return 0.0
        if self.owner.taxonomies.get(self.npi) in {"207Q00000X", "207R00000X"}:
            return 0.0
        return strictness * (0.55 if self.claim.referring_provider is not None else 1.0)

    def _authorization(self, position: int, line: ServiceLine) -> Iterator[tuple[str, float]]:
        family = self.families[position]
        strictness = self.policy.strictness(("authorization", family), self.service_day)
        if not strictness or self.npi in self.policy.exempt.get(family, ()):
            return
        if line.charge_amount < 100:
            strictness *= 0.7
        if self.claim.authorization_number is None:
            yield "authorization", strictness
            return
        row = self.facts.authorization
        if row is None:
            yield "authorization_scope", 0.35 * strictness
        elif not row.from_day <= self.service_day <= row.to_day:
            yield "authorization_scope", 0.8 * strictness
        elif self.facts.authorization_units_used + int(line.units) > row.units:
            yield "authorization_scope", 0.6 * strictness
        elif row.procedure_code != line.procedure_code:
            sibling = self.owner.families.get(row.procedure_code) == family
            yield "authorization_scope", (0.35 if sibling else 0.75) * strictness
        else:
            yield "authorization_scope", 0.012

    def _pointed(self, line: ServiceLine) -> list[str]:
        codes = self.claim.diagnosis_codes
        if not line.diagnosis_pointers:
            return list(codes)
        return [codes[pointer - 1] for pointer in line.diagnosis_pointers if pointer <= len(codes)]

    def _pair(self, family: str, line: ServiceLine) -> float:
        for bundle in self.owner.catalog.bundles:
            if bundle.minor != family:
                continue
            strictness = max(
                (
                    self.policy.strictness(("pair", family, major), self.service_day)
                    for major in self.families
                    if major in bundle.major
                ),
                default=0.0,
            )
            if strictness and bundle.escape and bundle.escape in line.modifiers:
                return 0.03 * strictness
            if strictness:
                return strictness
        return 0.0

    def _necessity(self, family: str, diagnoses: list[str]) -> float:
        """A line stands on its best diagnosis: the first counts, a supporting second one mostly rescues it."""
        chances = [self.policy.strictness(("necessity", family, diagnosis), self.service_day) for diagnosis in diagnoses]
        if not chances or not chances[0]:
            return 0.0006
        rescued = any(not chance for chance in chances[1:])
        return chances[0] * (0.3 if rescued else 1.0) * (0.85 if self.age >= 75 else 1.0)

    def _records(self, family: str, line: ServiceLine) -> float:
        strictness = self.policy.strictness(("records", family), self.service_day)
        if not strictness:
            return 0.0004
        chance = strictness * (1.0 if line.charge_amount >= 500 else 0.55) * (1.4 if self.facts.provider_days < 75 else 1.0)
        return min(0.95, chance) * (0.12 if self.claim.paperwork or line.paperwork else 1.0)
