"""Owns who pays: the payers of a world, drawn from the plan priors, with contract, habits and answer times."""

from dataclasses import dataclass
from random import Random

from simulator.chance import Weighted, beta_around
from simulator.identifiers import word
from simulator.priors import CAUSE_MIX, CAUSE_MIX_CONCENTRATION, PLANS, PlanPrior, Priors


@dataclass(frozen=True, kw_only=True)
class SimulatedPayer:
    """One payer. Days are ordinals; `starts_on_day` = first service day that the practice sees its members."""

    payer_id: str
    name: str
    plan: PlanPrior
    filing_indicator_code: str
    volume: float
    target_denial_rate: float
    target_mix: dict[str, float]
    starts_on_day: int
    member_id_pattern: str
    filing_limit_days: int
    appeal_limit_days: int
    appeal_levels: int
    lag_days: tuple[float, float, float]
    pay_weekdays: tuple[int, ...]
    allowed_ratio: float
    status_4_share: float
    tracks_enrollment: bool
    enrollment_strictness: float
    lapse_per_day: float  # hazard that coverage ended, per day since the last check
    format_rejection: float
    capitates: bool
    defers_takebacks: bool
    claim_level_denials: bool
    echoes_line_numbers: bool
    gives_remarks: float
    overturn_tilt: float  # log-odds
    generosity_drift: float  # log-odds per year

    @property
    def plan_type(self) -> str:
        """Name the plan type."""
        return self.plan.plan_type


def draw_payers(random: Random, priors: Priors, *, first_day: int, days: int) -> tuple[SimulatedPayer, ...]:
    """Draw 10 to 16 payers whose volume-weighted denial rate is the world's overall rate."""
    drawn: list[tuple[PlanPrior, float]] = []
    for plan in PLANS:
        count = random.randint(*plan.payer_count)
        shares = [random.gammavariate(2.0, 1.0) + 0.15 for _ in range(count)]
        drawn += [(plan, plan.volume * share / sum(shares)) for share in shares]
    rates = [_rate(random, plan) for plan, _ in drawn]
    volume = sum(share for _, share in drawn)
    mean = sum(share * rate for (_, share), rate in zip(drawn, rates, strict=True)) / volume
    overall = random.gauss(priors.overall_denial_rate, priors.overall_denial_rate_spread)
    late = _late_payers(random, drawn)
    names: set[str] = set()
    payers = []
    for position, ((plan, share), rate) in enumerate(zip(drawn, rates, strict=True)):
        starts = first_day + round(days * random.uniform(0.5, 0.75)) if position in late else 0
        payers.append(
            _payer(random, plan, names, volume=share / volume, rate=min(0.45, rate * overall / mean), starts_on_day=starts)
        )
    return tuple(payers)


def _late_payers(random: Random, drawn: list[tuple[PlanPrior, float]]) -> set[int]:
    several = [position for position, (plan, share) in enumerate(drawn) if plan.payer_count[1] > 1 and share < 0.12]
    return set(random.sample(several, min(len(several), random.randint(1, 2))))


def _rate(random: Random, plan: PlanPrior) -> float:
    mean, spread = plan.denial_rate, plan.relative_spread
    concentration = (1 - mean) / (mean * spread * spread) - 1
    return max(0.03, beta_around(random, mean, concentration))


def _payer(random: Random, plan: PlanPrior, names: set[str], *, volume: float, rate: float, starts_on_day: int) -> SimulatedPayer:
    name = random.choice(plan.names).format(word(random))
    while name in names:
        name = random.choice(plan.names).format(word(random))
    names.add(name)
    earliest, median, sigma = plan.lag_days
    weekdays = tuple(sorted(random.sample(range(5), random.choice((1, 1, 2, 3)))))
    mix = {cause: random.gammavariate(share * CAUSE_MIX_CONCENTRATION, 1.0) + 1e-3 for cause, share in _mix(plan).items()}
    return SimulatedPayer(
        payer_id=_payer_id(random, name, names),
        name=name,
        plan=plan,
        filing_indicator_code=random.choice(plan.filing_indicator_codes),
        volume=volume,
        target_denial_rate=rate,
        target_mix={cause: share / sum(mix.values()) for cause, share in mix.items()},
        starts_on_day=starts_on_day,
        member_id_pattern=random.choice(plan.member_id_patterns),
        filing_limit_days=random.choice(plan.filing_limit_days),
        appeal_limit_days=random.choice(plan.appeal_limit_days),
        appeal_levels=random.choice(plan.appeal_levels),
        lag_days=(earliest, median * random.uniform(0.75, 1.3), sigma * random.uniform(0.8, 1.2)),
        pay_weekdays=weekdays,
        allowed_ratio=random.uniform(*plan.allowed_ratio),
        status_4_share=random.uniform(*plan.status_4_share),
        tracks_enrollment=random.random() < 0.85,
        enrollment_strictness=random.uniform(0.45, 0.9),
        lapse_per_day=random.uniform(0.6, 1.6) * (0.0003 if plan.plan_type.startswith("medicare") else 0.0009),
        format_rejection=random.uniform(0.25, 0.9),
        capitates=random.random() < plan.capitation_chance,
        defers_takebacks=random.random() < 0.4,
        claim_level_denials=random.random() < 0.2,
        echoes_line_numbers=random.random() < 0.85,
        gives_remarks=random.uniform(0.3, 1.0),
        overturn_tilt=random.gauss(0.0, 0.35),
        generosity_drift=random.gauss(-0.08, 0.15),
    )


def _mix(plan: PlanPrior) -> dict[str, float]:
    mix = dict(CAUSE_MIX)
    if plan.plan_type == "medicare_ffs":
        mix["authorization"] *= 0.02
        mix["referral"] *= 0.02
        mix["duplicate"] *= 2.2
        mix["wrong_payer"] *= 2.2
        mix["medical_necessity"] *= 1.7
    if plan.strict_authorization > 1:
        mix["authorization"] *= 1.5
    return mix


def _payer_id(random: Random, name: str, taken: set[str]) -> str:
    while True:
        letters = "".join(part[0] for part in name.split()[:2]).upper()
        payer_id = random.choice((f"{random.randrange(10_000, 99_999):05d}", f"{letters}{random.randrange(100, 999)}"))
        if payer_id not in taken:
            taken.add(payer_id)
            return payer_id


def payer_picker(payers: tuple[SimulatedPayer, ...]) -> Weighted[SimulatedPayer]:
    """Pick payers by volume."""
    return Weighted(payers, [payer.volume for payer in payers])
