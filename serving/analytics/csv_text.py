"""Owns figures and claims as CSV: the same columns for a download, a report and a brief."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields

from serving.analytics.figures import Answer, ClaimBehind, Figure

_FIGURE_COLUMNS = (
    "value", "numerator", "denominator", "n", "awaiting", "low", "high", "is_small", "is_immature",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def figures_csv(answer: Answer) -> str:
    """Write one row per segment, or one for all claims where the question is not cut."""
    by = answer.question.by
    rows = answer.segments if by else (answer.overall,)
    return table_csv(figure_columns(by), [figure_row(one, by) for one in rows])


def figure_columns(by: Sequence[str]) -> list[str]:
    """Name the columns of figures cut by dimensions: each key, its label, then the figure."""
    return [part for name in by for part in (name, f"{name}_label")] + list(_FIGURE_COLUMNS)


def figure_row(figure: Figure, by: Sequence[str]) -> list[object]:
    """Give the cells of one figure; numbers with six digits at most."""
    keys: list[object] = [part for name in by for part in (figure.keys[name], figure.labels.get(name, ""))]
    values = (getattr(figure, name) for name in _FIGURE_COLUMNS)
    return keys + [round(value, 6) if isinstance(value, float) else value for value in values]


def claims_csv(claims: Iterable[ClaimBehind]) -> str:
    """Write one row per claim."""
    names = [one.name for one in fields(ClaimBehind)]
    return table_csv(names, [list(asdict(one).values()) for one in claims])


def table_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table; a text that a spreadsheet would run as a formula is marked as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
