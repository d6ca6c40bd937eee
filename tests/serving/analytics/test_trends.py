"""Warnings on made-up series whose rates, bursts and changes are known."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from serving.analytics.trends.detector import DetectorRule, scan
from serving.analytics.trends.warnings import find_warnings
from serving.analytics.trends.watched import Watched

FIRST, DAYS = 20_000, 400
CHANGE = FIRST + 250
EPOCH = date(1970, 1, 1).toordinal()


def watched(*, seed: int = 1, per_day: int = 12, rate: float = 0.02, risen: float = 0.0, cause: str = "authorization") -> Watched:
    """Six payers and eight families; from CHANGE on, payer 0 denies family 0 at another rate."""
    random = np.random.default_rng(seed)
    count = per_day * DAYS
    day = np.sort(random.integers(FIRST, FIRST + DAYS, count))
    payer, family = random.integers(0, 6, count), random.integers(0, 8, count)
    chance = np.full(count, rate)
    chance[(payer == 0) & (family == 0) & (day >= CHANGE)] += risen
    is_denied = random.random(count) < chance
    number = np.array([f"S{at}" for at in range(count)], dtype=object)
    return Watched(
        submission_id=number,
        claim_id=number,
        day=day,
        payer=np.array([f"P{at}" for at in payer], dtype=object),
        location=np.array([f"L{at}" for at in random.integers(0, 3, count)], dtype=object),
        family=np.array([f"F{at}" for at in family], dtype=object),
        cause=np.where(is_denied, cause, "").astype(object),
        denied_amount=np.where(is_denied, 100.0, 0.0),
    )


def test_a_rule_that_starts_is_warned_of_once_with_its_claims() -> None:
    rows = watched(risen=0.7, rate=0.004)
    (warning,) = (one for one in find_warnings(rows) if one.payer == "P0")
    assert (warning.cause, warning.families, warning.location) == ("authorization", ("F0",), "")
    raised = warning.raised_on.toordinal() - EPOCH
    assert CHANGE <= raised <= CHANGE + 21
    mine = (rows.payer == "P0") & (rows.family == "F0") & (rows.cause != "") & (rows.day >= raised - 30)
    assert set(warning.submission_ids) == set(rows.submission_id[mine])
    assert warning.denied_amount == 100.0 * mine.sum()
    assert warning.count > 10 * warning.usual_rate * warning.answered


def test_false_alarms_stay_below_what_the_rule_promises() -> None:
    alarms = sum(len(find_warnings(watched(seed=seed))) for seed in range(20))
    months = 20 * (DAYS - DetectorRule().burn_in_days) / 30.4
    assert alarms / months < 0.5  # one was promised, for denials that clump; these do not


def test_nothing_known_later_moves_a_warning() -> None:
    rows = watched(risen=0.7)
    warning = find_warnings(rows)[0]
    raised = warning.raised_on.toordinal() - EPOCH
    early = find_warnings(rows.take(rows.day <= raised))
    assert [(one.id, one.count, one.answered, one.surprise) for one in early] == [
        (warning.id, warning.count, warning.answered, warning.surprise)
    ]


def test_count_answers_and_usual_rate_are_those_of_plain_counting() -> None:
    rows, rule = watched(risen=0.5), DetectorRule(false_alarms_per_month=1000.0)
    found = scan(rows, rule)
    assert len(found.row) > 20
    for row, level, count, answered in zip(found.row, found.level, found.count, found.answered, strict=True):
        own = {"payer": rows.payer, "location": rows.location, "family": rows.payer + rows.family}[level]
        mine = (own == own[row]) & (rows.day <= rows.day[row]) & (rows.day >= rows.day[row] - rule.window_days)
        assert answered == mine.sum()
        assert count == (mine & (rows.cause == rows.cause[row])).sum()


def test_causes_of_the_patient_are_watched_by_location_only() -> None:
    rows = watched(risen=0.7, cause="eligibility")
    assert all(one.location for one in find_warnings(rows))


@pytest.mark.parametrize("size", [0, 1])
def test_nothing_to_watch_warns_of_nothing(size: int) -> None:
    rows = watched()
    assert find_warnings(rows.take(np.arange(len(rows)) < size)) == []


def test_a_stricter_promise_warns_less() -> None:
    rows = watched(risen=0.3, rate=0.05)
    many = scan(rows, DetectorRule(false_alarms_per_month=100.0))
    few = scan(rows, replace(DetectorRule(), false_alarms_per_month=0.01))
    assert len(few.row) < len(many.row)
