from datetime import date

import pytest

from serving.settings import Settings
from serving.work_queue.actions import NOTHING_TO_DO, WRITE_OFF, Limit
from serving.work_queue.kind_actions import rejection_action, silence_action, underpayment_action
from serving.work_queue.limits import Limits, days_left, expected_recovery, urgency


@pytest.mark.parametrize(
    ("left", "warning"),
    [(None, "none"), (31, "none"), (30, "soon"), (8, "soon"), (7, "urgent"), (0, "urgent"), (-1, "overdue")],
)
def test_warning_by_days_left(left: int | None, warning: str) -> None:
    assert urgency(left, action="appeal") == warning
    assert urgency(left, action=WRITE_OFF) == "none"


def test_thresholds_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENIALS_WARNING_DAYS", "60, 14,3")
    days = Settings().warning_days
    assert days == (60, 14, 3)
    assert [urgency(left, action="appeal", warning_days=days) for left in (61, 60, 4, 3)] == ["none", "soon", "soon", "urgent"]


def test_limits_by_name() -> None:
    limits = Limits(appeal=date(2026, 1, 1), filing=date(2026, 2, 1))
    assert [limits.of(limit) for limit in Limit] == [date(2026, 1, 1), date(2026, 2, 1), None, None]
    assert days_left(limits.appeal, as_of=date(2026, 1, 2)) == -1


@pytest.mark.parametrize(
    ("action", "left", "expected"),
    [("appeal", 0, 31.0), ("appeal", None, 31.0), ("appeal", -1, 0.0), (WRITE_OFF, 5, 0.0), (NOTHING_TO_DO, None, 0.0)],
)
def test_expected_recovery_is_chance_dollars_share_less_cost_until_the_limit(
    action: str, left: int | None, expected: float
) -> None:
    found = expected_recovery(action, chance=0.5, amount=100.0, share=0.8, minutes=15, left=left)
    assert found == pytest.approx(expected)


def test_work_that_costs_more_than_it_brings_is_worth_nothing() -> None:
    assert expected_recovery("appeal", chance=0.1, amount=20.0, share=0.8, minutes=45, left=9) == 0.0


@pytest.mark.parametrize(
    ("left", "action", "avoidable"),
    [(1, "fix_and_resubmit", None), (0, "fix_and_resubmit", None), (-1, "write_off", True), (None, "fix_and_resubmit", None)],
)
def test_rejection_is_never_appealed(left: int | None, action: str, avoidable: bool | None) -> None:
    found = rejection_action("coding", left)
    assert (found.name, found.avoidable) == (action, avoidable)


@pytest.mark.parametrize(("left", "limit"), [(1, Limit.FILING), (0, Limit.FILING), (-1, Limit.NONE), (None, Limit.FILING)])
def test_overdue_answer_is_asked_for(left: int | None, limit: Limit) -> None:
    found = silence_action(left)
    assert (found.name, found.limit) == ("follow_up", limit)


@pytest.mark.parametrize(
    ("left", "pending", "decide", "action"),
    [
        (1, False, None, "reconsideration"),
        (0, False, None, "reconsideration"),
        (-1, False, None, "write_off"),
        (None, False, None, "reconsideration"),
        (-1, True, 0, "nothing_to_do"),
        (-1, True, -1, "follow_up"),
        (9, True, None, "nothing_to_do"),
    ],
)
def test_underpayment_is_disputed_until_its_limit(left: int | None, pending: bool, decide: int | None, action: str) -> None:
    found = underpayment_action(is_contracted=False, days_left_to_appeal=left, is_pending=pending, days_left_to_decide=decide)
    assert found.name == action
