"""Owns the model card: what a bundle is, what it learned from, how good it is, and where not to trust it. Markdown, no claims."""

from collections.abc import Mapping

from models.bundle import Json, ModelBundle
from models.card_fairness import fairness_section
from models.card_sections import certainty, origin, purpose, segment_tables
from models.spec import ModelSpec

_WARNINGS = {
    "claim": (
        "The label is the payer's first answer. Claims that staff repaired before sending never show what they would have been "
        "denied for: the model sees the practice as it works today. Where a practice follows scores, the claims that were "
        "flagged are left out (`prevented_...` above, if any), of the figures as well: these are then of the easier claims.",
        "A claim of a payer, provider or procedure never seen before falls back to broader rates; such claims carry flags.",
        "No public data set holds claim-level denial outcomes, so accuracy on other practices' claims is not known.",
    ),
    "denial": (
        "Only denials that somebody chose to appeal have an outcome. The probability holds for denials like those; staff appeal "
        "what looks winnable, so for the others it is likely too high.",
        "Pending and withdrawn appeals are left out, not counted as lost.",
    ),
    "table": (
        "The columns are what the analyst named; whether each was known on the row's day, only the analyst can say. The leakage "
        "check looks at columns one by one and finds no leak that takes two of them.",
        "Rates by group stand as of the last outcome: where the world drifts, train anew.",
    ),
}


def write_card(bundle: ModelBundle, spec: ModelSpec) -> str:
    """Write the card of a bundle that has its training facts and metrics."""
    facts = bundle.training
    lines = [
        f"# {bundle.title}",
        "",
        f"`{bundle.name}`, data version `{bundle.data_version}`, history as of {facts.get('as_of')}.",
        "",
        "## What it is",
        "",
        f"{len(bundle.members)} LightGBM members on {len(bundle.feature_names)} features (fingerprint "
        f"`{bundle.features.fingerprint}`), joined as competing risks and calibrated by `{bundle.calibration.method}`.",
        "",
        *_members(bundle),
        *purpose(bundle),
        "## What it learned from",
        "",
        *[f"- {key.replace('_', ' ')}: {_show(value)}" for key, value in facts.items()],
        "",
        f"A row counts once its payer's own answer lag ({spec.maturity.quantile:.0%} of answers) has passed. Rows without an "
        "answer by then are left out and counted; none is taken for paid.",
        "",
        "## How good it is",
        "",
        "Measured on the newest rows, by members fitted only on what was mature and known before those rows were sent. The "
        "shipped members are fitted once more on all mature rows, with the same rounds; the calibration is fitted on all "
        "out-of-time scores.",
        "",
        *_metric_table(bundle.metrics),
        *certainty(bundle),
        *segment_tables(bundle.metrics),
        *fairness_section(bundle.metrics.get("fairness")),
        "## Where not to trust it",
        "",
        *[f"- {warning}" for warning in (*_WARNINGS[bundle.subject], origin(bundle))],
        "",
    ]
    return "\n".join(lines)


def _members(bundle: ModelBundle) -> list[str]:
    rows = ["| member | rounds | positives | stands for |", "|---|---|---|---|"]
    for member in bundle.members:
        pooled = ", ".join(member.pooled_causes) or member.cause
        rows.append(f"| {member.cause} | {member.round_count} | {member.positive_count} | {pooled} |")
    return [*rows, ""]


def _metric_table(metrics: Mapping[str, Json]) -> list[str]:
    test, intervals, baselines = (metrics.get(key) for key in ("test", "interval", "baselines"))
    if not isinstance(test, Mapping) or not isinstance(intervals, Mapping) or not isinstance(baselines, Mapping):
        return ["Not measured.", ""]
    columns = [name for name, found in baselines.items() if isinstance(found, Mapping)]
    rows = [f"| measure | model | 95 % interval | {' | '.join(name.replace('_', ' ') for name in columns)} |"]
    rows.append("|---" * (3 + len(columns)) + "|")
    for name, figure in test.items():
        interval = intervals.get(name)
        shown = f"{interval[0]:.4f} to {interval[1]:.4f}" if isinstance(interval, (list, tuple)) else ""
        others = [_figure(baselines[column], name) for column in columns]
        rows.append(f"| {name.replace('_', ' ')} | {_show(figure)} | {shown} | {' | '.join(others)} |")
    return [*rows, ""]


def _figure(found: Json, name: str) -> str:
    return _show(found.get(name, "")) if isinstance(found, Mapping) else ""


def _show(value: Json) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_show(entry)}" for key, entry in value.items()) or "none"
    return str(value)
