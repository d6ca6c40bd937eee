"""Owns tables of several measures cut by one dimension: each cell is a figure of the book and leads to its claims."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from serving.analytics.book import Book
from serving.analytics.definitions import Measure, dimensions, measure_named
from serving.analytics.figure_words import figure_marks, value_words
from serving.analytics.figures import Figure
from serving.dashboard.segment import PageQuery, claims_path, words_of

MOST_ROWS = 200


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One figure. `path` is "" where there is nothing to open."""

    text: str
    n: int
    marks: Sequence[str]
    path: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One segment; `path` opens it on a page, "" = nowhere."""

    key: str
    label: str
    note: str
    path: str
    cells: Sequence[Cell]


@dataclass(frozen=True, kw_only=True)
class CutTable:
    """The table: a dimension down, measures across; `count` segments there are in all."""

    title: str
    measures: Sequence[Measure]
    rows: Sequence[Row]
    count: int
    exports: Sequence[tuple[str, str]]  # title of a measure, and where its figures are to be taken away from, but for the format


def cut_table(
    book: Book,
    asked: PageQuery,
    dimension: str,
    names: Sequence[str],
    *,
    opens: Callable[[str], str] = lambda _: "",
    most: int = MOST_ROWS,
) -> CutTable:
    """Ask each measure that can be asked, cut by the dimension; rows stand in the order of the first one."""
    shown = [measure_named(name) for name in names]
    shown = [measure for measure in shown if book.is_available(measure)]
    answers = [book.ask(asked.about(measure.id, dimension), limit=MOST_ROWS) for measure in shown]
    found = [{one.keys[dimension]: one for one in answer.segments} for answer in answers]
    keys = [key for key in dict.fromkeys(key for segments in found for key in segments) if key]
    rows = []
    for key in keys[:most]:
        label, note = words_of(book, dimension, key)
        cells = [_cell(asked, measure, dimension, of.get(key)) for measure, of in zip(shown, found, strict=True)]
        rows.append(Row(key=key, label=label, note=note, path=opens(key), cells=cells))
    query = urlencode([("by", dimension), ("limit", MOST_ROWS), *asked.pairs()])
    exports = [(measure.title, f"/v1/analytics/{measure.id}?{query}") for measure in shown]
    return CutTable(title=dimensions()[dimension].title, measures=shown, rows=rows, count=len(keys), exports=exports)


def _cell(asked: PageQuery, measure: Measure, dimension: str, figure: Figure | None) -> Cell:
    if figure is None or figure.n == 0:
        return Cell(text="–", n=0, marks=(), path="")
    path = claims_path(asked.about(measure.id, dimension), figure, part="hits" if measure.figure == "share" else "known")
    marks = figure_marks(figure) if measure.unit == "rate" or measure.figure in ("mean", "median") else ()
    return Cell(text=value_words(figure.value, measure.unit), n=figure.n, marks=marks, path=path)
