"""Owns what payers demand, as dated data: rule -> (day in force, strictness). A rule is looked up on the service day.

Keys name rule, subject and sometimes a second subject: ("authorization", family), ("necessity", family, diagnosis),
("pair", minor family, major family), ("units", procedure), ("facility",) ... Strictness is the chance that the edit fires
when its condition holds; 0 means no rule.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from random import Random

from simulator.catalog import Catalog, Family
from simulator.chance import poisson
from simulator.codes import EDITS
from simulator.payers import SimulatedPayer
from simulator.priors import Priors

RuleKey = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PolicyChange:
    """One dated change of one payer's rule."""

    payer_id: str
    cause: str
    procedure_family: str
    subject: str
    effective_on: date
    old: float
    new: float


class PayerPolicy:
    """All rules of one payer over the span."""

    def __init__(self, payer_id: str) -> None:
        self.payer_id = payer_id
        self._rules: dict[RuleKey, tuple[tuple[int, ...], tuple[float, ...]]] = {}
        self.exempt: dict[str, frozenset[str]] = {}  # family -> rendering NPIs that need no authorization
        self.changes: list[PolicyChange] = []

    def set_rule(self, key: RuleKey, strictness: float) -> None:
        """Put a rule in force from the beginning."""
        self._rules[key] = ((0,), (strictness,))

    def change_rule(self, key: RuleKey, *, day: int, strictness: float, last_day: int | None = None) -> None:
        """Change a rule from a day on, or for a window that ends before `last_day`."""
        days, values = self._rules.get(key, ((0,), (0.0,)))
        if day <= days[-1]:
            return
        old = values[-1]
        days, values = (*days, day), (*values, strictness)
        self._record(key, day=day, old=old, new=strictness)
        if last_day is not None:
            days, values = (*days, last_day), (*values, old)
            self._record(key, day=last_day, old=strictness, new=old)
        self._rules[key] = (days, values)

    def strictness(self, key: RuleKey, day: int) -> float:
        """Look a rule up on a service day."""
        rule = self._rules.get(key)
        if rule is None:
            return 0.0
        days, values = rule
        return values[0] if len(days) == 1 else values[bisect_right(days, day) - 1]

    def rules(self) -> list[tuple[RuleKey, tuple[int, ...], tuple[float, ...]]]:
        """List every rule with the days from which its values hold."""
        return [(key, days, values) for key, (days, values) in sorted(self._rules.items())]

    def _record(self, key: RuleKey, *, day: int, old: float, new: float) -> None:
        self.changes.append(
            PolicyChange(
                payer_id=self.payer_id,
                cause=EDITS[key[0]].cause,
                procedure_family=key[1] if len(key) > 1 else "",
                subject="/".join(key[2:]),
                effective_on=date.fromordinal(day),
                old=round(old, 4),
                new=round(new, 4),
            )
        )


def strict(random: Random) -> float:
    """Draw a strictness: seldom certain, seldom idle."""
    return min(0.93, max(0.05, random.betavariate(2.3, 1.8)))


def draw_policy(
    random: Random, payer: SimulatedPayer, catalog: Catalog, priors: Priors, *, first_day: int, days: int, npis: tuple[str, ...]
) -> PayerPolicy:
    """Draw one payer's rules and their dated changes."""
    policy = PayerPolicy(payer.payer_id)
    for family in catalog.families.values():
        _family_rules(random, payer, policy, family)
        if random.random() < 0.12:
            policy.exempt[family.id] = frozenset(random.sample(npis, max(1, len(npis) // 6)))
    for bundle in catalog.bundles:
        for major in sorted(bundle.major):
            if random.random() < bundle.prior:
                policy.set_rule(("pair", bundle.minor, major), strict(random))
    if random.random() < payer.plan.referral_chance:
        policy.set_rule(("referral",), strict(random))
    for demand, chance in (
        ("facility", 0.6),
        ("clia", 0.75),
        ("drug_code", 0.7),
        ("taxonomy", 0.4),
        ("accident", 0.7),
        ("diagnosis_code", 0.8),
    ):
        if random.random() < chance:
            policy.set_rule((demand,), strict(random))
    _draw_changes(random, payer, policy, catalog, priors, first_day=first_day, days=days)
    return policy


def _family_rules(random: Random, payer: SimulatedPayer, policy: PayerPolicy, family: Family) -> None:
    if random.random() < family.authorization_prior * payer.plan.strict_authorization:
        policy.set_rule(("authorization", family.id), strict(random))
    if random.random() < family.documentation_prior:
        policy.set_rule(("records", family.id), 0.55 * strict(random))
    if family.modifier and random.random() < family.modifier_prior:
        policy.set_rule(("modifier", family.id), strict(random))
    for diagnosis in family.diagnoses[1:]:
        if random.random() < 0.65 * family.necessity_prior:
            policy.set_rule(("necessity", family.id, diagnosis), strict(random))
    for procedure in family.procedures:
        if random.random() < family.non_covered_prior * 0.75:
            policy.set_rule(("benefit", family.id, procedure.code), strict(random))
        if len(family.unit_weights) > 1 and random.random() < 0.6:
            policy.set_rule(("units", family.id, procedure.code), strict(random))
        if family.repeat_days and random.random() < 0.6:
            policy.set_rule(("frequency", family.id, procedure.code), strict(random))
    if len(family.place_of_service_codes) > 1 or random.random() < 0.4:
        policy.set_rule(("place", family.id), strict(random))


def _draw_changes(
    random: Random, payer: SimulatedPayer, policy: PayerPolicy, catalog: Catalog, priors: Priors, *, first_day: int, days: int
) -> None:
    years = days / 365.0
    for _ in range(poisson(random, priors.policy_changes_per_payer_year * years)):
        key = _changing_key(random, payer, catalog)
        day = first_day + random.randint(days // 8, max(days // 8, days - 20))
        old = policy.strictness(key, day)
        new = strict(random) if old < 0.3 else random.choice((0.0, 0.35 * old))
        policy.change_rule(key, day=day, strictness=new)
    for _ in range(poisson(random, priors.audit_windows_per_payer_year * years)):
        family = random.choice(sorted(catalog.families))
        day = first_day + random.randint(30, max(30, days - 30))
        policy.change_rule(
            ("records", family), day=day, strictness=0.3 + 0.5 * random.random(), last_day=day + random.randint(30, 75)
        )


def _changing_key(random: Random, payer: SimulatedPayer, catalog: Catalog) -> RuleKey:
    family = catalog.families[random.choice(sorted(catalog.families))]
    kind = random.choice(
        ("authorization", "necessity", "necessity", "benefit", "records", "modifier", "pair", "referral", "frequency")
    )
    if kind == "authorization" and payer.plan.strict_authorization == 0.0:
        kind = "necessity"
    if kind == "necessity":
        return (kind, family.id, random.choice(family.diagnoses))
    if kind == "benefit" or (kind == "frequency" and family.repeat_days):
        return (kind, family.id, random.choice(family.procedures).code)
    if kind == "pair":
        bundle = random.choice(catalog.bundles)
        return (kind, bundle.minor, random.choice(sorted(bundle.major)))
    if kind == "referral":
        return (kind,)
    if kind == "modifier" and family.modifier:
        return (kind, family.id)
    return (
        "records" if family.authorization_prior == 0.0 or payer.plan.strict_authorization == 0.0 else "authorization",
        family.id,
    )
