from datetime import date

import pyarrow.parquet as pq
import pytest

from serving.analytics.fix_effects import BEFORE_DAYS
from serving.analytics.fixes import PreventionAction, prove, read_actions
from tests import factories as make
from tests.serving.analytics.conftest import AS_OF, World

STARTED = date(2024, 5, 1)


def action(payer: str = "", cause: str = "eligibility") -> PreventionAction:
    return PreventionAction(cause=cause, payer=payer, started_on=STARTED, owner="registration", description="Check coverage")


@pytest.mark.parametrize("of_payer", [True, False])
def test_weeks_count_what_plain_counting_counts(world: World, of_payer: bool) -> None:
    payer = max({one.claim["payer_id"] for one in world.sent}) if of_payer else ""
    rows = world.book.weeks(cause="eligibility", payer=payer, started_on=STARTED, first_on=date(2023, 11, 1))
    kept = pq.read_table(world.book.facts.path, columns=["submission_id", "answer_due_on"]).to_pylist()
    due = {row["submission_id"]: row["answer_due_on"] for row in kept}
    ripe = [
        one
        for one in world.sent
        if one.answered and one.claim["frequency_code"] != "7" and due[one.claim["submission_id"]] <= AS_OF
    ]
    counted: dict[tuple[int, bool], list[int]] = {}
    for one in ripe:
        week = (one.claim["submitted_on"] - STARTED).days // 7
        is_hit = one.outcome["category"] == "eligibility"
        sides = [(one.claim["payer_id"] == payer, is_hit)] if of_payer else [
            (True, is_hit), (False, bool(one.outcome["denied"]) and not is_hit),
        ]  # fmt: skip
        for treated, hit in sides:
            cell = counted.setdefault((week, treated), [0, 0])
            cell[0] += hit
            cell[1] += 1
    assert {(week, treated): [denied, answered] for week, treated, denied, answered in rows} == counted


def test_repeats_are_the_cause_s_denials_on_claims_sent_since(world: World) -> None:
    proven = prove(world.book, action())
    expected = [
        one for one in world.sent
        if one.outcome["denied"] and one.reason == "eligibility" and one.claim["submitted_on"] >= STARTED
    ]  # fmt: skip
    assert proven.repeat_count == len(expected)
    assert {one.submission_id for one in proven.repeats} <= {one.claim["submission_id"] for one in expected}
    assert proven.effect.weeks_after > BEFORE_DAYS // 14


def test_actions_are_read_once_each_and_only_when_started() -> None:
    row = {
        "cause": "coding", "payer_id": None, "started_on": date(2026, 3, 1), "owner": "coding", "description": "Train",
        "known_on": date(2026, 3, 1),
    }  # fmt: skip
    later = {**row, "started_on": date(2026, 5, 1), "known_on": date(2026, 5, 1)}
    store = make.fill_store(make.MemoryHistory(), csv_rows={"fixes": [row, row, later]})
    (found,) = read_actions(store, as_of=date(2026, 4, 1))  # type: ignore[arg-type]
    assert (found.cause, found.payer, found.started_on) == ("coding", "", date(2026, 3, 1))
