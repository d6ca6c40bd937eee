"""Features that hold codes against what this payer has paid for the same service: diagnosis, modifier, place, age, sex."""

import numpy as np

from features.evaluation import Evaluation, as_flag, reduce_groups
from features.keys import procedure
from features.pairs import Pairs, diagnosis_pairs
from features.registry import Column, Feature, FeatureFunction, add_line_feature, feature, line_feature
from features.required_fields import smoothed

RECEIPT, SUBMISSION = "835 receipt", "submission"
PAIR_WEIGHT = 6.0
# table, the table that it is a share of, root cause, what is unusual
_RARITIES = (
    ("payer_procedure_diagnosis", "payer_procedure", "medical_necessity", "This diagnosis at this payer"),
    ("payer_procedure_family", "payer_procedure", "medical_necessity", "This diagnosis family at this payer"),
    ("procedure_diagnosis", "procedure", "coding", "This diagnosis at any payer"),
    ("procedure_family", "procedure", "coding", "This diagnosis family at any payer"),
    ("payer_procedure_modifiers", "payer_procedure", "coding", "These modifiers at this payer"),
    ("procedure_modifiers", "procedure", "coding", "These modifiers at any payer"),
    ("payer_procedure_place", "payer_procedure", "coding", "This place of service at this payer"),
    ("procedure_place", "procedure", "coding", "This place of service at any payer"),
    ("procedure_taxonomy", "procedure", "provider_enrollment", "This specialty"),
    ("procedure_sex", "procedure", "coding", "This sex"),
    ("procedure_age", "procedure", "coding", "This age"),
)


def _paid(at: Evaluation, table: str) -> Column:
    return at.once(("paid", table), lambda: at.counts(table, "answers") - at.counts(table, "denied"))


def _rarity(table: str, whole: str) -> FeatureFunction:
    def column(at: Evaluation) -> Column:
        """1 - share of the paid lines of the service that agree with this one; near 0 while few are known."""
        return 1.0 - (_paid(at, table) + 1.0) / (_paid(at, whole) + 1.0)

    return column


def _register() -> None:
    for table, whole, cause, words in _RARITIES:
        new = Feature(
            name=f"{table}_rarity",
            title=f"{words} is unusual on paid lines of this service",
            unit="rate",
            known_from=RECEIPT,
            root_cause=cause,
            monotone=0,
            version=2,
            function=_rarity(table, whole),
        )
        add_line_feature(new, over_lines="highest")


_register()


def _pointed(at: Evaluation) -> Pairs:
    return at.once("pointed diagnoses", lambda: diagnosis_pairs(at, pointed_only=True))


def _listed(at: Evaluation) -> Pairs:
    return at.once("listed diagnoses", lambda: diagnosis_pairs(at, pointed_only=False))


def _pair_rate(at: Evaluation, pairs: Pairs, measure: str) -> Column:
    """Smoothed denial rate of each pair: over all payers towards the service's own, then at the payer towards that."""
    prior = at.rate("payer_procedure", measure)[pairs.line]
    for table in ("any_diagnosis", "payer_any_diagnosis"):
        prior = smoothed(pairs.count(at, table, measure), pairs.count(at, table, "answers"), prior, PAIR_WEIGHT)
    return prior


def _per_line(pairs: Pairs, values: Column, function: np.ufunc) -> Column:
    return reduce_groups(function, values, pairs.of_lines, empty=np.nan)


@line_feature(
    title="Medical necessity denials of this service under its best supported diagnosis",
    unit="rate",
    known_from=RECEIPT,
    root_cause="medical_necessity",
)
def best_diagnosis_denial_rate(at: Evaluation) -> Column:
    """Lowest smoothed rate over the diagnoses that the line points to; NaN without a diagnosis."""
    pairs = _pointed(at)
    return _per_line(pairs, _pair_rate(at, pairs, "medical_necessity"), np.fmin)


@line_feature(
    title="Coding denials of this service under its worst diagnosis", unit="rate", known_from=RECEIPT, root_cause="coding"
)
def worst_diagnosis_coding_rate(at: Evaluation) -> Column:
    """Highest smoothed rate over the diagnoses that the line points to; NaN without a diagnosis."""
    pairs = _pointed(at)
    return _per_line(pairs, _pair_rate(at, pairs, "coding"), np.fmax)


@line_feature(
    title="Paid lines of this service at this payer under its best known diagnosis",
    unit="count",
    known_from=RECEIPT,
    root_cause="medical_necessity",
    over_lines="lowest",
)
def best_diagnosis_paid_count(at: Evaluation) -> Column:
    """Most paid lines of payer and procedure under one of the diagnoses pointed to; NaN without a diagnosis."""
    pairs = _pointed(at)
    return _per_line(pairs, pairs.count(at, "payer_any_diagnosis", "paid"), np.fmax)


@line_feature(
    title="A better supported diagnosis is on the claim, but not pointed to",
    unit="rate",
    known_from=RECEIPT,
    root_cause="coding",
)
def unpointed_support(at: Evaluation) -> Column:
    """Best rate over the pointed diagnoses less the best over all of the claim's; 0 = the best is pointed to."""
    pairs = _listed(at)
    best = _per_line(pairs, _pair_rate(at, pairs, "medical_necessity"), np.fmin)
    return at.once("best_diagnosis_denial_rate", lambda: best_diagnosis_denial_rate(at)) - best


@line_feature(title="Diagnoses that the line points to", unit="count", known_from=SUBMISSION, root_cause="coding")
def pointer_count(at: Evaluation) -> Column:
    """Number of pointers to a diagnosis that exists."""
    return np.array([len(pointers) for pointers in at.batch.line_pointers], dtype=np.float64)


@line_feature(
    title="Points to a diagnosis that is not there", unit="flag", known_from=SUBMISSION, root_cause="coding", monotone=1
)
def pointer_beyond_diagnoses(at: Evaluation) -> Column:
    """1 where a pointer names a position without a diagnosis."""
    given = [len(pointers or ()) for pointers in at.batch.lines["diagnosis_pointers"].to_pylist()]
    return as_flag(np.array(given, dtype=np.float64) > pointer_count(at))


@line_feature(title="Points to no diagnosis", unit="flag", known_from=SUBMISSION, root_cause="coding")
def pointers_missing(at: Evaluation) -> Column:
    """1 where a professional line points to no diagnosis."""
    professional = at.on_lines(as_flag(at.batch.text("claim_type") != "837I"))
    return as_flag(pointer_count(at) == 0) * professional


@line_feature(title="Unspecified diagnosis", unit="flag", known_from=SUBMISSION, root_cause="medical_necessity")
def unspecified_diagnosis(at: Evaluation) -> Column:
    """1 where the first diagnosis pointed to ends in 9, ICD-10's usual mark of "unspecified"."""
    return np.array([float(len(code) > 3 and code[-1] == "9") for code in at.batch.pointed_diagnosis])


@line_feature(title="Modifiers on the line", unit="count", known_from=SUBMISSION, root_cause="coding")
def modifier_count(at: Evaluation) -> Column:
    """Number of modifiers."""
    return np.array([len(codes) for codes in at.batch.modifiers], dtype=np.float64)


@line_feature(title="Same modifier twice on a line", unit="flag", known_from=SUBMISSION, root_cause="coding", monotone=1)
def modifier_repeated(at: Evaluation) -> Column:
    """1 where a line repeats a modifier."""
    return np.array([float(len(set(codes)) < len(codes)) for codes in at.batch.modifiers])


@feature(title="Same diagnosis twice on the claim", unit="flag", known_from=SUBMISSION, root_cause="coding", monotone=1)
def diagnosis_repeated(at: Evaluation) -> Column:
    """1 where a claim lists a diagnosis twice."""
    return np.array([float(len(set(codes)) < len(codes)) for codes in at.batch.diagnoses])


@line_feature(title="Procedure code missing", unit="flag", known_from=SUBMISSION, root_cause="missing_information")
def procedure_missing(at: Evaluation) -> Column:
    """1 where a line has neither procedure nor revenue code."""
    return as_flag(procedure(at.batch) == "")


@line_feature(title="Service day after submission", unit="flag", known_from=SUBMISSION, root_cause="coding", monotone=1)
def service_in_future(at: Evaluation) -> Column:
    """1 where a line's service day lies after the prediction day."""
    return as_flag(at.line_service_from > at.line_day)


@line_feature(title="Highest charge of a line", unit="dollars", known_from=SUBMISSION)
def largest_charge(at: Evaluation) -> Column:
    """Charged dollars of the line."""
    return at.batch.line_number("charge_amount")
