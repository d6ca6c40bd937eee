from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from claims.root_cause import root_causes
from serving.analytics.book import Book
from serving.analytics.facts import build_facts
from serving.analytics.prevented import PREVENTED
from serving.work_queue.worked import WORKED
from simulator import simulate
from tests.oracles.measures import Sent, sent_claims

AS_OF = date(2024, 9, 15)  # before the simulated end, so that claims wait for answers and appeals for decisions


@dataclass
class World:
    """A simulated practice twice: as the book of measures, and as plain records."""

    book: Book
    sent: list[Sent]
    store: HistoryStore


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("analytics")
    simulate(root / "files", claims=1200, months=10, seed=23, start=date(2024, 1, 1))
    home = Home(root / "home")
    ingest_paths([root / "files"], home=home, now=datetime(2024, 11, 1, tzinfo=UTC))
    store = HistoryStore(home.history_uri).pinned()
    facts = build_facts(store, root / "facts.parquet", as_of=AS_OF)
    work = some_work(sent_claims(store, as_of=AS_OF))
    prevented = some_prevented(sent_claims(store, as_of=AS_OF))
    table = pa.Table.from_pylist(prevented, schema=PREVENTED)
    book = Book(facts, work=pa.Table.from_pylist(work, schema=WORKED), prevented=lambda: table)
    yield World(book, sent_claims(store, as_of=AS_OF, work=work, prevented=prevented), store)
    book.close()


def some_work(sent: list[Sent]) -> list[dict[str, Any]]:
    """Touch every third denied claim, and close some of them in one way or another."""
    rows = []
    for at, one in enumerate([one for one in sent if one.denials][::3]):
        touched = one.denials[0]["denied_on"] + timedelta(days=5 + at % 40)
        outcome = ("", "written_off", "upheld", "overturned")[at % 4]
        rows.append(
            {
                "claim_id": one.claim["patient_control_number"],
                "payer": one.claim["payer_id"],
                "touch_count": 1 + at % 3,
                "last_touched_on": touched,
                "closed_on": touched if outcome else None,
                "work_outcome": outcome,
                "underpaid_amount": 12.5 if at % 5 == 0 else 0.0,
                "work_avoidable": None if at % 8 < 4 else at % 8 == 5,
            }
        )
    return rows


def some_prevented(sent: list[Sent]) -> list[dict[str, Any]]:
    """Let advice be followed for every seventh claim; of some nothing says what their risk was then."""
    causes = list(root_causes().values())
    rows = []
    for at, one in enumerate(sent[::7]):
        cause = causes[at % 5]
        rows.append(
            {
                "submission_id": one.claim["submission_id"],
                "probability_before": 0.2 + 0.1 * (at % 6),
                "probability_after": None if at % 4 == 0 else 0.05 * (at % 9),
                "amount_if_denied": float(one.claim["charge_amount"]) / 2,
                "expected_reason": cause.id,
                "expected_tier": cause.tier.value,
                "expected_owner": cause.owner,
            }
        )
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "analytics"
