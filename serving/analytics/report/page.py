"""Owns the HTML page of a report: one file, pictures inside it, no script, nothing from outside."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape

from serving.analytics.book import Book
from serving.analytics.definitions import Measure
from serving.analytics.figure_words import value_words
from serving.analytics.figures import Question
from serving.analytics.report.briefs import Brief
from serving.analytics.report.pictures import picture_files
from serving.analytics.report.tables import Table, brief_table, measure_table, segment_tables

HEADLINE = ("initial_denial_rate", "denied_dollars", "recovered_dollars", "open_denied_dollars", "rejection_rate")
_STYLE = """
body { margin: 0; background: #f6f7f9; color: #16202c; font: 15px/1.45 system-ui, sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0 0 .6rem; }
.soft { color: #5a6675; } .note { color: #5a6675; font-size: .82rem; margin: .4rem 0 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: .8rem; margin: 1rem 0; }
section, .figure { background: #fff; border: 1px solid #dfe4ea; border-radius: 10px; padding: 1rem; margin: 0 0 1rem; }
section { overflow-x: auto; }
.figure { margin: 0; } .figure b { font-size: 1.6rem; display: block; }
img { max-width: 100%; height: auto; display: block; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid #eef1f4; white-space: nowrap; }
th { color: #5a6675; font-weight: 600; } th:first-child, td:first-child { text-align: left; white-space: normal; }
@media print { body { background: #fff; } section { break-inside: avoid; } }
"""


def render_page(book: Book, available: Iterable[Measure], pictures: Mapping[str, bytes], briefs: Mapping[str, Brief]) -> str:
    """Write the page; `pictures` are PNGs by name."""
    known = {one.id: one for one in available}
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Denials, {book.facts.as_of}</title><style>{_STYLE}</style></head><body><main>",
        f'<h1>Denials</h1><p class="soft">{book.facts.as_of:%A, %Y-%m-%d}; {book.facts.rows:,} submissions. '
        "Rates count known outcomes only.</p>",
        f'<div class="figures">{"".join(_headline(book, known[name]) for name in HEADLINE)}</div>',
        *(_picture(name, content) for name, content in pictures.items()),
        *(
            _section(table)
            for table in (brief_table(briefs.values()), *segment_tables(book), measure_table(book, known.values()))
        ),
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _headline(book: Book, measure: Measure) -> str:
    figure = book.ask(Question(measure=measure.id)).overall
    return (
        f'<div class="figure"><span class="soft">{escape(measure.title)}</span><b>{value_words(figure.value, measure.unit)}</b>'
        f'<span class="note">{figure.n:,} claims</span></div>'
    )


def _picture(name: str, content: bytes) -> str:
    image = b64encode(content).decode()
    title = escape(picture_files()[name][0])
    return f'<section><img alt="{title}; the tables below hold its figures" src="data:image/png;base64,{image}"></section>'


def _section(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    rows = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<section><h2>{escape(table.title)}</h2>{rows}{note}</section>"
