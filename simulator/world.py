"""Owns one drawn world: practice, payers, policies, enrollments. Drawn once from seed and priors; constant while days pass."""

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from simulator.catalog import Catalog, catalog
from simulator.chance import stream
from simulator.edits import Adjudicator
from simulator.payers import SimulatedPayer, draw_payers
from simulator.policies import PayerPolicy, draw_policy, strict
from simulator.practice import Practice, draw_practice
from simulator.priors import Priors
from simulator.records import EnrollmentRow


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything fixed about one simulation."""

    seed: int
    claims: int
    first_day: int
    last_day: int
    priors: Priors
    catalog: Catalog
    practice: Practice
    payers: tuple[SimulatedPayer, ...]
    policies: dict[str, PayerPolicy]
    enrollments: tuple[EnrollmentRow, ...]
    late_codes: dict[str, int]
    adjudicator: Adjudicator

    @property
    def days(self) -> int:
        """Count the days of the span."""
        return self.last_day - self.first_day + 1

    def payer(self, payer_id: str | None) -> SimulatedPayer:
        """Look a payer up."""
        return self.adjudicator.payers[payer_id or ""]

    def with_intensity(self, intensity: dict[tuple[str, str], float]) -> "World":
        """Give the same world with its edits turned up or down by payer and cause."""
        return replace(self, adjudicator=replace(self.adjudicator, intensity=intensity))


def last_day_of(start: date, months: int) -> int:
    """Name the last day of a span of whole months."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = start.day
    while True:
        try:
            return date(year, month + 1, day).toordinal() - 1
        except ValueError:
            day -= 1


def draw_world(*, claims: int, months: int, seed: int, start: date, priors: Priors) -> World:
    """Draw a world from its seed."""
    book = catalog()
    first_day, last_day = start.toordinal(), last_day_of(start, months)
    days = last_day - first_day + 1
    practice = draw_practice(stream(seed, "practice"), book, priors, claims=claims, first_day=first_day, days=days)
    payers = draw_payers(stream(seed, "payers"), priors, first_day=first_day, days=days)
    npis = tuple(clinician.provider.npi or "" for clinician in practice.clinicians)
    policies = {}
    for payer in payers:
        random = stream(seed, "policy", payer.payer_id)
        policies[payer.payer_id] = draw_policy(random, payer, book, priors, first_day=first_day, days=days, npis=npis)
        _carve_outs(random, payer, policies[payer.payer_id], book)
    families: dict[str, set[str]] = {}
    for family in book.families.values():
        for procedure in family.procedures:
            families.setdefault(procedure.code, set()).add(family.id)
    return World(
        seed=seed,
        claims=claims,
        first_day=first_day,
        last_day=last_day,
        priors=priors,
        catalog=book,
        practice=practice,
        payers=payers,
        policies=policies,
        enrollments=_enrollments(stream(seed, "enrollments"), practice, payers, first_day=first_day, days=days),
        late_codes=_late_codes(stream(seed, "late codes"), book, first_day=first_day, days=days),
        adjudicator=Adjudicator(
            catalog=book,
            payers={payer.payer_id: payer for payer in payers},
            policies=policies,
            intensity={},
            taxonomies={c.provider.npi or "": c.specialty.taxonomy_code for c in practice.clinicians},
            families={code: next(iter(names)) for code, names in families.items() if len(names) == 1},
        ),
    )


def _carve_outs(random: Random, payer: SimulatedPayer, policy: PayerPolicy, book: Catalog) -> None:
    """Some plans send behavioral health or whole employer groups to somebody else."""
    if payer.plan_type in {"medicare_ffs", "workers_compensation"}:
        return
    for family in book.families.values():
        if family.is_behavioral and random.random() < 0.2:
            policy.set_rule(("other_plan", family.id), 0.3 * strict(random))
    for number in range(12):
        if random.random() < 0.05:
            policy.set_rule(("other_plan", "group", f"{payer.payer_id[-2:]}{number:04d}"), 0.8 * strict(random))


def _enrollments(
    random: Random, practice: Practice, payers: tuple[SimulatedPayer, ...], *, first_day: int, days: int
) -> tuple[EnrollmentRow, ...]:
    rows = []
    for clinician in practice.clinicians:
        for payer in payers:
            if not payer.tracks_enrollment or random.random() < 0.002:
                continue
            began = max(clinician.starts_on_day, payer.starts_on_day)
            late = clinician.starts_on_day >= payer.starts_on_day
            gap = (
                random.choice((0, 0, 0, 0, 0, 20, 50) if late else (0, 0, 0, 0, 0, 0, 0, 30))
                if began
                else -random.randint(200, 2500)
            )
            from_day = began + gap if began else first_day + gap
            lapses = random.random() < 0.003
            rows.append(
                EnrollmentRow(
                    npi=clinician.provider.npi or "",
                    payer_id=payer.payer_id,
                    from_day=from_day,
                    to_day=first_day + random.randint(days // 4, days) if lapses else None,
                    known_day=from_day + (random.choice((0, 0, 10, 25)) if began else 0),
                )
            )
    return tuple(rows)


def _late_codes(random: Random, book: Catalog, *, first_day: int, days: int) -> dict[str, int]:
    codes = sorted(p.code for f in book.families.values() for p in f.procedures[1:])
    return {code: first_day + round(days * random.uniform(0.55, 0.85)) for code in random.sample(codes, 6)}
