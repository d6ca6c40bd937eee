from datetime import date, timedelta
from pathlib import Path

import pytest

from claims.history.store import HistoryStore
from serving.analytics.book import Book
from serving.analytics.facts import KEPT_FILES, facts_for
from serving.analytics.figures import Question
from serving.errors import RefusedInput, UnknownDimension, UnknownMeasure
from tests import factories as make
from tests.serving.analytics.conftest import World


def history(folder: Path) -> HistoryStore:
    return make.fill_store(HistoryStore(str(folder / "history")), make.claim_transaction())


def test_same_history_and_day_are_built_once(tmp_path: Path, folder: Path) -> None:
    store = history(tmp_path)
    first = facts_for(store, folder, as_of=date(2026, 4, 1))
    stamp = first.path.stat().st_mtime_ns
    assert facts_for(store, folder, as_of=date(2026, 4, 1)) == first
    assert first.path.stat().st_mtime_ns == stamp


def test_newer_history_gets_a_file_of_its_own(tmp_path: Path, folder: Path) -> None:
    store = history(tmp_path)
    first = facts_for(store, folder, as_of=date(2026, 4, 1))
    make.fill_store(store, make.remittance_transaction(make.denied()))
    second = facts_for(store, folder, as_of=date(2026, 4, 1))
    assert second.path != first.path
    assert (first.rows, second.rows) == (1, 1)
    assert [Book(one).ask(Question(measure="initial_denial_rate")).overall.n for one in (first, second)] == [0, 1]


def test_files_are_readable_by_their_owner_only_and_old_ones_go(tmp_path: Path, folder: Path) -> None:
    store = history(tmp_path)
    for number in range(KEPT_FILES + 3):
        facts = facts_for(store, folder, as_of=date(2026, 4, 1) + timedelta(days=number))
        assert facts.path.stat().st_mode & 0o077 == 0
    assert len(list(folder.glob("*.parquet"))) == KEPT_FILES
    assert len(list(folder.iterdir())) == 2 * KEPT_FILES
    assert facts.path.exists()


def test_nothing_known_after_the_day_counts(tmp_path: Path, folder: Path) -> None:
    store = make.fill_store(history(tmp_path), make.remittance_transaction(make.denied(), on=date(2026, 4, 2)))
    for as_of, n in ((date(2026, 4, 1), 0), (date(2026, 4, 2), 1)):
        assert Book(facts_for(store, folder, as_of=as_of)).ask(Question(measure="denial_rate")).overall.n == n


def test_young_month_says_so(world: World) -> None:
    segments = world.book.ask(Question(measure="initial_denial_rate", by=("month",))).segments
    marks = [one.is_immature for one in segments]
    assert marks[-1]
    assert not any(marks[:5])


def test_few_claims_say_so(world: World) -> None:
    for one in world.book.ask(Question(measure="initial_denial_rate", by=("provider", "payer"))).segments:
        assert one.is_small == (one.n < 30)


def test_unknown_names_come_with_the_nearest() -> None:
    with pytest.raises(UnknownMeasure, match="initial_denial_rate"):
        Question(measure="inital_denial_rat")
    with pytest.raises(UnknownDimension, match="procedure"):
        Question(measure="denial_rate", by=("procedur",))


@pytest.mark.parametrize("by", [("payer", "month", "reason"), ("payer", "payer")])
def test_more_than_two_different_dimensions_are_refused(by: tuple[str, ...]) -> None:
    with pytest.raises(RefusedInput):
        Question(measure="denial_rate", by=by)


def test_values_of_a_filter_never_become_sql(world: World) -> None:
    hostile = ["x') OR true --", "'; DROP VIEW facts; --"]
    assert world.book.ask(Question(measure="denial_rate", filters={"payer": hostile})).overall.n == 0
    assert world.book.ask(Question(measure="denial_rate")).overall.n > 0
