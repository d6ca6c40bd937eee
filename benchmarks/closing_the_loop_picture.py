"""Draw what training without the log does to the claims that a practice would mend: docs/images/closing_the_loop.svg."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "closing_the_loop.svg"
WAYS = {
    "nobody_asked": "nobody ever asked",
    "ignore": "log ignored",
    "exclude": "flagged claims left out",
    "score": "drawn by the score",
    "balance": "drawn by the balance",
}
COLORS = {"flagged": "#1f77b4", "faulty": "#d95f02"}
TITLES = {"flagged": "claims for which a look pays", "faulty": "claims with a fault that can be mended"}


def draw(found: Mapping[str, Any]) -> None:
    """Draw, for each way to train and each world, shown over true probability of the claims that would be mended."""
    mpl.rcParams["svg.hashsalt"] = "closing_the_loop"  # the same file for the same figures
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.add_subplot()
    ways = list(WAYS)
    for group, (name, color) in enumerate(COLORS.items()):
        for row, way in enumerate(ways):
            ratios = [world["models"][way][name]["ratio"] for world in found["worlds"].values() if way in world["models"]]
            height = row + 0.16 * (1 - 2 * group)
            axes.plot(ratios, [height] * len(ratios), "o", color=color, label=TITLES[name] if row == 0 else None, markersize=7)
    axes.axvline(1.0, color="#444444", linewidth=1)
    axes.set_yticks(range(len(ways)), [WAYS[way] for way in ways])
    axes.invert_yaxis()
    axes.set_xlabel("probability shown / true probability, the three months after (one dot a world)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="#dddddd")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.17), ncols=2, frameon=False)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PICTURE, format="svg", metadata={"Date": None})
