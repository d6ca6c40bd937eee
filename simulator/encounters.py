"""Owns what happened in the clinic: a visit with its services, diagnoses and the desk's slips, before any form is filled."""

from dataclasses import dataclass, field
from random import Random

from claims.claim import Provider
from simulator.catalog import Catalog, Family, Procedure, Visit
from simulator.chance import Weighted
from simulator.people import Coverage, Panel, Patient
from simulator.practice import Clinician, Location, Practice
from simulator.priors import Priors

UNSPECIFIC_DIAGNOSES = ("R69", "Z9189", "R6889")
PREVENTIVE_AGES = {"99385": (18, 39), "99395": (18, 39), "99396": (40, 64), "99397": (65, 120)}
_MEDICARE_PREVENTIVE = ("G0439", "G0438")


@dataclass(slots=True, kw_only=True)
class DraftLine:
    """One service as it should be billed."""

    procedure: Procedure
    units: int
    pointers: tuple[int, ...]
    modifiers: tuple[str, ...]
    charge_cents: int


@dataclass(slots=True, kw_only=True)
class Encounter:
    """One visit that becomes a claim. `slips` name what the desk got wrong; a correction takes a slip away."""

    number: str
    patient: Patient
    coverage: Coverage
    clinician: Clinician
    location: Location
    referring: Provider
    service_day: int
    place_of_service_code: str
    is_institutional: bool
    lines: list[DraftLine]
    diagnoses: list[str]
    related_cause: str | None = None
    accident_day: int | None = None
    authorization_number: str | None = None
    referral_number: str | None = None
    slips: set[str] = field(default_factory=set)
    submission_count: int = 0
    payer_claim_control_number: str | None = None
    primary_answer: "PrimaryAnswer | None" = None
    slip_seed: int = 0
    worked: int = 0


@dataclass(frozen=True, kw_only=True)
class PrimaryAnswer:
    """What the primary payer did, as the secondary claim reports it."""

    coverage: Coverage
    paid_cents: int
    adjudicated_day: int
    adjustments: tuple[tuple[str, str, int], ...]


class Clinic:
    """Draws encounters."""

    def __init__(
        self, random: Random, catalog: Catalog, priors: Priors, *, practice: Practice, panel: Panel, late_codes: dict[str, int]
    ) -> None:
        self._random = random
        self._catalog = catalog
        self._priors = priors
        self._practice = practice
        self._panel = panel
        self._visits = {s.id: Weighted(s.visits, [v.weight for v in s.visits]) for s in catalog.specialties.values()}
        self._procedures = {f.id: Weighted(f.procedures, [p.weight for p in f.procedures]) for f in catalog.families.values()}
        self._diagnoses = {
            f.id: Weighted(f.diagnoses, [1 / (i + 1.2) for i in range(len(f.diagnoses))]) for f in catalog.families.values()
        }
        self._units = {f.id: Weighted(range(1, len(f.unit_weights) + 1), f.unit_weights) for f in catalog.families.values()}
        self._by_location: dict[tuple[int, int], Weighted[Clinician]] = {}
        self._late_codes = late_codes
        self._count = 0

    def draw(self, day: int) -> Encounter:
        """Draw one visit of a day."""
        random = self._random
        patient = self._panel.visitor(day)
        location = self._practice.locations[
            patient.location if random.random() < 0.9 else random.randrange(len(self._practice.locations))
        ]
        clinician = self._clinician(location.position, day)
        visit = self._visit(clinician, patient, day)
        families = [self._catalog.families[name] for name in visit.families]
        families += [self._catalog.families[name] for name, chance in visit.additions if random.random() < chance]
        coverage = self._coverage(patient, day)
        self._count += 1
        lines, diagnoses = self._services(families, patient, day, medicare=coverage.payer.plan_type == "medicare_ffs")
        encounter = Encounter(
            number=f"{location.position + 1}{day % 100000:05d}{self._count:07d}",
            patient=patient,
            coverage=coverage,
            clinician=clinician,
            location=location,
            referring=random.choice(self._practice.referring),
            service_day=day,
            place_of_service_code=families[0].place_of_service_codes[0 if random.random() < 0.7 else -1],
            is_institutional=all(f.revenue_code for f in families)
            and families[0].place_of_service_codes[0] not in {"10", "02"}
            and random.random() < self._priors.institutional_share * 1.35,
            slip_seed=random.randrange(1 << 30),
            lines=lines,
            diagnoses=diagnoses,
        )
        self._modifiers(encounter, families)
        self._injury(encounter, families)
        return encounter

    def _clinician(self, location: int, day: int) -> Clinician:
        here = [c for c in self._practice.clinicians if location in c.locations and c.starts_on_day <= day]
        picker = self._by_location.get((location, len(here)))
        if picker is None:
            here = here or [c for c in self._practice.clinicians if c.starts_on_day <= day]
            picker = self._by_location[(location, len(here))] = Weighted(here, [c.weight for c in here])
        return picker.pick(self._random)

    def _visit(self, clinician: Clinician, patient: Patient, day: int) -> Visit:
        visits = self._visits[clinician.specialty.id]
        visit = visits.pick(self._random)
        for _ in range(4):
            family = self._catalog.families[visit.families[0]]
            too_young = family.id in {"mammography", "colonoscopy"} and day - patient.birth_on.toordinal() < 35 * 365
            not_female = family.id in {"mammography", "obstetric_test", "gynecology_procedure"} and patient.sex_code != "F"
            too_soon = (
                family.repeat_days and day - patient.recent.get(family.id, 0) < family.repeat_days and self._random.random() < 0.9
            )
            if not (too_young or not_female or too_soon):
                break
            visit = visits.pick(self._random)
        return visit

    def _coverage(self, patient: Patient, day: int) -> Coverage:
        """Say which coverage the desk has on file; people change payers between visits and tell the desk."""
        random = self._random
        years = max(0, day - (patient.moved_on_day or day)) / 365
        patient.moved_on_day = day
        yearly = self._priors.coverage_change_per_year.get(patient.primary.payer.plan_type, 0.04)
        known_lapse = patient.primary.lapsed_on_day is not None and random.random() < 0.3
        if random.random() < yearly * years or known_lapse:
            patient.primary = self._panel.new_coverage(patient, day)
        if patient.primary.ends_on_day is not None and patient.primary.ends_on_day < day:
            patient.primary.ends_on_day += 365
        return patient.primary

    def _services(
        self, families: list[Family], patient: Patient, day: int, *, medicare: bool
    ) -> tuple[list[DraftLine], list[str]]:
        random = self._random
        diagnoses: list[str] = []
        lines = []
        age = (day - patient.birth_on.toordinal()) // 365
        for family in families:
            own = self._diagnoses[family.id].pick(random)
            if own not in diagnoses:
                diagnoses.append(own)
            pointers = [diagnoses.index(own) + 1]
            if random.random() < 0.22:
                second = self._diagnoses[family.id].pick(random)
                if second not in diagnoses:
                    diagnoses.append(second)
                if diagnoses.index(second) + 1 not in pointers:
                    pointers.append(diagnoses.index(second) + 1)
            for procedure in self._codes(family, age, day, medicare=medicare):
                units = self._units[family.id].pick(random)
                patient.recent[procedure.code] = patient.recent[family.id] = day
                charge = procedure.charge_cents * units
                lines.append(
                    DraftLine(procedure=procedure, units=units, pointers=tuple(pointers), modifiers=(), charge_cents=charge)
                )
        return lines[:12], diagnoses[:12]

    def _codes(self, family: Family, age: int, day: int, *, medicare: bool) -> list[Procedure]:
        random = self._random
        if family.id == "preventive_visit":
            fitting = [
                p
                for p in family.procedures
                if PREVENTIVE_AGES.get(p.code, (200, 0))[0] <= age <= PREVENTIVE_AGES.get(p.code, (0, 0))[1]
            ]
            if medicare:
                fitting = [p for p in family.procedures if p.code in _MEDICARE_PREVENTIVE]
            if fitting and random.random() > 0.03:
                return [random.choice(fitting)]
        count = random.choice((1, 1, 2, 3)) if family.id in {"lab", "immunization"} else 1
        codes: list[Procedure] = []
        for _ in range(count):
            procedure = self._procedures[family.id].pick(random)
            if self._late_codes.get(procedure.code, 0) > day:
                procedure = family.procedures[0]
            if procedure not in codes:
                codes.append(procedure)
        return codes

    def _modifiers(self, encounter: Encounter, families: list[Family]) -> None:
        """Write the modifiers that the record supports: what pairs need, then what the family needs."""
        present = {family.id for family in families}
        for line in encounter.lines:
            family = self._catalog.families[line.procedure.family]
            wanted = [b.escape for b in self._catalog.bundles if b.minor == family.id and b.escape and present & b.major]
            if family.modifier:
                wanted.append("LT" if family.modifier == "RT" and self._random.random() < 0.5 else family.modifier)
            line.modifiers = tuple(dict.fromkeys(wanted))[:4]

    def _injury(self, encounter: Encounter, families: list[Family]) -> None:
        random = self._random
        work = encounter.coverage.payer.plan_type == "workers_compensation"
        if not (work or any(f.is_injury for f in families) or random.random() < 0.012):
            return
        encounter.accident_day = encounter.service_day - random.randint(0, 40)
        encounter.related_cause = "EM" if work or random.random() < 0.10 else ("AA" if random.random() < 0.12 else "OA")
