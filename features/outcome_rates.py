"""Features of what payers answered before: denial rates by key, by cause, by span. Known when the 835 was received.

The columns follow one pattern, so they are made from `features.tables` rather than written out one by one.
"""

from dataclasses import replace

from features.evaluation import Evaluation
from features.registry import Aggregate, Asked, Column, Feature, FeatureFunction, SubjectFunction, add_feature, add_line_feature
from features.tables import EVER, LINE_TABLES, TABLES

RECEIPT = "835 receipt"
# Tables of the line whose cause fires line by line; the chance that one of several lines fires grows with their number.
_LINE_BY_LINE = (
    ("payer_procedure_diagnosis", "medical_necessity"),
    ("payer_procedure", "non_covered"),
    ("payer_procedure_authorization", "authorization"),
    ("payer_procedure_modifiers", "coding"),
)
# How many answers a rate rests on, as evidence beside it: table, span.
_COUNTS = (
    ("payer", "365d"), ("payer", EVER), ("provider_payer", "365d"), ("location_payer", "365d"), ("subscriber_payer", EVER),
    ("payer_procedure", "90d"), ("payer_procedure", "365d"), ("payer_procedure", EVER), ("payer_procedure_diagnosis", EVER),
    ("payer_procedure_modifiers", EVER), ("payer_procedure_authorization", EVER),
)  # fmt: skip
# How far a rate moved lately: a policy that changed shows here first. table, measure, recent span.
_CHANGES = (
    ("payer", "denied", "30d"), ("payer", "denied", "90d"), ("location", "denied", "90d"), ("payer_procedure", "denied", "90d"),
    ("payer_procedure", "denied", "last20"), ("payer_procedure_diagnosis", "medical_necessity", "90d"),
    ("payer_procedure", "authorization", "90d"), ("payer_procedure", "non_covered", "90d"),
)  # fmt: skip


def _rate(table: str, measure: str, span: str) -> FeatureFunction:
    def column(at: Evaluation) -> Column:
        """Smoothed share of first answers; see `features.tables`. Never NaN but for a claim without lines."""
        return at.rate(table, measure, span=span)

    return column


def _change(table: str, measure: str, span: str) -> FeatureFunction:
    def column(at: Evaluation) -> Column:
        """Rate of the span less the rate of all time. NaN for a claim without lines only."""
        return at.rate(table, measure, span=span) - at.rate(table, measure)

    return column


def _count(table: str, span: str) -> FeatureFunction:
    def column(at: Evaluation) -> Column:
        """Number of first answers under the key."""
        return at.counts(table, "answers", span=span)

    return column


def _subject(table: str) -> SubjectFunction | None:
    state = TABLES[table].state
    return (lambda at: at.key(state)) if state else None


def _add(table: str, new: Feature, over_lines: Aggregate = "highest") -> None:
    new = replace(new, subject=_subject(table))
    if table in LINE_TABLES:
        add_line_feature(new, over_lines=over_lines)
    else:
        add_feature(new)


def _feature(
    name: str,
    title: str,
    unit: str,
    root_cause: str | None,
    function: FeatureFunction,
    answers: FeatureFunction | None = None,
    asked: Asked | None = None,
) -> Feature:
    return Feature(
        name=name,
        title=title,
        unit=unit,
        known_from=RECEIPT,
        root_cause=root_cause,
        monotone=0,
        version=2,
        function=function,
        answers=answers,
        asked=asked,
    )


def _told(span: str) -> str:
    return {"ever": "", "last20": ", last 20 answers"}.get(span, f", last {span.removesuffix('d')} days")


def _cause_words(cause: str) -> str:
    return "lack of coverage" if cause == "non_covered" else cause.replace("_", " ")


def _register_rates() -> None:
    for table, declared in TABLES.items():
        for span in declared.denied:
            title = f"Denial rate of {declared.words}{_told(span)}"
            name, asked = f"{table}_denial_rate_{span}", Asked(kind="rate", table=table, measure="denied", span=span)
            _add(table, _feature(name, title, "rate", None, _rate(table, "denied", span), _count(table, span), asked))
        for cause, spans in declared.causes.items():
            for span in spans:
                title = f"Denials of {declared.words} for {_cause_words(cause)}{_told(span)}"
                name, asked = f"{table}_{cause}_rate_{span}", Asked(kind="rate", table=table, measure=cause, span=span)
                _add(table, _feature(name, title, "rate", cause, _rate(table, cause, span), _count(table, span), asked))


def _register_rest() -> None:
    for table, cause in _LINE_BY_LINE:
        title = f"Chance that some line is denied for {_cause_words(cause)}, by {TABLES[table].words}"
        function = _any_line(table, cause)
        add_feature(_feature(f"any_line_{cause}", title, "rate", cause, function))
    for table, span in _COUNTS:
        title = f"Answers seen for {TABLES[table].words}{_told(span)}"
        asked = Asked(kind="count", table=table, measure="answers", span=span)
        _add(table, _feature(f"{table}_answer_count_{span}", title, "count", None, _count(table, span), asked=asked), "lowest")
    for table, measure, span in _CHANGES:
        of_cause = None if measure == "denied" else measure
        what = "denial rate" if of_cause is None else f"{_cause_words(measure)} denials"
        title = f"Change of {what} of {TABLES[table].words}{_told(span)}"
        name = f"{table}_{of_cause or 'denial'}_change_{span}"
        asked = Asked(kind="change", table=table, measure=measure, span=span)
        _add(table, _feature(name, title, "rate", of_cause, _change(table, measure, span), _count(table, span), asked))


def _any_line(table: str, cause: str) -> FeatureFunction:
    def column(at: Evaluation) -> Column:
        """Chance that at least one line is denied at the smoothed rates of its lines, taken as independent."""
        return at.at_least_one(at.rate(table, cause))

    return column


_register_rates()
_register_rest()
