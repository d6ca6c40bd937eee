"""Owns which tables a report shows, in words: page and PDF show the same ones."""

from collections.abc import Iterable
from dataclasses import dataclass

from claims.root_cause import root_causes
from serving.analytics.book import Book
from serving.analytics.definitions import Measure
from serving.analytics.figure_words import figure_marks, value_words
from serving.analytics.figures import Question
from serving.analytics.report.briefs import Brief

ROWS = 12


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of texts; every column but the first is set to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def measure_table(book: Book, available: Iterable[Measure]) -> Table:
    """Tell every measure of all claims, with n and interval."""
    rows = []
    for one in available:
        figure = book.ask(Question(measure=one.id)).overall
        interval = "" if figure.low is None else f"{value_words(figure.low, one.unit)} to {value_words(figure.high, one.unit)}"
        rows.append(
            (
                one.title,
                value_words(figure.value, one.unit),
                f"{figure.n:,}",
                f"{figure.awaiting:,}",
                interval,
                ", ".join(figure_marks(figure)),
            )
        )
    note = "n: claims with a known outcome behind the figure. Young: more than a tenth of its claims wait for an outcome."
    columns = ("Measure", "Figure", "n", "awaiting", "95 % interval", "")
    return Table(title="All measures", columns=columns, rows=tuple(rows), note=note)


def segment_tables(book: Book) -> list[Table]:
    """Tell what drives denials: by payer, location, provider, procedure family and reason."""
    found = []
    for dimension, title in (
        ("payer", "Payers"), ("location", "Locations"), ("provider", "Providers"), ("procedure_family", "Procedure families"),
    ):  # fmt: skip
        found.append(_driver_table(book, dimension, title))
    return [_reason_table(book), *found]


def brief_table(briefs: Iterable[Brief]) -> Table:
    """Tell each owner's largest cause of the last days."""
    ordered = sorted(briefs, key=lambda one: -one.dollars)
    rows = tuple((one.owner, f"{one.claims:,}", f"${one.dollars:,.0f}", one.causes[0].title) for one in ordered)
    first = min((one.since for one in ordered), default=None)
    return Table(
        title="Who can prevent it", columns=("Owner", "claims", "denied dollars", "largest cause"), rows=rows,
        note=f"Denials since {first:%Y-%m-%d}; one brief per owner stands in briefs/." if first else "",
    )  # fmt: skip


def _driver_table(book: Book, dimension: str, title: str) -> Table:
    rates = {one.keys[dimension]: one for one in book.ask(Question(measure="initial_denial_rate", by=(dimension,))).segments}
    back = {one.keys[dimension]: one for one in book.ask(Question(measure="recovered_dollars", by=(dimension,))).segments}
    rows = []
    for one in book.ask(Question(measure="denied_dollars", by=(dimension,)), limit=ROWS).segments:
        key = one.keys[dimension]
        rate, came = rates.get(key), back.get(key)
        rows.append(
            (
                one.labels.get(dimension, key) or "none given",
                value_words(rate.value if rate else None, "rate"),
                f"{rate.n if rate else 0:,}",
                value_words(one.value, "dollars"),
                value_words(came.value if came else 0.0, "dollars"),
                ", ".join(figure_marks(rate)) if rate else "",
            )
        )
    columns = (title, "initial denial rate", "n", "denied", "recovered", "")
    return Table(title=f"{title}, by denied dollars", columns=columns, rows=tuple(rows))


def _reason_table(book: Book) -> Table:
    causes = root_causes()
    answers = {
        measure: {one.keys["reason"]: one for one in book.ask(Question(measure=measure, by=("reason",))).segments}
        for measure in ("recovered_dollars", "open_denied_dollars", "overturn_rate", "appeal_rate")
    }
    rows = []
    for one in book.ask(Question(measure="denied_dollars", by=("reason",))).segments:
        key = one.keys["reason"]
        overturn, appeal = answers["overturn_rate"].get(key), answers["appeal_rate"].get(key)
        rows.append(
            (
                causes[key].title,
                causes[key].tier.value,
                f"{one.n:,}",
                value_words(one.value, "dollars"),
                *(
                    value_words(f.value if (f := answers[name].get(key)) else 0.0, "dollars")
                    for name in ("recovered_dollars", "open_denied_dollars")
                ),
                value_words(appeal.value if appeal else None, "rate"),
                f"{value_words(overturn.value, 'rate')} of {overturn.n}" if overturn else "-",
            )
        )
    columns = ("Reason", "tier", "claims", "denied", "recovered", "open", "appealed", "overturned")
    return Table(title="Reasons, by denied dollars", columns=columns, rows=tuple(rows))
