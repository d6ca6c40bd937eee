"""Owns every prior that a world is drawn from. Nothing else in the room holds a rate.

Sources: DOMAIN (the project's list of published rates and limits) for plan-type rates, the mix of causes, lags, limits and
overturn rates; the CMS Transparency in Coverage issuer panel for the spread between payers (the fit is redone in
tests/simulator/test_priors.py). What no source gives (how often a desk forgets something, how strict a rule is) is a
judgment, tuned so that worlds meet those rates.
"""

from dataclasses import dataclass, field

# Beta fitted by maximum likelihood to 780 issuer-years with at least 10,000 claims of the marketplace issuer panel, 2022-2026.
ISSUER_DENIAL_RATE_BETA = (2.925, 11.455)
# Standard deviation over mean of the issuers' average denial rates in the same rows.
ISSUER_RELATIVE_SPREAD = 0.45


@dataclass(frozen=True, kw_only=True)
class PlanPrior:
    """What payers of one plan type have in common."""

    plan_type: str
    filing_indicator_codes: tuple[str, ...]
    volume: float
    payer_count: tuple[int, int]
    denial_rate: float  # before the world's overall level is drawn
    relative_spread: float
    lag_days: tuple[float, float, float]  # earliest, median beyond it, log-scale sigma
    filing_limit_days: tuple[int, ...]
    appeal_limit_days: tuple[int, ...]
    appeal_levels: tuple[int, ...]
    member_id_patterns: tuple[str, ...]
    allowed_ratio: tuple[float, float]
    deductible_chance: float
    coinsurance: float
    strict_authorization: float  # multiplies the families' authorization_prior
    referral_chance: float
    capitation_chance: float
    ages: tuple[int, int]
    names: tuple[str, ...]
    status_4_share: tuple[float, float] = (0.0, 0.3)


PLANS: tuple[PlanPrior, ...] = (
    PlanPrior(
        plan_type="medicare_ffs",
        filing_indicator_codes=("MB",),
        volume=0.30,
        payer_count=(1, 1),
        denial_rate=0.08,
        relative_spread=0.12,
        lag_days=(14, 2.2, 0.6),
        filing_limit_days=(365,),
        appeal_limit_days=(120,),
        appeal_levels=(5,),
        member_id_patterns=("1M99M99MM99",),
        allowed_ratio=(0.36, 0.46),
        deductible_chance=0.22,
        coinsurance=0.2,
        strict_authorization=0.0,
        referral_chance=0.0,
        capitation_chance=0.0,
        ages=(65, 92),
        names=("Medicare Part B {}",),
        status_4_share=(0.0, 0.08),
    ),
    PlanPrior(
        plan_type="medicare_advantage",
        filing_indicator_codes=("16",),
        volume=0.16,
        payer_count=(2, 3),
        denial_rate=0.17,
        relative_spread=0.3,
        lag_days=(9, 12, 0.5),
        filing_limit_days=(90, 180, 365),
        appeal_limit_days=(60, 65),
        appeal_levels=(2, 3),
        member_id_patterns=("H99999999", "A9999999901", "MA99999999"),
        allowed_ratio=(0.35, 0.46),
        deductible_chance=0.05,
        coinsurance=0.1,
        strict_authorization=1.25,
        referral_chance=0.5,
        capitation_chance=0.15,
        ages=(65, 92),
        names=("{} Medicare Advantage", "{} Senior Plan"),
    ),
    PlanPrior(
        plan_type="medicaid",
        filing_indicator_codes=("MC",),
        volume=0.06,
        payer_count=(1, 1),
        denial_rate=0.17,
        relative_spread=0.25,
        lag_days=(13, 10, 0.45),
        filing_limit_days=(90, 180, 365),
        appeal_limit_days=(30, 60, 90),
        appeal_levels=(1, 2),
        member_id_patterns=("9999999999", "99999999A"),
        allowed_ratio=(0.24, 0.34),
        deductible_chance=0.0,
        coinsurance=0.0,
        strict_authorization=0.7,
        referral_chance=0.3,
        capitation_chance=0.0,
        ages=(0, 64),
        names=("{} State Medicaid",),
    ),
    PlanPrior(
        plan_type="managed_medicaid",
        filing_indicator_codes=("MC", "HM"),
        volume=0.12,
        payer_count=(2, 3),
        denial_rate=0.15,
        relative_spread=0.35,
        lag_days=(10, 13, 0.5),
        filing_limit_days=(90, 120, 180),
        appeal_limit_days=(60, 90),
        appeal_levels=(1, 2),
        member_id_patterns=("9999999999", "99999999A", "A9999999999"),
        allowed_ratio=(0.25, 0.36),
        deductible_chance=0.0,
        coinsurance=0.0,
        strict_authorization=1.1,
        referral_chance=0.6,
        capitation_chance=0.5,
        ages=(0, 64),
        names=("{} Community Plan", "{} Family Care"),
    ),
    PlanPrior(
        plan_type="commercial",
        filing_indicator_codes=("CI", "BL", "12", "HM"),
        volume=0.28,
        payer_count=(3, 5),
        denial_rate=0.14,
        relative_spread=ISSUER_RELATIVE_SPREAD,
        lag_days=(11, 16, 0.5),
        filing_limit_days=(90, 120, 180, 365),
        appeal_limit_days=(65, 180),
        appeal_levels=(1, 2),
        member_id_patterns=("AAA999999999", "A999999999", "9999999999", "999999999A", "AA9999999"),
        allowed_ratio=(0.48, 0.72),
        deductible_chance=0.45,
        coinsurance=0.15,
        strict_authorization=1.0,
        referral_chance=0.2,
        capitation_chance=0.08,
        ages=(0, 69),
        names=("{} Health Insurance", "{} Mutual Benefit", "{} Employers Health"),
    ),
    PlanPrior(
        plan_type="marketplace",
        filing_indicator_codes=("HM", "12"),
        volume=0.06,
        payer_count=(1, 3),
        denial_rate=0.20,
        relative_spread=ISSUER_RELATIVE_SPREAD,
        lag_days=(11, 15, 0.55),
        filing_limit_days=(90, 180),
        appeal_limit_days=(180,),
        appeal_levels=(1, 2),
        member_id_patterns=("U9999999901", "AAA99999999"),
        allowed_ratio=(0.40, 0.56),
        deductible_chance=0.55,
        coinsurance=0.25,
        strict_authorization=1.1,
        referral_chance=0.4,
        capitation_chance=0.05,
        ages=(0, 64),
        names=("{} Marketplace Plan", "{} Exchange Health"),
    ),
    PlanPrior(
        plan_type="workers_compensation",
        filing_indicator_codes=("WC",),
        volume=0.02,
        payer_count=(1, 1),
        denial_rate=0.16,
        relative_spread=0.3,
        lag_days=(16, 16, 0.5),
        filing_limit_days=(90, 365),
        appeal_limit_days=(60, 90),
        appeal_levels=(1,),
        member_id_patterns=("WC9999999", "99A999999"),
        allowed_ratio=(0.45, 0.65),
        deductible_chance=0.0,
        coinsurance=0.0,
        strict_authorization=0.9,
        referral_chance=0.1,
        capitation_chance=0.0,
        ages=(18, 66),
        names=("{} Workers Compensation Fund",),
    ),
)

# Share of initial denials by cause. Published hospital mix, with the parts that a physician practice sees more of
# (duplicates, bundling, units: Medicare Part B counters) added; a payer's own mix is drawn around it.
CAUSE_MIX: dict[str, float] = {
    "eligibility": 0.135,
    "wrong_payer": 0.035,
    "coordination_of_benefits": 0.055,
    "patient_information": 0.045,
    "provider_enrollment": 0.015,
    "timely_filing": 0.045,
    "duplicate": 0.035,
    "missing_information": 0.12,
    "referral": 0.025,
    "authorization": 0.105,
    "coding": 0.075,
    "bundling": 0.045,
    "units_or_frequency": 0.03,
    "non_covered": 0.085,
    "medical_necessity": 0.075,
    "documentation": 0.075,
    "payer_processing": 0.055,
}
CAUSE_MIX_CONCENTRATION = 60.0

# P(overturned | appealed at level 1), before payer, documents, delay and amount move it.
OVERTURN: dict[str, float] = {
    "eligibility": 0.45,
    "wrong_payer": 0.30,
    "coordination_of_benefits": 0.62,
    "patient_information": 0.65,
    "provider_enrollment": 0.35,
    "timely_filing": 0.06,
    "duplicate": 0.90,
    "missing_information": 0.72,
    "referral": 0.55,
    "authorization": 0.68,
    "coding": 0.72,
    "bundling": 0.22,
    "units_or_frequency": 0.40,
    "non_covered": 0.08,
    "medical_necessity": 0.50,
    "documentation": 0.62,
    "payer_processing": 0.88,
}
# Relative pull of an appeal on the staff, by cause; money, location and payer move it.
APPEAL_PULL: dict[str, float] = {
    "authorization": 1.6,
    "medical_necessity": 1.9,
    "documentation": 1.3,
    "bundling": 1.0,
    "non_covered": 0.5,
    "coding": 0.6,
    "units_or_frequency": 0.7,
    "timely_filing": 0.6,
    "payer_processing": 1.2,
    "eligibility": 0.4,
    "referral": 0.7,
    "duplicate": 0.3,
    "coordination_of_benefits": 0.3,
    "missing_information": 0.3,
    "patient_information": 0.2,
    "provider_enrollment": 0.6,
    "wrong_payer": 0.1,
}
# Chance that a correctable denial is corrected and sent again, before money and location.
REWORK_PULL: dict[str, float] = {
    "missing_information": 0.6,
    "coding": 0.5,
    "patient_information": 0.6,
    "coordination_of_benefits": 0.5,
    "authorization": 0.3,
    "referral": 0.4,
    "bundling": 0.3,
    "units_or_frequency": 0.35,
    "wrong_payer": 0.5,
    "eligibility": 0.35,
    "documentation": 0.35,
    "medical_necessity": 0.15,
    "provider_enrollment": 0.3,
    "duplicate": 0.05,
}


@dataclass(frozen=True, kw_only=True)
class Habit:
    """How often a desk gets something wrong: `rate` is the median over locations, given that it could go wrong."""

    rate: float
    spread: float = 0.55  # log-scale sigma between locations


HABITS: dict[str, Habit] = {
    "no_check": Habit(rate=0.12),
    "stale_check": Habit(rate=0.13),
    "id_format": Habit(rate=0.004),
    "id_typo": Habit(rate=0.004),
    "coverage_unknown": Habit(rate=0.30),
    "authorization_not_obtained": Habit(rate=0.09),
    "authorization_omitted": Habit(rate=0.06),
    "authorization_mismatch": Habit(rate=0.09),
    "referral_missing": Habit(rate=0.16),
    "modifier_missing": Habit(rate=0.055),
    "place_wrong": Habit(rate=0.004),
    "unspecific_diagnosis": Habit(rate=0.005),
    "units_wrong": Habit(rate=0.02),
    "paperwork_missing": Habit(rate=0.45),
    "clia_missing": Habit(rate=0.02),
    "drug_code_missing": Habit(rate=0.05),
    "facility_missing": Habit(rate=0.018),
    "taxonomy_missing": Habit(rate=0.018),
    "accident_missing": Habit(rate=0.12),
    "late": Habit(rate=0.02),
    "duplicate": Habit(rate=0.004),
    "primary_missing": Habit(rate=0.06),
    "replacement_unlinked": Habit(rate=0.04),
}


@dataclass(frozen=True, kw_only=True)
class Priors:
    """The knobs of a world beside the tables above."""

    overall_denial_rate: float = 0.118
    overall_denial_rate_spread: float = 0.006
    location_count: tuple[int, int] = (4, 8)
    provider_count: tuple[int, int] = (22, 60)
    specialty_count: tuple[int, int] = (6, 10)
    visits_per_patient: float = 4.5
    late_provider_share: float = 0.12
    policy_changes_per_payer_year: float = 2.6
    audit_windows_per_payer_year: float = 0.9
    institutional_share: float = 0.08
    dependent_share: float = 0.18
    secondary_share_of_medicare: float = 0.28
    secondary_share_elsewhere: float = 0.05
    coverage_change_per_year: dict[str, float] = field(
        default_factory=lambda: {"medicaid": 0.5, "managed_medicaid": 0.4, "marketplace": 0.35, "commercial": 0.18}
    )
    takeback_rate: float = 0.006
    tail_share: float = 0.045
    habit_shifts_per_year: float = 0.35
    calibration_claims: int = 6000
    calibration_bounds: tuple[float, float] = (0.1, 6.0)
