"""Owns the evaluation of registered models: figures on their held-out rows, and beside the best possible on a simulated world."""

from collections.abc import Mapping
from pathlib import Path

from claims.history.store import HistoryStore
from claims.home import Home
from models.bundle import Json, ModelBundle
from models.card_fairness import HEADS, fairness_note, fairness_tables
from models.registered import CHAMPION
from models.spec import history_specs
from training.errors import RegistryError
from training.registry import ModelRegistry
from training.truth import compare_with_oracle, read_appeal_oracle, read_claim_oracle

_FIGURES = ("auc", "average_precision", "log_loss", "brier", "ece", "recall_at_95_precision", "lift_at_5_percent")


def evaluate(
    home: Home,
    truth_dir: Path | None = None,
    *,
    which: str = CHAMPION,
    tracking_uri: str | None = None,
    names: tuple[str, ...] | None = None,
) -> dict[str, Json]:
    """Give, by model name, what the run of that version measured on rows it had held out; with a key, beside the oracle.

    Raises: RegistryError, when no model is registered; TrainingError, when `truth_dir` holds no key.
    """
    registry = ModelRegistry(home, tracking_uri=tracking_uri)
    store = HistoryStore(home.history_uri)
    found: dict[str, Json] = {}
    for name in names or history_specs():
        version = registry.find(name, which)
        if version is None:
            continue
        bundle = ModelBundle.load(registry.bundle_dir(name, which))
        report: dict[str, Json] = {
            "version": version.version,
            "bundle_version": bundle.version,
            "training": dict(bundle.training),
            **bundle.metrics,
        }
        if truth_dir is not None:
            holdout = registry.holdout(name, which)
            read = read_claim_oracle if bundle.subject == "claim" else read_appeal_oracle
            report["truth"] = compare_with_oracle(holdout, read(holdout, store, truth_dir))
        found[name] = report
    if not found:
        raise RegistryError(f"registry: expected a model with alias or version {which}, got none; train first")
    return found


def describe_evaluation(evaluation: Mapping[str, Json]) -> str:
    """Lay an evaluation out as text tables, model by model."""
    return "\n\n".join(_describe(name, report) for name, report in evaluation.items() if isinstance(report, Mapping))


def _describe(name: str, report: Mapping[str, Json]) -> str:
    training = _mapping(report, "training")
    lines = [
        f"{name} version {report['version']}: {training.get('test_row_count')} held-out rows, "
        f"{training.get('test_start')} to {training.get('test_end')}"
    ]
    columns: dict[str, Mapping[str, Json]] = {"model": _mapping(report, "test")}
    baselines = _mapping(report, "baselines")
    columns.update({key.replace("_", " "): _mapping(baselines, key) for key in baselines})
    truth = _mapping(report, "truth")
    if truth:
        columns["oracle"] = _mapping(truth, "oracle")
    lines.append(f"{'':24}" + "".join(f"{column:>21}" for column in columns) + f"{'95 % interval':>21}")
    for figure in _FIGURES:
        interval = _mapping(report, "interval").get(figure)
        shown = f"{interval[0]:.4f}..{interval[1]:.4f}" if isinstance(interval, (list, tuple)) else ""
        cells = "".join(f"{_number(found.get(figure)):>21}" for found in columns.values())
        lines.append(f"{figure.replace('_', ' '):24}{cells}{shown:>21}")
    lines += _describe_truth(truth)
    lines += _describe_fairness(_mapping(report, "fairness"))
    return "\n".join(lines)


def _describe_truth(truth: Mapping[str, Json]) -> list[str]:
    if not truth:
        return []
    closed = _mapping(truth, "gap_closed")
    shares = ", ".join(f"{name.replace('_', ' ')} {_number(share)}" for name, share in closed.items())
    lines = [f"share of the log-loss gap between base rate and oracle closed: {shares}"]
    gap, floor = _mapping(truth, "gap"), _mapping(truth, "calibration_floor")
    for name in gap:
        found = _mapping(gap, name)
        low, high = found["interval"] if isinstance(found.get("interval"), (list, tuple)) else (0.0, 0.0)  # type: ignore[misc]
        lines.append(f"share of the {name.replace('_', ' ')} gap closed: {_number(found.get('share'))} [{low:.4f}, {high:.4f}]")
    lines.append(
        f"ECE that chance alone leaves at this size: model {_number(floor.get('model'))}, oracle {_number(floor.get('oracle'))}"
    )
    lines += _describe_intervals(_mapping(truth, "intervals"))
    causes = _mapping(truth, "root_causes")
    if causes:
        ours, best = _mapping(causes, "model"), _mapping(causes, "oracle")
        lines.append(
            f"planted cause of {causes['denied_count']} denied claims named first: {_number(ours.get('hit_at_1'))} "
            f"(oracle {_number(best.get('hit_at_1'))}), among three: {_number(ours.get('hit_at_3'))} "
            f"(oracle {_number(best.get('hit_at_3'))})"
        )
    return lines + _describe_causes(_mapping(truth, "causes"))


def _describe_fairness(fairness: Mapping[str, Json]) -> list[str]:
    """Lay out error rates and calibration by group."""
    if not fairness:
        return []
    lines = ["", "for whom it errs"]
    for kind, rows in fairness_tables(fairness):
        lines.append(f"{kind:24}" + "".join(f"{head:>26}" for head in HEADS))
        lines += [f"{row[0]:24}" + "".join(f"{cell:>26}" for cell in row[1:]) for row in rows]
    return [*lines, fairness_note(fairness)]


def _describe_intervals(intervals: Mapping[str, Json]) -> list[str]:
    lines = []
    for name in intervals:
        found = _mapping(intervals, name)
        lines.append(
            f"interval of {found['row_count']} rows ({name}): holds the oracle's probability for {_number(found['coverage'])}, "
            f"mean width {_number(found['mean_width'])}; log-loss {_number(found['log_loss'])} "
            f"(oracle {_number(found['oracle_log_loss'])})"
        )
    return lines


def _describe_causes(causes: Mapping[str, Json]) -> list[str]:
    """Lay out the causes, the costliest first: how much log-loss the model would gain if it knew that cause's true hazard."""
    rows = [(name, _mapping(causes, name)) for name in causes]
    rows.sort(key=lambda row: -float(str(row[1].get("gain_if_known", 0))))
    figures = ("denied_count", "expected_count", "auc", "oracle_auc", "gain_if_known")
    head = [f"{'cause':24}" + "".join(f"{figure.replace('_', ' '):>18}" for figure in figures)] if rows else []
    return head + [f"{name:24}" + "".join(f"{_number(row.get(figure)):>18}" for figure in figures) for name, row in rows]


def _mapping(report: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    found = report.get(key, {})
    return found if isinstance(found, Mapping) else {}


def _number(figure: Json) -> str:
    return f"{figure:.4f}" if isinstance(figure, (int, float)) else ""
