"""Owns the picture of what orders of the work queue recover over the minutes spent."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

STYLES = {
    "ours": ("#1f5fa8", "-", 2.4),
    "model, value per minute": ("#1f5fa8", ":", 1.4),
    "oracle, value per minute": ("#222222", "--", 1.4),
    "oracle, our schedule": ("#222222", "-", 1.0),
    "amount": ("#c77a1a", "-", 1.4),
    "oldest first": ("#8a8a8a", "-", 1.4),
    "deadline first": ("#b23a48", "-", 1.4),
}


def draw_curves(worlds: Mapping[str, Mapping[str, NDArray[np.float64]]], path: Path) -> None:
    """Draw dollars over hours, one panel per world; each curve has shape (days + 1, 2): minutes, dollars."""
    mpl.rcParams["svg.hashsalt"] = "queue_order"  # the same file for the same figures
    figure = Figure(figsize=(4.0 * len(worlds), 3.8), layout="constrained")
    for at, (seed, curves) in enumerate(worlds.items()):
        axes = figure.add_subplot(1, len(worlds), at + 1)
        for name, curve in curves.items():
            if name not in STYLES:
                continue
            color, line, width = STYLES[name]
            axes.plot(curve[:, 0] / 60, curve[:, 1] / 1000, label=name, color=color, linestyle=line, linewidth=width)
        axes.set_title(f"world {seed}", fontsize=10)
        axes.set_xlabel("hours of work, 2 a day")
        axes.grid(alpha=0.25)
        if at == 0:
            axes.set_ylabel("recovered, thousand dollars")
            axes.legend(fontsize=7, loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None})
