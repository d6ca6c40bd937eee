"""Owns the picture of a waterfall: an SVG of the steps from an average claim's risk to this one's. No script, no outside font."""

from html import escape
from math import expm1
from textwrap import wrap

from models.facts import Waterfall

WIDTH, LEFT, RIGHT = 960, 470, 70
ROW, BAR, TOP = 36, 20, 36
LETTERS, LINES, LEADING = 74, 2, 14  # of a label
RAISES, LOWERS, TOTAL, INK, GRID = "#b3362a", "#2a6fb3", "#5b6470", "#1c2430", "#d5dae1"


def draw_waterfall(found: Waterfall, *, title: str) -> str:
    """Draw a waterfall: one bar per step, red raises, blue lowers; ends are labelled with the probability they stand for."""
    labels, ends = found.changes, found.levels
    low, high = min(*ends, found.margin, 0.0), max(*ends, found.margin)
    scale = (WIDTH - LEFT - RIGHT) / ((high - low) or 1.0)

    def at(value: float) -> float:
        return LEFT + (value - low) * scale

    height = TOP + ROW * (len(labels) + 2) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="10" y="20" font-size="14" font-weight="600">{escape(title)}</text>',
        _bar(0, "An average claim", at(low), at(found.base), _chance(found.base), TOTAL),
    ]
    for row, (label, change) in enumerate(labels, start=1):
        start, end = ends[row - 1], ends[row]
        parts.append(f'<path d="M{at(start):.1f} {_top(row) - ROW + BAR}V{_top(row)}" stroke="{GRID}"/>')
        parts.append(_bar(row, label, at(start), at(end), f"{change:+.3f}", RAISES if change > 0 else LOWERS))
    parts.append(_bar(len(labels) + 1, "This claim", at(low), at(found.margin), _chance(found.margin), TOTAL))
    return "\n".join([*parts, "</svg>\n"])


def _top(row: int) -> float:
    return TOP + ROW * row


def _bar(row: int, label: str, start: float, end: float, value: str, color: str) -> str:
    left, right = min(start, end), max(start, end)
    lines = wrap(label, width=LETTERS, max_lines=LINES, placeholder=" …")
    baseline = _top(row) + BAR - 6
    first = baseline - LEADING * (len(lines) - 1) / 2
    told = "".join(
        f'<tspan x="{LEFT - 10}" y="{first + LEADING * at:.1f}">{escape(line)}</tspan>' for at, line in enumerate(lines)
    )
    return (
        f'<text font-size="11.5" text-anchor="end">{told}<title>{escape(label)}</title></text>'
        f'<rect x="{left:.1f}" y="{_top(row):.1f}" width="{max(right - left, 1):.1f}" height="{BAR}" fill="{color}"/>'
        f'<text x="{right + 5:.1f}" y="{baseline:.1f}">{escape(value)}</text>'
    )


def _chance(hazard: float) -> str:
    percent = -100 * expm1(-hazard)
    return f"{percent:.0f} %" if percent >= 1 else f"{percent:.1f} %"
