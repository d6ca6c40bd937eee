import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.events import EventIndex

KEYS = ("a", "b", "c")
events = st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, 40), st.booleans(), st.integers(0, 9)), max_size=40)
questions = st.tuples(st.sampled_from((*KEYS, "unseen")), st.integers(0, 45))


def _index(rows: list[tuple[str, int, bool, int]]) -> EventIndex:
    return EventIndex.build(
        np.array([row[0] for row in rows], dtype=object),
        np.array([row[1] for row in rows], dtype=np.int64),
        {"hit": np.array([row[2] for row in rows], dtype=np.bool_)},
        {"value": np.array([row[3] for row in rows], dtype=np.float64)},
    )


@given(events, questions, st.one_of(st.none(), st.integers(1, 30)), st.one_of(st.none(), st.integers(1, 5)))
def test_span_holds_what_a_loop_finds(
    rows: list[tuple[str, int, bool, int]], question: tuple[str, int], days: int | None, last: int | None
) -> None:
    key, day = question
    seen = [row for row in sorted(rows, key=lambda row: row[1]) if row[0] == key and row[1] < day]
    if days is not None:
        seen = [row for row in seen if row[1] >= day - days]
    if last is not None:
        seen = seen[-last:]
    index = _index(rows)
    span = index.before(index.encode(np.array([key], dtype=object)), np.array([day]), days=days, last=last)
    assert index.count("hit", span)[0] == sum(row[2] for row in seen)
    assert np.array_equal(index.last_day(span), [seen[-1][1] if seen else np.nan], equal_nan=True)
    assert np.array_equal(index.first_day(span), [seen[0][1] if seen else np.nan], equal_nan=True)
    row = int(index.last_row(span)[0])
    assert (rows[row][:2] if row >= 0 else None) == ((key, seen[-1][1]) if seen else None)


@given(events, questions)
def test_peak_is_the_highest_value_so_far(rows: list[tuple[str, int, bool, int]], question: tuple[str, int]) -> None:
    key, day = question
    values = [row[3] for row in rows if row[0] == key and row[1] < day]
    index = _index(rows)
    encoded = index.encode(np.array([key], dtype=object))
    peak = index.peak("value", encoded, index.before(encoded, np.array([day])))
    assert np.array_equal(peak, [max(values) if values else np.nan], equal_nan=True)


def test_event_of_the_day_itself_is_not_seen() -> None:
    index = _index([("a", 10, True, 1)])
    encoded = index.encode(np.array(["a", "a"], dtype=object))
    counted = index.count("hit", index.before(encoded, np.array([10, 11])))
    assert counted.tolist() == [0.0, 1.0]


@pytest.mark.parametrize(("back", "found"), [(4, 0.0), (5, 1.0)])
def test_window_counts_its_first_day(back: int, found: float) -> None:
    index = _index([("a", 10, True, 1)])
    span = index.before(index.encode(np.array(["a"], dtype=object)), np.array([15]), days=back)
    assert index.count("hit", span)[0] == found


def test_value_that_is_missing_is_no_peak() -> None:
    index = EventIndex.build(np.array(["a"], dtype=object), np.array([1], dtype=np.int64), {}, {"value": np.array([np.nan])})
    encoded = index.encode(np.array(["a"], dtype=object))
    assert np.isnan(index.peak("value", encoded, index.before(encoded, np.array([5]))))[0]
