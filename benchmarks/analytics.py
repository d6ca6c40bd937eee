"""Measure how fast figures come: every measure cut every way on a fact table of millions of claims, and the real pipeline.

Run: python -m benchmarks.analytics [--claims N] [--home HOME]. The large fact table is made up column by column (sizes, dates and
shares like those of a practice group; no pipeline ran): it measures the asking. The real pipeline (history to fact table to
figure) is measured on HOME, or on a simulated practice of 20,000 claims. Figures are kept in benchmarks/results/analytics.json.
"""

import argparse
import json
import os
import resource
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import combinations, cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from serving.analytics.book import Book
from serving.analytics.definitions import dimensions, measures
from serving.analytics.facts import Facts, build_facts
from serving.analytics.figures import Question
from serving.work_queue.worked import WORKED
from simulator import simulate

RESULTS = Path(__file__).parent / "results" / "analytics.json"
PIPELINE_CLAIMS, MONTHS, SEED = 20_000, 18, 7
AS_OF = date(2026, 7, 1)
RATE = "initial_denial_rate"
PAIRS = (
    ("payer", "month"), ("payer", "reason"), ("provider", "payer"), ("location", "month"), ("procedure", "payer"),
    ("reason", "month"), ("carc", "rarc"), ("procedure", "provider"), ("tier", "month"), ("specialty", "procedure_family"),
)  # fmt: skip
# 40 payers, 60 locations, 1,500 providers, 900 procedures, two years, a twentieth still unanswered, an eighth denied.
_MADE_UP = """
COPY (
    WITH drawn AS (
        SELECT i, hash(i, 1) % 40 AS p, hash(i, 2) % 1500 AS d, hash(i, 3) % 900 AS c, CAST(hash(i, 4) % 700 AS INTEGER) AS day,
               (hash(i, 5) % 10000) / 10000.0 AS u, (hash(i, 6) % 10000) / 10000.0 AS v, (hash(i, 7) % 10000) / 10000.0 AS w,
               CAST(hash(i, 8) % 200000 AS DECIMAL(14, 2)) / 100 + 40 AS charge, CAST(hash(i, 9) % 55 + 5 AS INTEGER) AS lag
        FROM range({claims}) t(i)
    ),
    dated AS (SELECT *, DATE '2024-07-01' + day AS sent, u < 0.12 AS hit, v > 0.05 AS answered FROM drawn)
    SELECT
        'S' || i AS submission_id, 'C' || i AS claim_id, 'PAYER' || p AS payer, 'SITE' || (d % 60) AS location,
        'NPI' || d AS provider,
        'T' || (d % 30) AS specialty, CAST(10000 + c * 97 AS VARCHAR) AS procedure, left(CAST(10000 + c * 97 AS VARCHAR), 3) AS
        procedure_family, CASE WHEN d % 5 = 0 THEN '837I' ELSE '837P' END AS claim_type, 'K' || (p % 6) AS plan_kind,
        '1' AS frequency_code, sent AS submitted_on, sent - 5 AS service_from_on, CAST(charge AS DECIMAL(14, 2)) AS charge_amount,
        true AS is_first, true AS is_initial, CASE WHEN hit AND w < 0.3 THEN sent + lag + 10 END AS sent_again_on,
        CASE WHEN v > 0.98 THEN sent + 2 END AS rejected_on, CASE WHEN answered THEN sent + lag END AS answered_on,
        CASE WHEN answered THEN hit END AS is_denied,
        CASE WHEN answered THEN CAST(CASE WHEN hit THEN charge ELSE 0 END AS DECIMAL(14, 2)) END AS denied_amount,
        CASE WHEN answered THEN CAST(charge * 0.6 AS DECIMAL(14, 2)) END AS paid_amount,
        CASE WHEN answered AND hit THEN 'reason' || (c % 17) ELSE '' END AS reason,
        CASE WHEN answered AND hit THEN 'tier' || (c % 4) ELSE '' END AS tier,
        CASE WHEN answered AND hit THEN 'owner' || (c % 7) ELSE '' END AS owner,
        CASE WHEN answered AND hit THEN CAST(c % 60 AS VARCHAR) ELSE '' END AS carc,
        CASE WHEN answered AND hit THEN 'N' || (c % 90) ELSE '' END AS rarc,
        answered AND hit AS is_case, CASE WHEN answered AND hit THEN sent + lag END AS case_denied_on,
        CASE WHEN answered AND hit THEN CAST(charge AS DECIMAL(14, 2)) END AS case_denied_amount,
        CASE WHEN answered AND hit THEN 1 END AS denial_count,
        CASE WHEN answered AND hit THEN CAST(CASE WHEN w < 0.5 THEN charge ELSE 0 END AS DECIMAL(14, 2)) END
        AS open_denied_amount,
        CASE WHEN answered AND hit AND w >= 0.5 THEN sent + lag + 40 END AS resolved_on,
        CASE WHEN answered AND hit THEN CAST(CASE WHEN w >= 0.5 THEN charge / 2 ELSE 0 END AS DECIMAL(14, 2)) END
        AS recovered_amount,
        CASE WHEN answered AND hit AND w > 0.8 THEN sent + lag + 15 END AS appealed_on,
        CASE WHEN answered AND hit AND w > 0.85 THEN sent + lag + 60 END AS appeal_decided_on,
        CASE WHEN answered AND hit AND w > 0.8
             THEN CASE WHEN w > 0.9 THEN 'overturned' WHEN w > 0.85 THEN 'upheld' ELSE 'pending' END END AS appeal_outcome,
        sent + 55 AS answer_due_on, sent + lag + 90 AS appeal_due_on, sent + lag + 110 AS decision_due_on,
        sent + lag + 120 AS resolution_due_on
    FROM dated ORDER BY sent, i
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


def made_up_facts(folder: Path, *, claims: int) -> Facts:
    """Write a fact table of that many submissions in the columns of a real one."""
    path = folder / "facts.parquet"
    with duckdb.connect(config={"memory_limit": "3GB", "temp_directory": str(folder)}) as connection:
        connection.execute(_MADE_UP.format(claims=claims, path=path))
    return Facts(path=path, version="made-up", as_of=AS_OF, rows=claims, lag_days={})


def time_questions(book: Book) -> Iterator[tuple[str, float, float]]:
    """Ask one rate cut every way, every other measure whole and by two dimensions, and a page of claims behind each.

    Gives the question in words, seconds on the clock and seconds of processor time over all threads.
    """
    pairs = cycle(PAIRS)
    for name in measures():
        cuts: list[tuple[str, ...]] = [(), next(pairs)]
        if name == RATE:
            cuts += [*((one,) for one in dimensions()), *PAIRS]
        for by in cuts:
            began, worked = time.perf_counter(), time.process_time()
            book.ask(Question(measure=name, by=by))
            yield f"{name} by {' and '.join(by) or 'nothing'}", time.perf_counter() - began, time.process_time() - worked
        began, worked = time.perf_counter(), time.process_time()
        question = Question(measure=name, filters={"payer": ["PAYER3"]})
        book.claims(question)
        book.claim_count(question)
        yield f"{name}, claims behind", time.perf_counter() - began, time.process_time() - worked


def measure_asking(folder: Path, *, claims: int) -> dict[str, object]:
    """Time all questions on the made-up table."""
    began = time.perf_counter()
    facts = made_up_facts(folder, claims=claims)
    made = time.perf_counter() - began
    book = Book(facts, work=WORKED.empty_table())
    asked = sorted(time_questions(book), key=lambda one: -one[1])
    seconds = [took for _, took, _ in asked]
    work = sorted((used for *_, used in asked), reverse=True)
    return {
        "claims": claims,
        "questions": len(asked),
        "median_seconds": round(statistics.median(seconds), 3),
        "p95_seconds": round(seconds[int(0.05 * len(seconds))], 3),
        "worst_seconds": round(seconds[0], 3),
        "over_one_second": sum(took > 1 for took in seconds),
        "median_processor_seconds": round(statistics.median(work), 3),
        "worst_processor_seconds": round(work[0], 3),
        "slowest": {name: round(took, 3) for name, took, _ in asked[:8]},
        "file_mb": round(facts.path.stat().st_size / 1e6),
        "making_seconds": round(made, 1),
    }


def measure_pipeline(home: Home, *, folder: Path, as_of: date) -> dict[str, object]:
    """Time history -> fact table -> figures."""
    store = HistoryStore(home.history_uri).pinned()
    began = time.perf_counter()
    facts = build_facts(store, folder / "real.parquet", as_of=as_of)
    built = time.perf_counter() - began
    book = Book(facts, work=WORKED.empty_table())
    seconds = []
    for name, (first, second) in zip(measures(), combinations(dimensions(), 2), strict=False):
        began = time.perf_counter()
        book.ask(Question(measure=name, by=(first, second)))
        seconds.append(time.perf_counter() - began)
    return {"submissions": facts.rows, "build_seconds": round(built, 2), "worst_figure_seconds": round(max(seconds), 3)}


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=5_000_000)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        home = Home(given.home) if given.home else _simulated_home(folder)
        found = {
            "cores": os.cpu_count(),
            "load_before": round(os.getloadavg()[0], 1),
            "asking": measure_asking(folder, claims=given.claims),
            "pipeline": measure_pipeline(home, folder=folder, as_of=date(2025, 7, 1)),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
    text = json.dumps(found, indent=1)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


def _simulated_home(folder: Path) -> Home:
    simulate(folder / "world", claims=PIPELINE_CLAIMS, months=MONTHS, seed=SEED, start=date(2024, 1, 1))
    home = Home(folder / "home")
    ingest_paths([folder / "world"], home=home, now=datetime.now(UTC))
    return home


if __name__ == "__main__":
    main()
