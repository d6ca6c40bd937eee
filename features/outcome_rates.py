"""Features of what payers answered before: denial rates by key, by cause, by window. Known when the 835 was received.

The columns follow one pattern, so they are made from tables rather than written out one by one.
"""

import numpy as np

from features.evaluation import Evaluation
from features.keys import CLAIM_KEYS
from features.registry import Column, Feature, FeatureFunction, add_feature

RECEIPT = "835 receipt"
WINDOWS = (30, 90, 365)
_WORDS = {
    "payer": "this payer",
    "plan_kind": "this kind of plan",
    "provider": "this rendering provider",
    "provider_payer": "this provider at this payer",
    "taxonomy_payer": "this specialty at this payer",
    "referrer_payer": "this referrer at this payer",
    "location": "this location",
    "location_payer": "this location at this payer",
    "payer_place": "this place of service at this payer",
    "payer_id_format": "member ids of this format at this payer",
    "payer_frequency": "claims of this frequency code at this payer",
    "payer_sequence": "claims in this payer order",
    "group": "this employer group",
    "subscriber_payer": "this subscriber",
    "procedure": "this procedure",
    "payer_procedure": "this procedure at this payer",
    "payer_procedure_diagnosis": "this procedure and diagnosis at this payer",
    "payer_procedure_family": "this procedure and diagnosis family at this payer",
    "procedure_diagnosis": "this procedure with this diagnosis",
    "payer_diagnosis": "this diagnosis at this payer",
    "payer_procedure_modifiers": "this procedure with these modifiers at this payer",
    "procedure_modifiers": "this procedure with these modifiers",
    "payer_procedure_place": "this procedure at this place at this payer",
    "payer_procedure_units": "this procedure in these units at this payer",
    "payer_procedure_taxonomy": "this procedure by this specialty at this payer",
    "procedure_sex": "this procedure for this sex",
    "provider_procedure": "this procedure by this provider",
}
# Denials of any cause: (table, window); None = all time.
_ANY_CAUSE: tuple[tuple[str, int | None], ...] = (
    *(("payer", window) for window in WINDOWS),
    ("plan_kind", None), ("provider", 365), ("provider_payer", 365), ("taxonomy_payer", 365), ("location", 90),
    ("location_payer", 365), ("payer_frequency", None), ("payer_sequence", None), ("group", None), ("subscriber_payer", None),
    ("payer_procedure", 90), ("payer_procedure", None), ("payer_procedure_diagnosis", None),
)  # fmt: skip
# Denials for one cause, by the keys on which that cause turns.
_BY_CAUSE: dict[str, tuple[tuple[str, int | None], ...]] = {
    "eligibility": (("payer", 90), ("subscriber_payer", None), ("location_payer", 365), ("group", None)),
    "coordination_of_benefits": (("payer", 90), ("subscriber_payer", None), ("payer_sequence", None), ("location", 365)),
    "patient_information": (("payer", 90), ("subscriber_payer", None), ("payer_id_format", None), ("location", 90)),
    "authorization": (("payer_procedure", 90), ("payer_procedure", None), ("procedure", None), ("location_payer", 365)),
    "referral": (("payer_procedure", None), ("taxonomy_payer", 365), ("location_payer", 365)),
    "coding": (
        ("payer_procedure", 90), ("payer_procedure_diagnosis", None), ("payer_procedure_modifiers", None),
        ("procedure_modifiers", None), ("payer_procedure_place", None), ("procedure_sex", None), ("location", 90),
    ),
    "bundling": (("payer_procedure", 90), ("payer_procedure_modifiers", None), ("procedure", None)),
    "units_or_frequency": (("payer_procedure", 90), ("payer_procedure_units", None), ("procedure", None)),
    "medical_necessity": (
        ("payer_procedure", 90), ("payer_procedure", None), ("payer_procedure_family", None),
        ("payer_procedure_diagnosis", None), ("procedure_diagnosis", None), ("payer_diagnosis", None),
    ),
    "documentation": (("payer", 90), ("payer_procedure", 90), ("payer_procedure", None), ("procedure", None)),
    "duplicate": (("payer", 365), ("location", 90)),
    "timely_filing": (("payer", 365), ("location", 90)),
    "missing_information": (
        ("payer", 90), ("payer_procedure", None), ("location", 90),
        ("location_payer", 365), ("provider", 365),
    ),
    "wrong_payer": (("payer", 90), ("subscriber_payer", None), ("location", 365), ("payer_procedure", None)),
    "provider_enrollment": (
        ("provider_payer", 90), ("provider_payer", None),
        ("taxonomy_payer", 365), ("payer_procedure_taxonomy", None),
    ),
    "non_covered": (
        ("payer_procedure", 90), ("payer_procedure", None), ("procedure", None),
        ("group", None), ("payer_procedure_family", None),
    ),
    "payer_processing": (("payer", 30), ("payer", 365)),
}  # fmt: skip
_COUNTS = (
    "payer",
    "provider_payer",
    "location_payer",
    "payer_procedure",
    "payer_procedure_diagnosis",
    "payer_procedure_modifiers",
)


def _rate(table: str, measure: str, window: int | None) -> FeatureFunction:
    def column(at: Evaluation) -> Column:
        rates = at.rate(table, measure, window=window)
        return rates if table in CLAIM_KEYS else at.highest(rates)

    return column


def _count(table: str) -> FeatureFunction:
    def column(at: Evaluation) -> Column:
        counted = np.log1p(at.counts(table, "answers"))
        return counted if table in CLAIM_KEYS else at.lowest(counted)

    return column


def _span(window: int | None) -> str:
    return f"{window}d" if window else "ever"


def _register() -> None:
    for table, window in _ANY_CAUSE:
        add_feature(
            Feature(
                name=f"{table}_denial_rate_{_span(window)}",
                title=f"Denial rate of {_WORDS[table]}",
                unit="rate",
                known_from=RECEIPT,
                root_cause=None,
                monotone=0,
                version=1,
                function=_rate(table, "denied", window),
            )
        )
    for cause, tables in _BY_CAUSE.items():
        for table, window in tables:
            add_feature(
                Feature(
                    name=f"{table}_{cause}_rate_{_span(window)}",
                    title=f"Denials of {_WORDS[table]} for {cause.replace('_', ' ')}",
                    unit="rate",
                    known_from=RECEIPT,
                    root_cause=cause,
                    monotone=0,
                    version=1,
                    function=_rate(table, cause, window),
                )
            )
    for table in _COUNTS:
        add_feature(
            Feature(
                name=f"{table}_answer_count_log",
                title=f"Answers seen for {_WORDS[table]} (log)",
                unit="ratio",
                known_from=RECEIPT,
                root_cause=None,
                monotone=0,
                version=1,
                function=_count(table),
            )
        )


_register()
