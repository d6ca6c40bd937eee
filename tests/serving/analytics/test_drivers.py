"""What drives the rate adds up to its change, and is what was planted."""

from datetime import date

import pytest

from serving.analytics.drivers import RATE, find_change
from serving.analytics.figures import Question
from tests.serving.analytics.conftest import World


def test_parts_of_every_dimension_add_up_to_the_change(world: World) -> None:
    change = find_change(world.book, {}, ("reason", "payer", "location", "provider", "procedure"))
    assert change is not None
    for name, drivers in change.drivers.items():
        assert sum(driver.added for driver in drivers) == pytest.approx(change.added, abs=1e-12), name


def test_quarters_are_six_mature_months_in_a_row(world: World) -> None:
    change = find_change(world.book, {}, ())
    assert change is not None
    assert change.earlier.since.day == change.later.since.day == 1
    assert (change.later.since - change.earlier.until).days == 1
    span = Question(measure=RATE, by=("submission_month",), since=change.earlier.since, until=change.later.until)
    months = world.book.ask(span).segments
    assert len(months) == 6
    assert not any(month.is_immature for month in months)
    after = [
        one for one in world.book.ask(Question(measure=RATE, by=("submission_month",))).segments if one.keys["submission_month"]
    ]
    later = [one for one in after if date.fromisoformat(f"{one.keys['submission_month']}-01") > change.later.until]
    assert all(month.is_immature for month in later)


def test_parts_count_the_denials_of_each_quarter(world: World) -> None:
    change = find_change(world.book, {}, ("payer",))
    assert change is not None
    for driver in change.drivers["payer"]:
        hits = [
            world.book.ask(
                Question(measure=RATE, filters={"payer": (driver.key,)}, since=span.since, until=span.until)
            ).overall.numerator
            for span in (change.earlier, change.later)
        ]
        assert driver.added == pytest.approx(hits[1] / change.after.n - hits[0] / change.before.n)


def test_a_filter_that_leaves_too_few_months_says_nothing(world: World) -> None:
    assert find_change(world.book, {"payer": ("NOBODY",)}, ("reason",)) is None
