"""Every measure, cut every way, equals a slow obvious version; and opens exactly the claims that it counts."""

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.batch import ClaimBatch
from features.keys import location
from features.text_keys import SEPARATOR
from serving.analytics.definitions import dimensions, measures
from serving.analytics.figures import Figure, Question
from tests.oracles import measures as oracle
from tests.serving.analytics.conftest import AS_OF, World

NAMES = tuple(measures())
CUTS = tuple(dimensions())


def test_every_measure_has_a_slow_version() -> None:
    assert set(NAMES) == set(oracle.RULES)


def compare(shown: Figure, rows: list[oracle.Sent], measure: str) -> None:
    value, known, awaiting = oracle.figure(rows, measure)
    assert (shown.n, shown.awaiting) == (known, awaiting)
    assert shown.value == (None if value is None else pytest.approx(value, abs=1e-9))


@pytest.mark.parametrize("measure", NAMES)
def test_measure_equals_the_slow_version_cut_by_every_dimension(world: World, measure: str) -> None:
    rows = oracle.select(world.sent, measure, filters={}, since=None, until=None, as_of=AS_OF)
    assert rows, "the world holds cases of every measure"
    for cut in CUTS:
        answer = world.book.ask(Question(measure=measure, by=(cut,)), limit=100_000)
        compare(answer.overall, rows, measure)
        segments = oracle.by_segment(rows, measure, (cut,), as_of=AS_OF)
        assert {tuple(one.keys.values()) for one in answer.segments} == set(segments)
        for one in answer.segments:
            compare(one, segments[tuple(one.keys.values())], measure)


days = st.one_of(st.none(), st.dates(date(2024, 1, 15), date(2024, 9, 15)))
pairs = st.lists(st.sampled_from(CUTS), min_size=1, max_size=2, unique=True).map(tuple)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    measure=st.sampled_from(NAMES), by=pairs, filtered=st.sampled_from(CUTS), pick=st.integers(0, 10**6), since=days, until=days
)
def test_any_two_dimensions_a_filter_and_a_span_equal_the_slow_version(
    world: World, measure: str, by: tuple[str, ...], filtered: str, pick: int, since: date | None, until: date | None
) -> None:
    values = sorted({one.dimension(filtered, oracle.RULES[measure].clock(one), AS_OF) for one in world.sent})
    filters = {filtered: [values[pick % len(values)]]}
    rows = oracle.select(world.sent, measure, filters=filters, since=since, until=until, as_of=AS_OF)
    answer = world.book.ask(Question(measure=measure, by=by, filters=filters, since=since, until=until), limit=100_000)
    segments = oracle.by_segment(rows, measure, by, as_of=AS_OF)
    assert {tuple(one.keys.values()) for one in answer.segments} == set(segments)
    for one in answer.segments:
        compare(one, segments[tuple(one.keys.values())], measure)


@pytest.mark.parametrize("measure", NAMES)
def test_every_figure_opens_as_many_claims_as_it_counts(world: World, measure: str) -> None:
    for question, shown in _segments(world, measure):
        assert world.book.claim_count(question) == shown.n
        assert world.book.claim_count(question, part="awaiting") == shown.awaiting
        listed = world.book.claims(question, limit=100_000)
        assert len(listed) == shown.n
        if measures()[measure].figure != "median":
            assert sum(one.counts for one in listed) == pytest.approx(shown.numerator)


def _segments(world: World, measure: str) -> Iterator[tuple[Question, Figure]]:
    for cut in ("payer", "month"):
        for one in world.book.ask(Question(measure=measure, by=(cut,))).segments[:8]:
            yield Question(measure=measure, filters={name: [value] for name, value in one.keys.items()}), one


def test_pages_of_claims_neither_repeat_nor_leave_out(world: World) -> None:
    question = Question(measure="initial_denial_rate")
    whole = [one.submission_id for one in world.book.claims(question, limit=10_000)]
    pages = [one.submission_id for at in range(0, len(whole), 200) for one in world.book.claims(question, offset=at, limit=200)]
    assert pages == whole
    assert len(set(whole)) == len(whole)


def test_location_is_the_one_that_features_count_by(world: World) -> None:
    batch = ClaimBatch.from_tables(world.store.read("claims"), world.store.read("claim_lines"))
    named = dict(zip(batch.submission_ids, location(batch), strict=True))
    claims = world.book.claims(Question(measure="submitted_claims"), limit=10_000)
    assert {one.submission_id: one.location for one in claims} == {
        one.submission_id: named[one.submission_id].replace(SEPARATOR, " ") for one in claims
    }
