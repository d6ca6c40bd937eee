"""Owns the parts of a model card that say what a model is for, what its figures are by segment and in dollars, and its limits."""

from collections.abc import Mapping

from models.bundle import Json, ModelBundle

_USES = {
    "claim": "Before a claim is sent: how likely its payer denies it at the first answer, for which cause, and at what cost; to "
    "decide whether to send, repair or hold it.",
    "denial": "After a denial: how likely an appeal wins at least in part; to rank the open denials that staff could work.",
    "table": "What the spec's target says, for rows like those of its table.",
}
_LABELS = {
    "claim": "Positive: the payer's first answer denies the submission, in whole or in part. Rejections and voids are left out.",
    "denial": "Positive: the appeal was decided for the practice, in whole or in part.",
    "table": "Positive: the target column holds one of the values that the spec names.",
}
_MISUSES = (
    "to decide on a person's care, coverage or treatment: it knows paperwork, not need",
    "to rate or pay staff or providers: a rate of denials follows payers and cases as much as people",
    "to change what a claim says so that it passes: only facts of the record may be repaired",
    "on another practice's claims without training there",
)
_SEGMENTS = {"payers": "payer", "causes": "category", "claim_types": "claim type", "months": "month"}
_SHOWN = ("log_loss", "auc")


def purpose(bundle: ModelBundle) -> list[str]:
    """Say what a bundle is for, what its label means, and what it must not be used for."""
    return [
        "## What it is for",
        "",
        _USES[bundle.subject],
        "",
        _LABELS[bundle.subject],
        "",
        "It must not be used:",
        "",
        *[f"- {misuse}" for misuse in _MISUSES],
        "",
    ]


def segment_tables(metrics: Mapping[str, Json]) -> list[str]:
    """Show every segment's figures with 95 % intervals, and the mean probability beside the rate observed."""
    lines: list[str] = []
    for group, title in _SEGMENTS.items():
        segments = metrics.get(group)
        if not isinstance(segments, Mapping) or not segments:
            continue
        lines += [
            f"### By {title}",
            "",
            f"| {title} | rows | observed | expected | log-loss | AUC |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_segment(name, figures) for name, figures in segments.items() if isinstance(figures, Mapping)]
        lines.append("")
    return [*lines, *_dollars(metrics.get("dollars"))]


def certainty(bundle: ModelBundle) -> list[str]:
    """Say what the intervals mean, what held-out outcomes show of them, and what makes a row unfamiliar; empty without."""
    found = bundle.metrics.get("confidence")
    if bundle.confidence is None or not isinstance(found, Mapping) or not found:
        return []
    return [
        "### How sure a score is",
        "",
        f"Each score has an interval meant to hold the true probability of {bundle.confidence.level:.0%} of the rows. Its width "
        "is an assumption taken from simulated claims: outcomes cannot show how far true probabilities scatter (ADR 9). They "
        "can show whether rates of many rows lie inside. Of ten groups by low end, the share whose rate is not below it: "
        f"{_show(found['low_held'])}; by high end, not above it: {_show(found['high_held'])}. Of {found['segment_count']} groups "
        f"of payer and risk inside both: {_show(found['segments_inside'])}. Mean width {_show(found['mean_width'])}.",
        "",
        "| rows | count | observed | expected | log-loss |",
        "|---|---|---|---|---|",
        *[_certainty_row(name, found.get(name)) for name in ("familiar", "unfamiliar") if name in found],
        "",
        "Unfamiliar, with a wider interval, is a row of which this holds:",
        "",
        *[f"- {reason.words}" for reason in bundle.confidence.reasons],
        "",
    ]


def _certainty_row(name: str, found: Json) -> str:
    figures = found if isinstance(found, Mapping) else {}
    cells = [str(figures.get("row_count")), *(_show(figures.get(key)) for key in ("observed", "expected", "log_loss"))]
    return f"| {name} | {' | '.join(cells)} |"


def origin(bundle: ModelBundle) -> str:
    """Say what is known of where the figures come from; whether a history was simulated is not written in it."""
    return (
        f"All figures are of the data of version `{bundle.data_version}`. It does not tell whether rows are real or simulated; "
        "figures of simulated rows say nothing about real ones."
    )


def _segment(name: str, figures: Mapping[str, Json]) -> str:
    rates = [_show(figures.get(figure)) for figure in ("base_rate", "mean_probability")]
    cells = [str(figures.get("row_count")), *rates, *(_with_interval(figures, figure) for figure in _SHOWN)]
    return f"| {name} | {' | '.join(cells)} |"


def _dollars(found: Json) -> list[str]:
    if not isinstance(found, Mapping) or not found:
        return []
    return [
        "### In dollars",
        "",
        f"Expected {found['expected']:,.0f}, observed {found['observed']:,.0f}: observed / expected "
        f"{_with_interval(found, 'observed_over_expected')}. Mean absolute error a row {_with_interval(found, 'mae')}, "
        f"of one share for every row {_show(found['mae_flat_rate'])}. The fifth of the rows expected to cost most holds "
        f"{_with_interval(found, 'found_at_20_percent')} of the observed dollars.",
        "",
    ]


def _with_interval(figures: Mapping[str, Json], name: str) -> str:
    intervals = figures.get("interval")
    ends = intervals.get(name) if isinstance(intervals, Mapping) else None
    shown = f" [{_show(ends[0])}, {_show(ends[1])}]" if isinstance(ends, list | tuple) else ""
    return f"{_show(figures.get(name))}{shown}"


def _show(value: Json) -> str:
    return f"{value:.4f}" if isinstance(value, int | float) else ""
