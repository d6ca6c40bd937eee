"""`denials report` by the real command, over a simulated practice."""

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from claims.history.ingest import ingest_paths
from claims.history.store import HistoryStore
from claims.home import Home
from cli.main import app
from serving.analytics.book import Book
from serving.analytics.definitions import measures
from serving.analytics.facts import build_facts
from serving.analytics.figures import Question
from simulator import simulate

AS_OF = date(2024, 9, 15)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("reported")
    simulate(root / "files", claims=400, months=10, seed=5, start=date(2024, 1, 1))
    ingest_paths([root / "files"], home=Home(root / "home"), now=datetime(2024, 11, 1, tzinfo=UTC))
    return root / "home"


def report(home: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["--home", str(home), "report", *words])
    return result.exit_code, result.stdout


def told(home: Path, *words: str) -> dict[str, object]:
    code, text = report(home, *words, "--json")
    assert code == 0, text
    found: dict[str, object] = json.loads(text)
    return found


def test_report_holds_the_figures_that_the_calls_answer(home: Path, tmp_path: Path) -> None:
    facts = told(home, "--out", str(tmp_path / "out"), "--as-of", f"{AS_OF}")
    assert facts["files"] == sum(1 for file in (tmp_path / "out").rglob("*") if file.is_file())
    with (tmp_path / "out" / "csv" / "measures.csv").open(encoding="utf-8") as file:
        shown = {row["measure"]: row for row in csv.DictReader(file)}
    assert list(shown) == list(measures())
    store = HistoryStore(Home(home).history_uri)
    book = Book(build_facts(store, tmp_path / "facts.parquet", as_of=AS_OF))
    for name in ("initial_denial_rate", "denied_dollars", "appeal_rate"):
        figure = book.ask(Question(measure=name)).overall
        assert (int(shown[name]["n"]), float(shown[name]["value"])) == (figure.n, pytest.approx(figure.value, abs=1e-4))
    book.close()


def test_briefs_alone_stand_in_a_folder_per_day_and_the_oldest_go(home: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    days = [f"2024-09-{number:02}" for number in (2, 9, 16)]
    for day in days:
        facts = told(home, "--out", str(tmp_path), "--briefs-only", "--keep", "2", "--as-of", day)
        assert facts["files"] == len(list((tmp_path / f"briefs-{day}").iterdir())) > 0
    assert sorted(one.name for one in tmp_path.iterdir()) == [*(f"briefs-{day}" for day in days[1:]), "letters"]


def test_briefs_of_a_day_written_again_replace_the_first(home: Path, tmp_path: Path) -> None:
    words = ("--out", str(tmp_path), "--briefs-only", "--as-of", "2024-09-16")
    told(home, *words)
    (stale := tmp_path / "briefs-2024-09-16" / "stale.html").touch()
    told(home, *words)
    assert not stale.exists()
    assert {file.suffix for file in stale.parent.iterdir()} == {".html", ".pdf", ".csv", ".json"}


def test_report_without_a_history_is_a_clear_failure(tmp_path: Path) -> None:
    assert report(tmp_path / "home", "--out", str(tmp_path / "out"))[0] == 2
