from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from claims.claim import Claim
from simulator import simulate
from simulator.review import FIX, INVISIBLE, LOOK, VISIBLE, WITHHELD, Advice, Advised, StaffAct, StaffHabits, WriteFiles

CLAIMS, MONTHS, SEED, START = 400, 4, 5, date(2024, 1, 1)
HABITS = StaffHabits(found_without_fix=1.0, followed=1.0, withheld=1.0)


class Adviser:
    """Says the same of every claim, and keeps what it saw and heard."""

    def __init__(self, advice: Advice) -> None:
        self.advice = advice
        self.asked: list[tuple[int, Claim]] = []
        self.acts: list[StaffAct] = []
        self.newest: list[tuple[int, str]] = []

    def review(self, day: int, claims: Sequence[Claim], write_files: WriteFiles) -> Sequence[Advice]:
        self.asked += [(day, claim) for claim in claims]
        if day % 7 == 0:
            folder = write_files(day)
            self.newest.append((day, max(path.stem.split("_")[-1] for path in (folder / "837").iterdir())))
        return [self.advice] * len(claims)

    def told(self, act: StaffAct) -> None:
        self.acts.append(act)


def _play(out: Path, adviser: Adviser | None) -> list[dict[str, object]]:
    advised = None
    if adviser is not None:
        advised = Advised(reviewer=adviser, from_day=_day(2024, 2), to_day=_day(2024, 4), habits=HABITS)
    simulate(out, claims=CLAIMS, months=MONTHS, seed=SEED, start=START, advised=advised)
    return pq.read_table(out / "truth" / "claims.parquet").to_pylist()


def _day(year: int, month: int) -> int:
    return date(year, month, 1).toordinal()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    return _play(tmp_path_factory.mktemp("alone") / "world", None)


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> tuple[Adviser, list[dict[str, object]]]:
    adviser = Adviser(Advice(action=LOOK))
    return adviser, _play(tmp_path_factory.mktemp("looked-at") / "world", adviser)


def test_adviser_is_asked_on_its_days_alone_about_the_claims_of_the_day(looked_at: tuple[Adviser, object]) -> None:
    days = {day for day, _ in looked_at[0].asked}
    assert _day(2024, 2) <= min(days) < max(days) <= _day(2024, 4)
    assert all(claim.submitted_on.toordinal() == day for day, claim in looked_at[0].asked)


def test_files_show_what_was_known_by_the_evening_before(looked_at: tuple[Adviser, object]) -> None:
    assert looked_at[0].newest
    assert all(newest <= date.fromordinal(day - 1).strftime("%Y%m%d") for day, newest in looked_at[0].newest)


def test_looking_lowers_the_chance_of_denial(
    alone: list[dict[str, object]], looked_at: tuple[Adviser, list[dict[str, object]]]
) -> None:
    def risk(rows: list[dict[str, object]]) -> float:
        chances = [
            float(str(row["denial_probability"]))
            for row in rows
            if date(2024, 2, 5) <= row["submitted_on"] < date(2024, 4, 1)  # type: ignore[operator]
        ]
        return sum(chances) / len(chances)

    assert risk(looked_at[1]) < 0.8 * risk(alone)


def test_withheld_claims_are_never_sent_and_mended_ones_go_out_on_a_later_day(
    looked_at: tuple[Adviser, list[dict[str, object]]],
) -> None:
    adviser, rows = looked_at
    kinds = {act.kind for act in adviser.acts}
    assert {VISIBLE, INVISIBLE, WITHHELD} <= kinds
    sent = {(row["claim_id"], row["submitted_on"]) for row in rows}
    for act in adviser.acts:
        if act.kind in {VISIBLE, INVISIBLE, WITHHELD}:
            assert (act.number, date.fromordinal(act.day)) not in sent


def test_a_proposal_is_followed_only_where_its_fault_is_real(tmp_path: Path) -> None:
    adviser = Adviser(Advice(action=FIX, causes=("documentation",)))
    _play(tmp_path / "world", adviser)
    assert {act.edit for act in adviser.acts if act.edit} == {"records"}
