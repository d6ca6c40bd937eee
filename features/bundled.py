"""Owns the columns that books give as they stand: taken and aggregated many at once, with the bits of one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.book import Book
from features.evaluation import OUTCOMES, Evaluation, is_of_lines
from features.events import Ints
from features.registry import FEATURES, Aggregate, Asked
from features.tables import EVER

Books = dict[tuple[str, bool], Book]
_REDUCERS: dict[Aggregate, np.ufunc] = {"highest": np.fmax, "lowest": np.fmin}


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Columns of one book with one aggregate. `first` are the columns taken, of `rates` or counts; `less` those taken away."""

    on_lines: bool
    over_lines: Aggregate | None
    is_rate: bool
    target: Ints
    first: Ints
    less: Ints | None


@dataclass(frozen=True, kw_only=True)
class Bundles:
    """What of some columns can be bundled, and the places of the others."""

    bundles: tuple[Bundle, ...]
    others: tuple[int, ...]

    @classmethod
    def of(cls, names: Sequence[str], books: Books) -> "Bundles":
        """Sort columns into bundles."""
        grouped: dict[tuple[bool, Aggregate | None, str], list[tuple[int, Asked]]] = {}
        others = []
        for at, name in enumerate(names):
            feature = FEATURES[name]
            if feature.asked is None or feature.over_lines not in (None, *_REDUCERS) or not _is_usual(feature.asked, books):
                others.append(at)
                continue
            group = (is_of_lines(feature.asked.table), feature.over_lines, feature.asked.kind)
            grouped.setdefault(group, []).append((at, feature.asked))
        bundles = tuple(_bundle(books, *group, members) for group, members in grouped.items())
        return cls(bundles=bundles, others=tuple(others))

    def fill(self, values: NDArray[np.float64], at: Evaluation, *, on_lines: bool) -> None:
        """Write the bundled columns of `values`: rows are claims, or lines."""
        for one in self.bundles:
            book = at.history.books[OUTCOMES, one.on_lines]
            page = at.usual_page(OUTCOMES, book, on_lines=one.on_lines)
            source = page.rates if one.is_rate else page.counts
            block = source[one.first]
            if one.less is not None:
                block -= source[one.less]
            if one.over_lines is not None:
                block = at.reduce_lines(_REDUCERS[one.over_lines], block)
            if on_lines and not one.on_lines:
                block = block[:, at.batch.line_owner]
            values[:, one.target] = block.T


def _is_usual(asked: Asked, books: Books) -> bool:
    usual = books[OUTCOMES, is_of_lines(asked.table)].usual.place
    return (asked.table, asked.span) in usual and (asked.table, EVER) in usual


def _bundle(
    books: Books, on_lines: bool, over_lines: Aggregate | None, kind: str, members: Sequence[tuple[int, Asked]]
) -> Bundle:
    book = books[OUTCOMES, on_lines]

    def columns(span: str | None) -> Ints:
        jobs = [((one.table, span or one.span), one.measure) for _, one in members]
        found = [book.usual_column(job, measure) for job, measure in jobs]
        return np.array(found, dtype=np.int64)

    return Bundle(
        on_lines=on_lines,
        over_lines=over_lines,
        is_rate=kind != "count",
        target=np.array([at for at, _ in members], dtype=np.int64),
        first=columns(None),
        less=columns(EVER) if kind == "change" else None,
    )
