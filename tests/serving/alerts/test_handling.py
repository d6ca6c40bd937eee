from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from serving.alerts.handling import UNTOUCHED, AlertChange, AlertStore
from serving.errors import VersionConflict

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ALERT = "5be1c0ffee000000"


def test_alert_that_nobody_touched_is_open_and_nobodys(engine: Engine) -> None:
    assert AlertStore(engine).read([ALERT]) == {}
    assert (UNTOUCHED.is_acknowledged, UNTOUCHED.assigned_to, UNTOUCHED.version) == (False, None, 0)


def test_what_is_left_out_stays_and_every_step_is_kept(engine: Engine) -> None:
    store = AlertStore(engine)
    store.change(ALERT, AlertChange(assigned_to="dana"), version=0, by="ann", now=NOW)
    store.change(ALERT, AlertChange(is_acknowledged=True, note="asked"), version=1, by="dana", now=NOW + timedelta(hours=1))
    handling = store.read([ALERT])[ALERT]
    assert (handling.is_acknowledged, handling.assigned_to, handling.version) == (True, "dana", 2)
    assert [(one.touched_by, one.touched_at, one.note) for one in handling.touches] == [
        ("ann", NOW, None),
        ("dana", NOW + timedelta(hours=1), "asked"),
    ]


def test_alert_can_be_opened_again_and_given_back(engine: Engine) -> None:
    store = AlertStore(engine)
    store.change(ALERT, AlertChange(is_acknowledged=True, assigned_to="dana"), version=0, by="ann", now=NOW)
    handling = store.change(ALERT, AlertChange(is_acknowledged=False, assigned_to=""), version=1, by="ann", now=NOW)
    assert (handling.is_acknowledged, handling.assigned_to) == (False, None)
    assert store.read([ALERT])[ALERT] == handling


def test_second_of_two_who_saw_the_same_version_is_told(engine: Engine) -> None:
    store = AlertStore(engine)
    store.change(ALERT, AlertChange(is_acknowledged=True), version=0, by="ann", now=NOW)
    with pytest.raises(VersionConflict) as refused:
        store.change(ALERT, AlertChange(assigned_to="dana"), version=0, by="dana", now=NOW)
    assert refused.value.expected == 1


def test_writer_that_read_before_another_wrote_is_told_by_the_database(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, quick = AlertStore(engine), AlertStore(engine)
    seen = slow.read([ALERT])
    quick.change(ALERT, AlertChange(is_acknowledged=True), version=0, by="ann", now=NOW)
    monkeypatch.setattr(slow, "read", lambda _: seen)
    with pytest.raises(VersionConflict):
        slow.change(ALERT, AlertChange(assigned_to="dana"), version=0, by="dana", now=NOW)
    assert quick.read([ALERT])[ALERT].version == 1
