"""Owns who sends the claims: locations with their desks' drifting habits, providers, referring providers."""

from bisect import bisect_right
from dataclasses import dataclass
from random import Random

from claims.claim import Address, Provider
from simulator.catalog import Catalog, Specialty
from simulator.chance import Weighted, poisson
from simulator.identifiers import fill, given_name, npi, word
from simulator.priors import HABITS, Priors

_STATES = ("AZ", "CO", "GA", "IL", "MI", "NC", "NJ", "OH", "OR", "PA", "TN", "TX", "VA", "WA", "WI")


@dataclass(frozen=True, kw_only=True)
class Location:
    """A place of the practice: where the patient registers and whose coders and billers handle the claim."""

    position: int
    facility: Provider
    outpatient_department: Provider  # the institutional twin that bills 837I
    weight: float
    habits: dict[str, tuple[tuple[int, ...], tuple[float, ...]]]
    submit_delay_days: float
    diligence: float  # how much of the denials is worked, around 1
    appeal_skill: float  # log-odds

    def rate(self, habit: str, day: int) -> float:
        """Look up how often this desk slips on a day."""
        days, rates = self.habits[habit]
        return rates[bisect_right(days, day) - 1]


@dataclass(frozen=True, kw_only=True)
class Clinician:
    """A rendering provider. `starts_on_day` = first day of work."""

    provider: Provider
    specialty: Specialty
    locations: tuple[int, ...]
    starts_on_day: int
    weight: float


@dataclass(frozen=True, kw_only=True)
class Practice:
    """The whole organization."""

    billing: Provider
    locations: tuple[Location, ...]
    clinicians: tuple[Clinician, ...]
    referring: tuple[Provider, ...]
    state_code: str
    clia_number: str


def draw_practice(random: Random, catalog: Catalog, priors: Priors, *, claims: int, first_day: int, days: int) -> Practice:
    """Draw a practice; a small world gets the smaller practice."""
    state_code = random.choice(_STATES)
    billing = Provider(
        npi=npi(random),
        name=f"{word(random)} Medical Group".upper(),
        taxonomy_code="261QM1300X",
        tax_id=fill("199999999", random),
        address=_address(random, state_code),
    )
    low, high = priors.location_count
    count = random.randint(low, high if claims > 5000 else low + 1)
    locations = tuple(
        _location(random, position, state_code, priors, first_day=first_day, days=days) for position in range(count)
    )
    clinicians = _clinicians(random, catalog, priors, claims=claims, locations=count, first_day=first_day, days=days)
    referring = tuple(
        Provider(npi=npi(random), name=word(random).upper(), first_name=given_name(random).upper(), is_organization=False)
        for _ in range(random.randint(25, 60))
    )
    return Practice(
        billing=billing,
        locations=locations,
        clinicians=clinicians,
        referring=referring,
        state_code=state_code,
        clia_number=fill("99D9999999", random),
    )


def _address(random: Random, state_code: str) -> Address:
    line_1, city, zip_code = (
        f"{random.randint(10, 9999)} {word(random)} STREET".upper(),
        word(random).upper(),
        fill("19999", random),
    )
    # Providers need nine digits (005010X222A1, 2010AA N403).
    return Address(line_1=line_1, city=city, state_code=state_code, postal_code=f"{zip_code}{int(zip_code) % 9000 + 1000}")


def _location(random: Random, position: int, state_code: str, priors: Priors, *, first_day: int, days: int) -> Location:
    name = f"{word(random)} Clinic".upper()
    address = _address(random, state_code)
    return Location(
        position=position,
        facility=Provider(npi=npi(random), name=name, address=address),
        outpatient_department=Provider(
            npi=npi(random),
            name=f"{name} OUTPATIENT",
            taxonomy_code="282N00000X",
            tax_id=fill("199999999", random),
            address=address,
        ),
        weight=random.gammavariate(3.0, 1.0) + 0.4,
        habits={habit: _habit_path(random, habit, priors, first_day=first_day, days=days) for habit in HABITS},
        submit_delay_days=random.uniform(1.5, 5.0),
        diligence=random.uniform(0.6, 1.4),
        appeal_skill=random.gauss(0.0, 0.3),
    )


def _habit_path(
    random: Random, habit: str, priors: Priors, *, first_day: int, days: int
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Draw a rate that drifts month by month and jumps now and then (someone new, then trained)."""
    prior = HABITS[habit]
    level = prior.rate * random.lognormvariate(0.0, prior.spread)
    months = days // 30 + 2
    shifts = {random.randrange(months) for _ in range(poisson(random, priors.habit_shifts_per_year * months / 12))}
    starts, rates, wave, jump = [], [], 0.0, 1.0
    for month in range(months):
        wave = 0.8 * wave + random.gauss(0.0, 0.12)
        jump = random.uniform(2.0, 4.0) if month in shifts else 1.0 + (jump - 1.0) * 0.75
        starts.append(0 if month == 0 else first_day + 30 * month)
        rates.append(min(0.85, level * jump * (2.718281828459045**wave)))
    return tuple(starts), tuple(rates)


def _clinicians(
    random: Random, catalog: Catalog, priors: Priors, *, claims: int, locations: int, first_day: int, days: int
) -> tuple[Clinician, ...]:
    low, high = priors.specialty_count
    primary = [s for s in catalog.specialties.values() if s.is_primary_care]
    others = [s for s in catalog.specialties.values() if not s.is_primary_care]
    specialties = primary + random.sample(others, random.randint(low, high) - len(primary))
    low, high = priors.provider_count
    count = random.randint(low, high if claims > 5000 else (low + high) // 2)
    pick = Weighted(specialties, [s.weight for s in specialties])
    clinicians = []
    for position in range(count):
        specialty = specialties[position] if position < len(specialties) else pick.pick(random)
        late = position >= len(specialties) and random.random() < priors.late_provider_share
        clinicians.append(
            Clinician(
                provider=Provider(
                    npi=npi(random),
                    name=word(random).upper(),
                    first_name=given_name(random).upper(),
                    is_organization=False,
                    taxonomy_code=specialty.taxonomy_code,
                ),
                specialty=specialty,
                locations=tuple(sorted(random.sample(range(locations), min(locations, random.choice((1, 1, 2)))))),
                starts_on_day=first_day + round(days * random.uniform(0.3, 0.85)) if late else 0,
                weight=specialty.weight * random.uniform(0.4, 1.6) / sum(1 for _ in specialties),
            )
        )
    return tuple(clinicians)
