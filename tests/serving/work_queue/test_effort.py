"""Minutes of an action: assumed ones, and what the practice wrote down of its appeals."""

from models.appeal_tables import AppealMinutes, Recorded
from serving.work_queue.effort import effort


def test_without_a_record_the_assumed_minutes_hold() -> None:
    assert effort().minutes_of("appeal", "coding") == effort().minutes["appeal"]
    assert effort().minutes_of("appeal", "medical_necessity") == effort().minutes["clinical_appeal"]


def test_many_recorded_appeals_outweigh_the_assumed_minutes() -> None:
    recorded = AppealMinutes(by_level={"1": {"coding": Recorded(count=500, mean=20.0)}})
    assert effort().minutes_of("appeal", "coding", recorded=recorded) in (20, 21)


def test_two_recorded_appeals_hardly_move_the_assumed_minutes() -> None:
    recorded = AppealMinutes(by_level={"1": {"coding": Recorded(count=2, mean=20.0)}})
    assumed = effort().minutes["appeal"]
    assert 0.75 * assumed < effort().minutes_of("appeal", "coding", recorded=recorded) < assumed


def test_a_level_without_a_record_takes_the_minutes_of_the_nearest_below() -> None:
    two = {"1": {"coding": Recorded(count=500, mean=20.0)}, "2": {"coding": Recorded(count=500, mean=70.0)}}
    recorded = AppealMinutes(by_level=two)
    assert effort().minutes_of("appeal", "coding", level=3, recorded=recorded) in (69, 70)
    above = AppealMinutes(by_level={"2": two["2"]})
    assert effort().minutes_of("appeal", "coding", level=1, recorded=above) == effort().minutes["appeal"]


def test_appeals_say_nothing_of_other_work() -> None:
    recorded = AppealMinutes(by_level={"1": {"coding": Recorded(count=500, mean=200.0)}})
    assert effort().minutes_of("follow_up", "coding", recorded=recorded) == effort().minutes["follow_up"]
