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


def test_records_of_the_first_level_say_nothing_of_the_second() -> None:
    recorded = AppealMinutes(by_level={"1": {"coding": Recorded(count=500, mean=20.0)}})
    assert effort().minutes_of("appeal", "coding", level=2, recorded=recorded) == effort().minutes["appeal"]


def test_appeals_say_nothing_of_other_work() -> None:
    recorded = AppealMinutes(by_level={"1": {"coding": Recorded(count=500, mean=200.0)}})
    assert effort().minutes_of("follow_up", "coding", recorded=recorded) == effort().minutes["follow_up"]
