"""Owns figures and claims as tables to take away: the same columns for a download as CSV or XLSX, a report and a brief."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import date

from serving.analytics.figures import Answer, ClaimBehind, Figure

_FIGURE_COLUMNS = (
    "value", "numerator", "denominator", "n", "awaiting", "low", "high", "is_small", "is_immature",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


Table = tuple[Sequence[str], Sequence[Sequence[object]]]  # names of the columns, and rows


def figures_table(answer: Answer) -> Table:
    """Give one row per segment, or one for all claims where the question is not cut."""
    by = answer.question.by
    rows = answer.segments if by else (answer.overall,)
    return figure_columns(by), [figure_row(one, by) for one in rows]


def figures_csv(answer: Answer) -> str:
    """Write the table of figures."""
    return table_csv(*figures_table(answer))


def figure_columns(by: Sequence[str]) -> list[str]:
    """Name the columns of figures cut by dimensions: each key, its label, then the figure."""
    return [part for name in by for part in (name, f"{name}_label")] + list(_FIGURE_COLUMNS)


def figure_row(figure: Figure, by: Sequence[str]) -> list[object]:
    """Give the cells of one figure; numbers with six digits at most."""
    keys: list[object] = [part for name in by for part in (figure.keys[name], figure.labels.get(name, ""))]
    values = (getattr(figure, name) for name in _FIGURE_COLUMNS)
    return keys + [round(value, 6) if isinstance(value, float) else value for value in values]


def claims_table(claims: Iterable[ClaimBehind]) -> Table:
    """Give one row per claim."""
    names = [one.name for one in fields(ClaimBehind)]
    return names, [list(asdict(one).values()) for one in claims]


def claims_csv(claims: Iterable[ClaimBehind]) -> str:
    """Write the table of claims."""
    return table_csv(*claims_table(claims))


def table_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table; a text that a spreadsheet would run as a formula is marked as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def table_xlsx(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a table as a sheet: texts stay texts, numbers and days are such, the head stays in sight."""
    from xlsxwriter import Workbook  # only who takes a sheet away needs it

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, bold, day = book.add_worksheet(), book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, columns, bold)
        for number, row in enumerate(rows, start=1):
            for at, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, at, value, day)
                elif isinstance(value, str):
                    sheet.write_string(number, at, value)
                elif value is not None:
                    sheet.write(number, at, value)
        sheet.autofit()
    return out.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
