"""Owns how a figure is written for a reader: its value in its unit, and what is to be said beside it."""

from serving.analytics.figures import Figure


def value_words(value: float | None, unit: str) -> str:
    """Write a value of a measure."""
    if value is None:
        return "-"
    if unit == "rate":
        return f"{100 * value:.1f} %"
    return {"dollars": f"${value:,.0f}", "count": f"{value:,.0f}"}.get(unit, f"{value:,.1f}")


def figure_marks(figure: Figure) -> tuple[str, ...]:
    """Name what makes a figure less sure than it looks."""
    return tuple(word for word, holds in (("small n", figure.is_small), ("young", figure.is_immature)) if holds)
