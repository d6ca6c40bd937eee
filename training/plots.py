"""Owns the pictures of a training run. Drawn without a display; the numbers behind them are in the holdout table."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import wrap

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from models.bundle import Json
from models.explanation import Explanation
from models.feature_set import feature_title
from training.holdout import Holdout
from training.metrics import calibration_bins, confusion_curve

INK, MODEL, BASELINE, GRID = "#1f2933", "#1b6ca8", "#b0752c", "#d9dee3"
SHOWN_FEATURES = 20
LABEL_WIDTH = 64


def draw_all(
    holdout: Holdout,
    explanation: Explanation,
    values: NDArray[np.float64],
    folder: Path,
    *,
    curve: Sequence[Mapping[str, Json]] = (),
) -> None:
    """Write every plot as PNG: calibration, precision_recall, gain, lift, feature_importance, shap_summary, learning_curve."""
    folder.mkdir(parents=True, exist_ok=True)
    _save(folder / "calibration.png", lambda axes: _calibration(axes, holdout))
    _save(folder / "precision_recall.png", lambda axes: _precision_recall(axes, holdout))
    _save(folder / "gain.png", lambda axes: _gain(axes, holdout))
    _save(folder / "feature_importance.png", lambda axes: _importance(axes, explanation), tall=True)
    _save(folder / "lift.png", lambda axes: _lift(axes, holdout))
    if len(curve) > 1:
        _save(folder / "learning_curve.png", lambda axes: _learning_curve(axes, curve))
    _save(folder / "shap_summary.png", lambda axes: _contributions(axes, explanation, values), tall=True)


def _save(path: Path, draw: Callable[[Axes], None], *, tall: bool = False) -> None:
    with matplotlib.rc_context({"font.size": 9, "axes.edgecolor": GRID, "text.color": INK, "axes.labelcolor": INK}):
        figure = Figure(figsize=(10.0, 7.5) if tall else (6.5, 5.0), layout="constrained")
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes)
        figure.savefig(path, dpi=130, metadata={"Software": ""})


def _calibration(axes: Axes, holdout: Holdout) -> None:
    bins = calibration_bins(holdout.label, holdout.probability)
    count = len(holdout.label)
    expected = np.array([mean for _, _, mean in bins])
    observed = np.array([rate for _, rate, _ in bins])
    spread = 1.96 * np.sqrt(np.maximum(observed * (1 - observed), 1e-9) / np.array([share * count for share, _, _ in bins]))
    most = 1.08 * max(expected.max(), (observed + spread).max())
    axes.plot([0, most], [0, most], color=GRID, linewidth=1, label="perfect")
    axes.errorbar(expected, observed, yerr=spread, fmt="o-", color=MODEL, markersize=4, linewidth=1.2, capsize=2, label="model")
    axes.set(
        xlim=(0, most),
        ylim=(0, most),
        xlabel="mean predicted probability",
        ylabel="observed rate",
        title=f"Calibration, ten bins of equal count (n = {count:,})",
    )
    axes.legend(frameon=False, loc="upper left")


def _precision_recall(axes: Axes, holdout: Holdout) -> None:
    for name, probability, color in _ranked(holdout):
        _, hits, misses = confusion_curve(holdout.label, probability)
        recall, precision = hits / max(hits[-1], 1), hits / (hits + misses)
        axes.plot(recall, precision, color=color, linewidth=1.4, drawstyle="steps-post", label=name)
    axes.axhline(holdout.label.mean(), color=GRID, linewidth=1, label="base rate")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="recall", ylabel="precision", title="Precision and recall on held-out rows")
    axes.legend(frameon=False, loc="upper right")


def _gain(axes: Axes, holdout: Holdout) -> None:
    share = np.arange(1, len(holdout.label) + 1) / len(holdout.label)
    total = holdout.outcome_amount[holdout.label].sum()
    dollars = np.where(holdout.label, holdout.outcome_amount, 0.0)
    for name, probability, color in _ranked(holdout):
        order = np.argsort(-probability, kind="stable")
        axes.plot(share, np.cumsum(holdout.label[order]) / max(holdout.label.sum(), 1), color=color, linewidth=1.4, label=name)
    order = np.argsort(-holdout.expected_amount, kind="stable")
    if total > 0:
        axes.plot(
            share,
            np.cumsum(dollars[order]) / total,
            color=MODEL,
            linewidth=1.4,
            linestyle="--",
            label="dollars found, by expected dollars",
        )
    axes.plot([0, 1], [0, 1], color=GRID, linewidth=1, label="random order")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="share of rows worked, riskiest first", ylabel="share found", title="Gain")
    axes.legend(frameon=False, loc="lower right")


def _lift(axes: Axes, holdout: Holdout) -> None:
    """Draw how many times more often the riskiest rows are hit than the average row; from one row in a hundred on."""
    first = max(1, len(holdout.label) // 100)
    share = np.arange(1, len(holdout.label) + 1) / len(holdout.label)
    for name, probability, color in _ranked(holdout):
        order = np.argsort(-probability, kind="stable")
        found = np.cumsum(holdout.label[order]) / max(holdout.label.sum(), 1)
        axes.plot(share[first - 1 :], (found / share)[first - 1 :], color=color, linewidth=1.4, label=name)
    axes.axhline(1, color=GRID, linewidth=1, label="random order")
    ticks = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:.0%}" for tick in ticks])
    axes.minorticks_off()
    axes.set(
        xlim=(0.01, 1),
        ylim=(0, None),
        xlabel="share of rows worked, riskiest first",
        ylabel="rate among them / base rate",
        title="Lift",
    )
    axes.legend(frameon=False, loc="upper right")


def _learning_curve(axes: Axes, curve: Sequence[Mapping[str, Json]]) -> None:
    rows, loss, low, high = (
        np.array([point[key] for point in curve], dtype=np.float64) for key in ("row_count", "log_loss", "low", "high")
    )
    axes.errorbar(rows, loss, yerr=[loss - low, high - loss], fmt="o-", color=MODEL, markersize=4, linewidth=1.4, capsize=2)
    axes.set_xscale("log")
    axes.set_xticks(rows, [f"{int(count):,}" for count in rows])
    axes.minorticks_off()
    axes.set(
        xlabel="rows fitted on, the newest before the test part",
        ylabel="log-loss on the same held-out rows, 95 % interval",
        title="Learning curve",
    )


def _importance(axes: Axes, explanation: Explanation) -> None:
    size = np.abs(explanation.contributions).mean(axis=0)
    order = np.argsort(-size, kind="stable")[:SHOWN_FEATURES][::-1]
    axes.barh(range(len(order)), size[order], color=MODEL, height=0.7)
    _name_rows(axes, explanation, order)
    axes.set(xlabel="mean absolute contribution to the hazard, -log(1 - P)", title="What moves the score most")


def _contributions(axes: Axes, explanation: Explanation, values: NDArray[np.float64]) -> None:
    """Draw one dot per row and feature: right raises the risk; colour is the feature's value by rank, grey = missing."""
    size = np.abs(explanation.contributions).mean(axis=0)
    order = np.argsort(-size, kind="stable")[:SHOWN_FEATURES][::-1]
    random = np.random.default_rng(0)
    drawn = None
    for height, at in enumerate(order):
        shown = explanation.contributions[:, at]
        rank = _rank(values[:, at])
        jitter = height + random.uniform(-0.3, 0.3, len(shown))
        missing = np.isnan(rank)
        axes.scatter(shown[missing], jitter[missing], s=3, color=GRID, linewidths=0, rasterized=True)
        drawn = axes.scatter(
            shown[~missing],
            jitter[~missing],
            s=3,
            c=rank[~missing],
            cmap="coolwarm",
            vmin=0,
            vmax=1,
            linewidths=0,
            rasterized=True,
        )
    axes.axvline(0, color=INK, linewidth=0.6)
    _name_rows(axes, explanation, order)
    axes.set(xlabel="contribution to the hazard, -log(1 - P)", title="SHAP summary: contributions on held-out rows")
    if drawn is not None:
        bar = axes.figure.colorbar(drawn, ax=axes, shrink=0.5, ticks=[0, 1])
        bar.ax.set_yticklabels(["low", "high"])
        bar.outline.set_visible(False)
        bar.set_label("value of the feature", labelpad=-12)


def _ranked(holdout: Holdout) -> list[tuple[str, NDArray[np.float64], str]]:
    return [
        ("model", holdout.probability, MODEL),
        ("logistic regression", holdout.baselines["logistic_regression"], BASELINE),
        ("payer and group rate", holdout.baselines["payer_group_rate"], "#8a8f98"),
    ]


def _rank(column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank values to 0..1, ties alike, NaN kept."""
    known = ~np.isnan(column)
    rank = np.full(len(column), np.nan)
    unique, inverse = np.unique(column[known], return_inverse=True)
    rank[known] = inverse / max(len(unique) - 1, 1)
    return rank


def _name_rows(axes: Axes, explanation: Explanation, order: NDArray[np.int64]) -> None:
    """Write the features' titles beside their rows, in full: some differ only at the end."""
    titles = [wrap(feature_title(explanation.names[at]), LABEL_WIDTH) for at in order]
    axes.set_yticks(range(len(order)), ["\n".join(lines) for lines in titles])
    axes.tick_params(axis="y", length=0, labelsize=8)
    axes.set_ylim(-0.7, len(order) - 0.3)
