"""Owns the asking: builds the query of a question from the definitions and reads its figures and claims from the fact table."""

import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from threading import Lock
from typing import Any

import duckdb
import pyarrow as pa

from claims.statements import read_statements
from serving.analytics.definitions import AGING_BUCKETS, Dimension, Measure, dimension_named
from serving.analytics.facts import Facts
from serving.analytics.figures import Answer, ClaimBehind, Figure, Part, Question
from serving.analytics.intervals import SMALL_COUNT, mean_interval, ratio_interval, total_interval, wilson
from serving.analytics.prevented import PREVENTED
from serving.errors import RefusedInput
from serving.work_queue.worked import WORKED

YOUNG_SHARE = 0.1
MEMORY_LIMIT = "1GB"
_SQUARES = (
    "coalesce(sum(CAST(amount AS DOUBLE) ** 2) FILTER (is_known), 0) AS amount_square, "
    "coalesce(sum(CAST(amount AS DOUBLE) * CAST(weight AS DOUBLE)) FILTER (is_known), 0) AS product, "
    "coalesce(sum(CAST(weight AS DOUBLE) ** 2) FILTER (is_known), 0) AS weight_square, "
    "{median} AS median_amount"
)
_SOURCES = {"work": "worked", "scores": "scored"}
_LOGS = {"work": "work log", "scores": "score log"}
_MEDIAN = "median(amount) FILTER (is_known)"
_PARTS: dict[Part, str] = {
    "known": "({known}) IS TRUE",
    "hits": "({known}) IS TRUE AND ({counts}) > 0",
    "awaiting": "({known}) IS NOT TRUE",
}


class Book:
    """One fact table, ready to be asked; safe to share between threads. Figures go with `facts.as_of`.

    `work` has the columns of `WORKED`, one row per claim and payer; `None` = there is no work queue to ask.
    `prevented` gives a table as `PREVENTED`, and is called once, by the first question that needs it; `None` = scores are not
    logged.
    """

    def __init__(self, facts: Facts, *, work: pa.Table | None = None, prevented: Callable[[], pa.Table] | None = None) -> None:
        self.facts = facts
        self._statements = read_statements("queries.sql", package="serving.analytics")
        self._connection = duckdb.connect(config={"temp_directory": tempfile.gettempdir(), "memory_limit": MEMORY_LIMIT})
        self._connection.read_parquet(str(facts.path)).create_view("facts")
        self._has_work = work is not None
        self._connection.register("given_work", WORKED.empty_table() if work is None else work)
        self._connection.execute("CREATE TABLE work AS SELECT * FROM given_work")
        self._prevented = prevented
        self._prevented_lock = Lock()
        self._has_prevented = False

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def is_available(self, measure: Measure) -> bool:
        """Tell whether what a measure needs is there."""
        return {"": True, "work": self._has_work, "scores": self._prevented is not None}[measure.needs]

    def ask(self, question: Question, *, limit: int = 1000) -> Answer:
        """Give the figure of all claims asked about, and of each segment.

        Months and ages stand in their order, other segments by size of the numerator; `limit` cuts their list.
        """
        if not self.is_available(question.definition):
            words = f"needs the {_LOGS[question.definition.needs]}, which is not there"
            nothing = Figure(
                keys={}, value=None, numerator=0, denominator=None, n=0, awaiting=0, low=None, high=None, is_small=True,
                is_immature=False,
            )  # fmt: skip
            return Answer(
                question=question, as_of=self.facts.as_of, overall=nothing, segments=(), segment_count=0, unavailable=words
            )
        overall, _ = self._figures(question, (), limit=1)
        segments, count = self._figures(question, question.cuts, limit=limit) if question.by else ([], 0)
        return Answer(
            question=question, as_of=self.facts.as_of, overall=overall[0], segments=tuple(segments), segment_count=count
        )

    def claims(self, question: Question, *, part: Part = "known", offset: int = 0, limit: int = 100) -> list[ClaimBehind]:
        """List the claims behind a figure, latest first: the known ones (as many as its n), the hits or the awaiting ones."""
        text, values = self._fill("claims", question, (), part)
        rows = self._run(text, {**values, "limit": limit, "offset": offset})
        return [ClaimBehind(**{**row, **_floats(row, "charge_amount", "denied_amount", "counts")}) for row in rows]

    def claim_count(self, question: Question, *, part: Part = "known") -> int:
        """Count what `claims` lists."""
        text, values = self._fill("claim_count", question, (), part)
        return int(next(iter(self._run(text, values)[0].values())))

    def weeks(self, *, cause: str, payer: str, started_on: date, first_on: date) -> list[tuple[int, bool, int, int]]:
        """Count weeks of submissions around a day, treated and controls: week, is_treated, denied, answered; see `fixes.sql`."""
        statements = read_statements("fixes.sql", package="serving.analytics")
        values = {"cause": cause, "started_on": started_on, "first_on": first_on, "as_of": self.facts.as_of}
        text = statements["weeks_of_payer"] if payer else statements["weeks_of_all"]
        rows = self._run(text, {**values, "payer": payer} if payer else values)
        return [(row["week"], row["is_treated"], row["denied"], row["answered"]) for row in rows]

    def _figures(self, question: Question, cuts: Sequence[Dimension], *, limit: int) -> tuple[list[Figure], int]:
        text, values = self._fill("figures", question, cuts, "known")
        rows = self._run(text, {**values, "limit": limit})
        return [self._figure(question.definition, cuts, row) for row in rows], rows[0]["segment_count"] if rows else 0

    def _figure(self, measure: Measure, cuts: Sequence[Dimension], row: dict[str, Any]) -> Figure:
        n, amount, weight = int(row["n"]), float(row["amount"]), float(row["weight"])
        numerator, denominator, value, interval = _summary(measure, row, n=n, amount=amount, weight=weight)
        keys = {cut.id: _shown(row[cut.id]) for cut in cuts}
        labels = {name: self.facts.labels[name][key] for name, key in keys.items() if key in self.facts.labels.get(name, {})}
        return Figure(
            keys=keys,
            labels=labels,
            value=value,
            numerator=numerator,
            denominator=denominator,
            n=n,
            awaiting=int(row["awaiting"]),
            low=None if interval is None else interval[0],
            high=None if interval is None else interval[1],
            is_small=n < SMALL_COUNT,
            is_immature=float(row["young_share"] or 0.0) > YOUNG_SHARE,
        )

    def _fill(self, statement: str, question: Question, cuts: Sequence[Dimension], part: Part) -> tuple[str, dict[str, object]]:
        measure = question.definition
        if measure.needs == "scores":
            self._read_prevented()
        values: dict[str, object] = {}
        filters = _filters(question, values)
        counts = {"share": f"CAST(({measure.hit}) IS TRUE AS INTEGER)", "count": "1"}.get(measure.figure, measure.amount)
        keys = "".join(f"{cut.sql(measure)} AS {cut.id}, " for cut in cuts)
        names = "".join(f"{cut.id}, " for cut in cuts)
        text = self._statements[statement].format(
            keys=keys,
            names=names,
            known=measure.known,
            hit=measure.hit,
            amount=measure.amount,
            weight=measure.weight,
            due=measure.due or "CAST(NULL AS DATE)",
            population=measure.population,
            filters=filters,
            source=self._statements[_SOURCES[measure.needs]] if measure.needs else "facts",
            squares=_SQUARES.format(median=_MEDIAN if measure.figure == "median" else "NULL"),
            grouped="GROUP BY ALL" if cuts else "",
            order=_order(measure, cuts),
            clock=measure.clock,
            counts=counts,
            part=_PARTS[part].format(known=measure.known, counts=counts),
        )
        if "$as_of" in text:
            values["as_of"] = self.facts.as_of
        return text, values

    def _read_prevented(self) -> None:
        with self._prevented_lock:
            if not self._has_prevented:
                found = PREVENTED.empty_table() if self._prevented is None else self._prevented()
                self._connection.register("given_prevented", found)
                self._connection.execute("CREATE TABLE prevented AS SELECT * FROM given_prevented")
                self._has_prevented = True

    def _run(self, text: str, values: dict[str, object]) -> list[dict[str, Any]]:
        with self._connection.cursor() as cursor:
            found = cursor.execute(text, values)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _summary(
    measure: Measure, row: dict[str, Any], *, n: int, amount: float, weight: float
) -> tuple[float, float | None, float | None, tuple[float, float] | None]:
    """Give numerator, denominator, value and interval."""
    if measure.figure == "share":
        hits = int(row["hits"])
        return hits, n, hits / n if n else None, wilson(hits, n)
    if measure.figure == "ratio":
        sums = {name: float(row[name]) for name in ("amount_square", "product", "weight_square")}
        return amount, weight, amount / weight if weight else None, ratio_interval(n=n, amount=amount, weight=weight, **sums)
    if measure.figure == "mean":
        interval = mean_interval(n=n, amount=amount, amount_square=float(row["amount_square"]))
        return amount, n, amount / n if n else None, interval
    if measure.figure == "median":
        middle = row["median_amount"]
        return amount, n, None if middle is None else float(middle), None
    if measure.figure == "estimate":
        return amount, None, amount, total_interval(n=n, amount=amount, amount_square=float(row["amount_square"]))
    return (amount, None, amount, None) if measure.figure == "total" else (n, None, float(n), None)


def _filters(question: Question, values: dict[str, object]) -> str:
    measure = question.definition
    parts = ["true"]
    for at, (name, wanted) in enumerate(question.filters.items()):
        dimension = dimension_named(name)
        values[f"filter_{at}"] = [_stored(dimension, value) for value in wanted]
        shown = f"coalesce({dimension.sql(measure)}, DATE '0001-01-01')" if dimension.kind == "month" else dimension.sql(measure)
        parts.append(f"list_contains($filter_{at}, {shown})")
    for name, sign, day in (("since", ">=", question.since), ("until", "<=", question.until)):
        if day is not None:
            values[name] = day
            parts.append(f"{measure.clock} {sign} ${name}")
    return " AND ".join(parts)


def _stored(dimension: Dimension, value: str) -> object:
    if dimension.kind != "month":
        return value
    if not value:
        return date.min
    try:
        return date.fromisoformat(f"{value}-01")
    except ValueError:
        raise RefusedInput(f"filter {dimension.id}: expected a month like 2026-01, got {len(value)} characters") from None


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:%Y-%m}" if isinstance(value, date) else str(value)


def _order(measure: Measure, cuts: Sequence[Dimension]) -> str:
    months = [f"{cut.id} NULLS FIRST" for cut in cuts if cut.kind == "month"]
    ages = [f"list_position({list(AGING_BUCKETS)}, {cut.id})" for cut in cuts if cut.kind == "aging"]
    size = {"share": "hits", "count": "n"}.get(measure.figure, "amount")
    return ", ".join([*months, *ages, f"{size} DESC", "n DESC", *(f"{cut.id} NULLS FIRST" for cut in cuts)])


def _floats(row: dict[str, Any], *names: str) -> dict[str, float | None]:
    return {name: None if row[name] is None else float(row[name]) for name in names}
