"""Owns writing a report: CSVs by measure and segment, pictures, one HTML page, a PDF, and a brief per owner, into one folder."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from serving.analytics.book import Book
from serving.analytics.csv_text import claims_csv, figure_columns, figure_row, figures_csv, table_csv
from serving.analytics.definitions import Measure, measures
from serving.analytics.figures import Question
from serving.analytics.report.briefs import Brief, brief_csv, brief_html, brief_json, file_stem, owner_briefs
from serving.analytics.report.page import render_page
from serving.analytics.report.pdf import render_brief_pdf, render_pdf
from serving.analytics.report.pictures import draw, picture_files

CUTS = (
    ("payer",), ("location",), ("provider",), ("specialty",), ("procedure_family",), ("procedure",), ("reason",),
    ("tier",), ("carc",), ("month",), ("payer", "month"), ("reason", "month"), ("payer", "reason"),
)  # fmt: skip
AGED = ("open_denied_dollars", "unanswered_dollars", "rejected_open_dollars")
OPENED = ("denied_dollars", "recovered_dollars", "overturn_rate", "write_off_dollars", *AGED)
MOST_CLAIMS = 1_000_000
README = """\
Figures of {as_of} from history {version}. Rates count known outcomes only; `awaiting` counts the claims that have none yet.
csv/      every measure, whole (measures.csv) and cut by segment
claims/   the claims behind figures. CLAIM IDS IDENTIFY PATIENTS' CLAIMS: the rules of the claims themselves hold here
briefs/   one per workflow owner, with example claim ids; the same rules hold
pictures/ and report.html, report.pdf hold no claim ids
Everything is readable by its owner only (mode 0600). No names or member ids stand anywhere.
"""


def write_report(book: Book, out: Path, *, advance: Callable[[int, int], None] = lambda _done, _total: None) -> int:
    """Write the report into a folder, made where missing; files of the same names are replaced. Returns the number of files."""
    available = [one for one in measures().values() if book.is_available(one)]
    total, written = len(available) + len(picture_files()) + len(OPENED) + 4, 0
    advance(0, total)
    for at, measure in enumerate(available):
        written += _write_measure(book, measure, out / "csv")
        advance(at + 1, total)
    written += _put(out / "csv" / "measures.csv", _summary(book, available))
    for name in OPENED:
        if book.is_available(measures()[name]):
            listed = book.claims(Question(measure=name), limit=MOST_CLAIMS)
            written += _put(out / "claims" / f"{name}.csv", claims_csv(listed))
    pictures = {name: draw(name, book) for name in picture_files()}
    for name, content in pictures.items():
        written += _put(out / "pictures" / f"{name}.png", content)
    briefs = owner_briefs(book)
    written += sum(write_brief(brief, out / "briefs") for brief in briefs.values())
    written += _put(out / "report.html", render_page(book, available, pictures, briefs))
    written += _put(out / "report.pdf", render_pdf(book, available, pictures, briefs))
    written += _put(out / "README.txt", README.format(as_of=book.facts.as_of, version=book.facts.version))
    advance(total, total)
    return written


def _write_measure(book: Book, measure: Measure, folder: Path) -> int:
    cuts = [*CUTS, ("aging",), ("payer", "aging")] if measure.id in AGED else CUTS
    for by in cuts:
        answer = book.ask(Question(measure=measure.id, by=by), limit=100_000)
        _put(folder / f"{measure.id}_by_{'_and_'.join(by)}.csv", figures_csv(answer))
    return len(cuts)


def _summary(book: Book, available: Iterable[Measure]) -> str:
    rows = [
        [one.id, one.title, one.unit, *figure_row(book.ask(Question(measure=one.id)).overall, ()), one.numerator, one.denominator]
        for one in available
    ]
    return table_csv(["measure", "title", "unit", *figure_columns(()), "numerator_is", "denominator_is"], rows)


def write_brief(brief: Brief, folder: Path) -> int:
    """Write one brief as HTML, PDF, CSV and JSON; returns the number of files."""
    stem = file_stem(brief.owner)
    _put(folder / f"{stem}.json", brief_json(brief))
    _put(folder / f"{stem}.csv", brief_csv(brief))
    _put(folder / f"{stem}.html", brief_html(brief))
    _put(folder / f"{stem}.pdf", render_brief_pdf(brief))
    return 4


def _put(path: Path, content: str | bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(data)
    return 1
