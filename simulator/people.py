"""Owns the patients of a world and their coverages. Everybody here is made of syllables."""

from dataclasses import dataclass
from datetime import date
from random import Random

from claims.claim import Address, Person
from simulator.chance import Weighted
from simulator.identifiers import fill, given_name, word
from simulator.payers import SimulatedPayer
from simulator.practice import Practice
from simulator.priors import Priors


@dataclass(slots=True, kw_only=True)
class Coverage:
    """One insurance of one patient. `lapsed_on_day` = the day from which the payer says inactive."""

    payer: SimulatedPayer
    member_id: str
    group_number: str | None
    begins_on_day: int
    ends_on_day: int | None
    lapsed_on_day: int | None = None


@dataclass(slots=True, kw_only=True)
class Patient:
    """A person who visits. The subscriber is somebody else for dependents."""

    number: int
    first_name: str
    last_name: str
    birth_on: date
    sex_code: str
    address: Address
    location: int
    subscriber_first_name: str | None
    subscriber_birth_on: date | None
    primary: Coverage
    secondary: Coverage | None
    authorizations: dict[tuple[str, str], str]
    deductible_left_cents: dict[tuple[str, int], int]
    recent: dict[str, int]  # procedure -> last service day
    moved_on_day: int = 0

    def person(self, *, member_id: str | None) -> Person:
        """Write the patient down as the claim form does."""
        return Person(
            last_name=self.last_name,
            first_name=self.first_name,
            member_id=member_id,
            birth_on=self.birth_on,
            sex_code=self.sex_code,
            address=self.address,
        )

    def subscriber(self, *, member_id: str | None) -> Person:
        """Write the insured person down."""
        if self.subscriber_first_name is None:
            return self.person(member_id=member_id)
        return Person(
            last_name=self.last_name,
            first_name=self.subscriber_first_name,
            member_id=member_id,
            birth_on=self.subscriber_birth_on,
            sex_code="F",
            address=self.address,
        )


class Panel:
    """The practice's patients, made when first seen."""

    def __init__(
        self, random: Random, priors: Priors, *, payers: tuple[SimulatedPayer, ...], practice: Practice, size: int
    ) -> None:
        self._random = random
        self._priors = priors
        self._payers = payers
        self._practice = practice
        self._size = size
        self._patients: dict[int, Patient] = {}
        self._location = Weighted(range(len(practice.locations)), [location.weight for location in practice.locations])
        self._pickers: dict[int, Weighted[SimulatedPayer]] = {}

    def visitor(self, day: int) -> Patient:
        """Draw who comes on a day: some people come far more often than others."""
        number = int(self._size * self._random.random() ** 1.5)
        patient = self._patients.get(number)
        if patient is None:
            patient = self._patients[number] = self._new(number, day)
        return patient

    def new_coverage(self, patient: Patient, day: int) -> Coverage:
        """Give a patient another payer of a kind that fits the age."""
        return self._coverage(
            self._payer(day, age=day // 365 - patient.birth_on.toordinal() // 365, other_than=patient.primary.payer), day
        )

    def _payer(self, day: int, *, age: int, other_than: SimulatedPayer | None = None) -> SimulatedPayer:
        open_count = sum(1 for payer in self._payers if payer.starts_on_day <= day)
        picker = self._pickers.get(open_count)
        if picker is None:
            open_payers = [payer for payer in self._payers if payer.starts_on_day <= day]
            weights = [p.volume * (2.5 if p.starts_on_day and open_count else 1.0) for p in open_payers]
            picker = self._pickers[open_count] = Weighted(open_payers, weights)
        payer = picker.pick(self._random)
        for _ in range(40):
            if payer is not other_than and (other_than is None or payer.plan.ages[0] <= age <= payer.plan.ages[1]):
                return payer
            payer = picker.pick(self._random)
        return payer

    def _coverage(self, payer: SimulatedPayer, day: int) -> Coverage:
        random = self._random
        begins = max(day - random.randint(30, 1500), payer.starts_on_day - 30)
        year_end = payer.plan_type in {"marketplace", "commercial"} and random.random() < 0.5
        return Coverage(
            payer=payer,
            member_id=fill(payer.member_id_pattern, random),
            group_number=f"{payer.payer_id[-2:]}{random.randrange(12):04d}"
            if payer.plan_type in {"commercial", "medicare_advantage"}
            else None,
            begins_on_day=begins,
            ends_on_day=date(date.fromordinal(day).year, 12, 31).toordinal() if year_end else None,
        )

    def _new(self, number: int, day: int) -> Patient:
        random = self._random
        payer = self._payer(day, age=0)
        low, high = payer.plan.ages
        age_days = int(365.25 * random.uniform(low, high))
        dependent = payer.plan_type in {"commercial", "marketplace"} and random.random() < self._priors.dependent_share
        if dependent:
            age_days = int(365.25 * random.uniform(0, 24))
        return Patient(
            number=number,
            first_name=given_name(random).upper(),
            last_name=word(random).upper(),
            birth_on=date.fromordinal(day - age_days),
            sex_code="F" if random.random() < 0.55 else "M",
            address=Address(
                line_1=f"{random.randint(1, 9999)} {word(random)} LANE".upper(),
                city=word(random).upper(),
                state_code=self._practice.state_code,
                postal_code=fill("19999", random),
            ),
            location=self._location.pick(random),
            subscriber_first_name=given_name(random).upper() if dependent else None,
            subscriber_birth_on=date.fromordinal(day - age_days - 9500) if dependent else None,
            primary=self._coverage(payer, day),
            secondary=self._secondary(payer, day),
            authorizations={},
            deductible_left_cents={},
            recent={},
        )

    def _secondary(self, payer: SimulatedPayer, day: int) -> Coverage | None:
        random = self._random
        medicare = payer.plan_type == "medicare_ffs"
        chance = self._priors.secondary_share_of_medicare if medicare else self._priors.secondary_share_elsewhere
        if payer.plan_type in {"medicaid", "managed_medicaid", "workers_compensation"} or random.random() >= chance:
            return None
        fitting = [
            p for p in self._payers if p.plan_type in {"commercial", "medicaid"} and p is not payer and p.starts_on_day <= day
        ]
        return self._coverage(random.choice(fitting), day)
