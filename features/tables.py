"""Owns what is counted: one table per key, its parent, the causes it is asked for, and how strongly a rate leans on its parent.

A rate of few answers leans on its parent's rate as if that had been seen `PRIOR_ANSWERS` times. A parent of three names
(a, b, c) means a * b / c: two halves of the key, each against what they have in common. A rate over a recent span leans on the
key's own rate over all time, moved as far as the parent moved in that span.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

PRIOR_ANSWERS = 12.0
OVERALL_DENIAL_RATE = 0.1
OVERALL_CAUSE_RATE = 0.01

EVER = "ever"
# name -> (days back, most recent answers); names end the features' names
SPANS: dict[str, tuple[int | None, int | None]] = {
    EVER: (None, None),
    "30d": (30, None),
    "90d": (90, None),
    "365d": (365, None),
    "last20": (None, 20),
}


@dataclass(frozen=True, kw_only=True)
class Table:
    """One key of `features.keys` or `features.states`, and the rates that stand in the matrix for it.

    `denied` lists spans of the denial rate of any cause, `causes` those of the rates by cause; both may be empty for a table
    that is only a parent or a habit.
    """

    words: str  # "Denial rate of ..."
    parent: str | tuple[str, str, str] | None
    denied: tuple[str, ...] = ()
    causes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    state: str = ""  # table whose key is the "such a ..." of the words, where it reads as words


def _ever(*causes: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(causes, (EVER,))


CLAIM_TABLES: dict[str, Table] = {
    "all": Table(words="all claims", parent=None),
    "payer": Table(
        words="this payer",
        parent="all",
        denied=("30d", "90d", "365d", EVER),
        causes=dict.fromkeys(
            (
                "eligibility", "coordination_of_benefits", "patient_information", "referral", "documentation",
                "missing_information", "wrong_payer", "provider_enrollment",
            ),
            ("90d",),
        )
        | {"duplicate": ("365d",), "timely_filing": ("365d",), "payer_processing": ("30d", "365d")},
    ),
    "plan_kind": Table(words="this kind of plan", parent="all", denied=(EVER,)),
    "payer_plan_kind": Table(words="this kind of plan at this payer", parent="payer", causes=_ever("wrong_payer")),
    "provider": Table(
        words="this rendering provider", parent="all", denied=("365d",), causes={"missing_information": ("365d",)}
    ),
    "provider_payer": Table(
        words="this provider at this payer",
        parent=("provider", "payer", "all"),
        denied=("365d",),
        causes={"provider_enrollment": ("90d", EVER)},
    ),
    "billing_payer": Table(
        words="this billing provider at this payer", parent="payer", causes={"provider_enrollment": ("90d",)}
    ),
    "taxonomy_payer": Table(
        words="this specialty at this payer",
        parent="payer",
        denied=("365d",),
        causes={"referral": (EVER,), "provider_enrollment": ("365d",), "missing_information": ("365d",)},
    ),
    "referrer_payer": Table(words="this referrer at this payer", parent="payer", causes=_ever("referral")),
    "location": Table(
        words="this location",
        parent="all",
        denied=("90d",),
        causes=dict.fromkeys(("patient_information", "coding", "duplicate", "timely_filing", "missing_information"), ("90d",))
        | dict.fromkeys(("eligibility", "authorization", "documentation"), ("90d",))
        | {"coordination_of_benefits": ("365d",), "wrong_payer": ("365d",)},
    ),
    "location_payer": Table(
        words="this location at this payer",
        parent=("location", "payer", "all"),
        denied=("365d",),
        causes=dict.fromkeys(("eligibility", "authorization", "referral", "missing_information"), ("365d",)),
    ),
    "payer_place": Table(words="this place of service at this payer", parent="payer", causes=_ever("coding")),
    "payer_id_format": Table(
        words="member ids of this format at this payer", parent="payer", causes=_ever("patient_information", "wrong_payer")
    ),
    "payer_frequency": Table(words="claims of this frequency code at this payer", parent="payer", denied=(EVER,)),
    "payer_sequence": Table(
        words="claims in this payer order", parent="payer", denied=(EVER,), causes=_ever("coordination_of_benefits")
    ),
    "group": Table(
        words="this employer group",
        parent="payer",
        denied=(EVER,),
        causes=_ever("eligibility", "non_covered", "coordination_of_benefits"),
    ),
    "subscriber_payer": Table(
        words="this subscriber",
        parent="payer",
        denied=(EVER,),
        causes=_ever("eligibility", "coordination_of_benefits", "patient_information", "wrong_payer"),
    ),
    "patient_payer": Table(
        words="this patient at this payer",
        parent="payer",
        denied=(EVER,),
        causes=_ever("eligibility", "coordination_of_benefits", "patient_information", "wrong_payer"),
    ),
    "patient_member": Table(
        words="this patient under this member id", parent="patient_payer", causes=_ever("patient_information")
    ),
    "accident": Table(words="claims of such an accident", parent="all", causes=_ever("coordination_of_benefits", "wrong_payer")),
    "plan_kind_accident": Table(
        words="claims of such an accident at this kind of plan",
        parent=("accident", "plan_kind", "all"),
        causes=_ever("coordination_of_benefits", "wrong_payer"),
    ),
    "payer_accident": Table(
        words="claims of such an accident at this payer",
        parent="plan_kind_accident",
        causes=_ever("coordination_of_benefits", "wrong_payer"),
    ),
    # states: what the practice's own records say of the claim (features.states)
    "cover_state": Table(
        words="claims of patients covered so elsewhere",
        parent="all",
        causes=_ever("eligibility", "coordination_of_benefits", "wrong_payer"),
    ),
    "payer_cover": Table(
        words="claims of patients covered so elsewhere at this payer",
        parent=("payer", "cover_state", "all"),
        causes=dict.fromkeys(("eligibility", "coordination_of_benefits", "wrong_payer"), ("90d", EVER)),
    ),
    "identity_state": Table(
        words="claims of patients known so", state="identity_state", parent="all", causes=_ever("patient_information")
    ),
    "payer_identity": Table(
        words="claims of patients known so at this payer",
        state="identity_state", parent=("payer", "identity_state", "all"),
        causes={"patient_information": ("90d", EVER)},
    ),
    "payer_eligibility": Table(
        words="claims with such an eligibility check at this payer",
        state="eligibility_state", parent=("payer", "eligibility_state", "all"),
        causes={"eligibility": ("90d", EVER)} | _ever("patient_information", "wrong_payer"),
    ),
    "eligibility_state": Table(
        words="claims with such an eligibility check", state="eligibility_state", parent="all",
        causes={"eligibility": ("90d", EVER)}
    ),
    "payer_coordination": Table(
        words="claims with such other coverage at this payer",
        parent=("payer", "coordination_state", "all"),
        causes={"coordination_of_benefits": ("90d", EVER)} | _ever("wrong_payer"),
    ),
    "coordination_state": Table(
        words="claims with such other coverage", parent="all", causes=_ever("coordination_of_benefits")
    ),
    "payer_enrollment": Table(
        words="claims with such an enrollment at this payer",
        state="enrollment_state", parent=("payer", "enrollment_state", "all"),
        causes=_ever("provider_enrollment"),
    ),
    "enrollment_state": Table(
        words="claims with such an enrollment", state="enrollment_state", parent="all", causes=_ever("provider_enrollment")
    ),
    "payer_lateness": Table(
        words="claims sent as late at this payer", parent=("payer", "lateness", "all"), causes=_ever("timely_filing")
    ),
    "lateness": Table(words="claims sent as late", parent="all", causes=_ever("timely_filing")),
    "payer_resend": Table(
        words="claims sent before in this way at this payer",
        parent=("payer", "resend_state", "all"),
        denied=(EVER,),
        causes=_ever("duplicate"),
    ),
    "resend_state": Table(words="claims sent before in this way", parent="all", causes=_ever("duplicate")),
}  # fmt: skip

LINE_TABLES: dict[str, Table] = {
    "line_all": Table(words="all lines", parent=None),
    "line_payer": Table(words="lines of this payer", parent="line_all"),
    "service_class": Table(words="services of this class", parent="line_all"),
    "payer_class": Table(
        words="services of this class at this payer",
        parent=("service_class", "line_payer", "line_all"),
        causes=dict.fromkeys(("medical_necessity", "documentation", "missing_information"), ("90d",))
        | dict.fromkeys(("authorization", "non_covered"), ("90d", EVER))
        | _ever("bundling", "referral", "wrong_payer"),
    ),
    "procedure_group": Table(words="services near this one", parent="service_class"),
    "payer_procedure_group": Table(
        words="services near this one at this payer", parent=("procedure_group", "payer_class", "service_class")
    ),
    "class_family": Table(words="services of this class with this diagnosis family", parent="service_class"),
    "payer_class_family": Table(
        words="services of this class with this diagnosis family at this payer",
        parent=("payer_class", "class_family", "service_class"),
        causes=_ever("medical_necessity", "coding"),
    ),
    "procedure": Table(
        words="this procedure",
        parent="procedure_group",
        causes=_ever("authorization", "bundling", "units_or_frequency", "non_covered", "documentation"),
    ),
    "payer_procedure": Table(
        words="this procedure at this payer",
        parent=("procedure", "payer_procedure_group", "procedure_group"),
        denied=("90d", EVER, "last20"),
        causes=dict.fromkeys(
            ("authorization", "coding", "units_or_frequency", "medical_necessity", "non_covered", "documentation"), ("90d", EVER)
        )
        | _ever("referral", "bundling", "missing_information", "wrong_payer"),
    ),
    "payer_procedure_chapter": Table(words="this procedure and diagnosis chapter at this payer", parent="payer_procedure"),
    "payer_procedure_family": Table(
        words="this procedure and diagnosis family at this payer",
        parent=("payer_procedure_chapter", "procedure_family", "procedure"),
        causes=_ever("medical_necessity", "non_covered"),
    ),
    "payer_procedure_diagnosis": Table(
        words="this procedure and diagnosis at this payer",
        parent=("payer_procedure_family", "procedure_diagnosis", "procedure_family"),
        denied=(EVER,),
        causes={"coding": (EVER,), "medical_necessity": ("90d", EVER)},
    ),
    "procedure_family": Table(words="this procedure with this diagnosis family", parent="procedure"),
    "procedure_diagnosis": Table(
        words="this procedure with this diagnosis", parent="procedure_family", causes=_ever("medical_necessity", "coding")
    ),
    "payer_diagnosis": Table(
        words="this diagnosis at this payer", parent="line_payer", causes=_ever("medical_necessity", "coding")
    ),
    "payer_procedure_modifiers": Table(
        words="this procedure with these modifiers at this payer",
        parent=("payer_procedure", "procedure_modifiers", "procedure"),
        denied=(EVER,),
        causes={"coding": ("90d", EVER), "bundling": (EVER,)},
    ),
    "procedure_modifiers": Table(
        words="this procedure with these modifiers", parent="procedure", causes=_ever("coding", "bundling")
    ),
    "payer_modifiers": Table(words="these modifiers at this payer", parent="line_payer", causes=_ever("coding")),
    "payer_procedure_place": Table(
        words="this procedure at this place at this payer",
        parent=("payer_procedure", "procedure_place", "procedure"),
        causes=_ever("coding"),
    ),
    "procedure_place": Table(words="this procedure at this place", parent="procedure", causes=_ever("coding")),
    "payer_procedure_units": Table(
        words="this procedure in these units at this payer", parent="payer_procedure", causes=_ever("units_or_frequency")
    ),
    "payer_procedure_taxonomy": Table(
        words="this procedure by this specialty at this payer",
        parent=("payer_procedure", "procedure_taxonomy", "procedure"),
        causes=_ever("provider_enrollment", "coding"),
    ),
    "procedure_taxonomy": Table(words="this procedure by this specialty", parent="procedure"),
    "procedure_sex": Table(words="this procedure for this sex", parent="procedure", causes=_ever("coding")),
    "procedure_age": Table(words="this procedure at this age", parent="procedure", causes=_ever("coding", "non_covered")),
    "payer_procedure_age": Table(
        words="this procedure at this age at this payer",
        parent=("payer_procedure", "procedure_age", "procedure"),
        causes=_ever("coding", "non_covered"),
    ),
    "diagnosis_sex": Table(words="this diagnosis for this sex", parent="line_all", causes=_ever("coding")),
    "diagnosis_age": Table(words="this diagnosis at this age", parent="line_all", causes=_ever("coding")),
    "provider_procedure": Table(
        words="this procedure by this provider", parent="procedure", causes=_ever("coding", "medical_necessity")
    ),
    "location_procedure": Table(words="this procedure at this location", parent="procedure", causes=_ever("authorization")),
    "evaluation_setting": Table(words="visits in this setting", parent="line_all", causes=_ever("bundling", "coding")),
    "payer_evaluation_setting": Table(
        words="visits in this setting at this payer",
        parent=("line_payer", "evaluation_setting", "line_all"),
        causes=_ever("bundling", "coding"),
    ),
    "payer_place_line": Table(
        words="services at this place of service at this payer", parent="line_payer", causes=_ever("documentation", "non_covered")
    ),
    "charge_paperwork": Table(
        words="lines of such a charge with or without documents", parent="line_all", causes=_ever("documentation")
    ),
    "payer_charge_paperwork": Table(
        words="lines of such a charge with or without documents at this payer",
        parent=("line_payer", "charge_paperwork", "line_all"),
        causes=_ever("documentation"),
    ),
    "payer_modifiers_paperwork": Table(
        words="lines with these modifiers with or without documents at this payer",
        parent="line_payer",
        causes=_ever("documentation"),
    ),
    # states (features.states)
    "payer_class_authorization": Table(
        words="services of this class with such an authorization at this payer",
        state="authorization_state", parent=("payer_class", "payer_authorization", "line_payer"),
        causes=_ever("authorization"),
    ),
    "payer_procedure_authorization": Table(
        words="this procedure with such an authorization at this payer",
        state="authorization_state", parent=("payer_procedure", "payer_class_authorization", "payer_class"),
        causes={"authorization": ("90d", EVER)},
    ),
    "payer_authorization": Table(
        words="lines with such an authorization at this payer",
        state="authorization_state", parent=("line_payer", "authorization_state", "line_all"),
        causes=_ever("authorization"),
    ),
    "authorization_state": Table(
        words="lines with such an authorization", state="authorization_state", parent="line_all", causes=_ever("authorization")
    ),
    "payer_class_referral": Table(
        words="services of this class with or without referral at this payer", parent="payer_class", causes=_ever("referral")
    ),
    "payer_procedure_referral": Table(
        words="this procedure with or without referral at this payer",
        parent=("payer_procedure", "payer_taxonomy_referral", "line_payer"),
        causes=_ever("referral"),
    ),
    "payer_taxonomy_referral": Table(
        words="this specialty with or without referral at this payer", parent="line_payer", causes=_ever("referral")
    ),
    "class_paperwork": Table(words="services of this class with or without documents", parent="service_class"),
    "payer_class_paperwork": Table(
        words="services of this class with or without documents at this payer",
        parent=("payer_class", "class_paperwork", "service_class"),
        causes={"documentation": ("90d", EVER)},
    ),
    "payer_procedure_paperwork": Table(
        words="this procedure with or without documents at this payer",
        parent=("payer_procedure", "payer_class_paperwork", "payer_class"),
        causes={"documentation": ("90d", EVER)},
    ),
    "payer_procedure_gap": Table(
        words="this procedure as soon after the last one at this payer",
        parent=("payer_procedure", "procedure_gap", "procedure"),
        causes=_ever("units_or_frequency", "duplicate"),
    ),
    "procedure_gap": Table(
        words="this procedure as soon after the last one", parent="procedure", causes=_ever("units_or_frequency", "duplicate")
    ),
    "payer_procedure_repeats": Table(
        words="this procedure as often in a year at this payer",
        parent=("payer_procedure", "procedure_repeats", "procedure"),
        causes=_ever("units_or_frequency"),
    ),
    "procedure_repeats": Table(
        words="this procedure as often in a year", parent="procedure", causes=_ever("units_or_frequency")
    ),
}  # fmt: skip

TABLES: dict[str, Table] = {**CLAIM_TABLES, **LINE_TABLES}


# Counted over a span without a rate of it in the matrix.
COUNTED_ALONE = (("payer_procedure", "365d"),)
OUTCOME_JOBS: tuple[tuple[str, str], ...] = (
    *((name, EVER) for name in TABLES),
    *((name, span) for name, table in TABLES.items() for spans in (table.denied, *table.causes.values()) for span in spans),
    *COUNTED_ALONE,
)
"""Every table over every span that the matrix asks for."""


def parents(name: str) -> tuple[str, ...]:
    """List the tables that a table's rates lean on directly."""
    parent = TABLES[name].parent
    if parent is None:
        return ()
    return (parent,) if isinstance(parent, str) else parent


@cache
def counted_causes(name: str) -> frozenset[str]:
    """List the causes that a table must count: those asked of it and of every table that leans on it."""
    own = frozenset(TABLES[name].causes)
    children = [child for child in TABLES if name in parents(child)]
    return own.union(*(counted_causes(child) for child in children))
