"""Requests that wait at the same moment are scored together, and none of them can tell."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from threading import current_thread, main_thread
from typing import Any, cast

import pytest

from claims.claim import Claim
from serving.batching import MOST_TOGETHER, ScoreBatcher
from serving.scoring import Depth, ScoredClaim, Scorer
from tests import factories

CLAIM = factories.claim("A")
BROKEN = factories.claim("BROKEN")


class CountingScorer:
    """Stands for a scorer: answers with the claim's number, refuses a broken one, remembers what it was asked together."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.was_on_loop: list[bool] = []

    def score(self, claims: Sequence[Claim], **_: Any) -> list[ScoredClaim]:
        numbers = [claim.patient_control_number for claim in claims]
        self.asked.append(numbers)
        self.was_on_loop.append(current_thread() is main_thread())
        if "BROKEN" in numbers:
            raise ValueError("broken")
        return cast(list[ScoredClaim], numbers)


def _claims(*numbers: str) -> list[Claim]:
    return [replace(CLAIM, patient_control_number=number) for number in numbers]


def _ask(scorer: CountingScorer, *requests: Sequence[Claim], depth: Depth = Depth.CAUSES) -> list[Any]:
    async def run() -> list[Any]:
        batcher = ScoreBatcher()

        def one(claims: Sequence[Claim]) -> Awaitable[list[ScoredClaim]]:
            return batcher.score(cast(Scorer, scorer), claims, hasher=factories.HASHER, depth=depth)

        found = await asyncio.gather(*map(one, requests), return_exceptions=True)
        batcher.close()
        return list(found)

    return asyncio.run(run())


@pytest.mark.parametrize("depth", list(Depth))
def test_requests_that_wait_are_scored_together_and_answered_apart(depth: Depth) -> None:
    scorer = CountingScorer()
    assert _ask(scorer, _claims("1"), _claims("2", "3"), _claims("4"), depth=depth) == [["1"], ["2", "3"], ["4"]]
    assert scorer.asked == [["1", "2", "3", "4"]]


def test_a_claim_that_fails_fails_its_own_request_only() -> None:
    first, broken, last = _ask(CountingScorer(), _claims("1"), [BROKEN], _claims("2"))
    assert (first, last) == (["1"], ["2"])
    assert isinstance(broken, ValueError)


def test_a_batch_is_bounded_and_all_are_answered() -> None:
    scorer = CountingScorer()
    numbers = [str(at) for at in range(3 * MOST_TOGETHER)]
    assert _ask(scorer, *(_claims(number) for number in numbers)) == [[number] for number in numbers]
    assert max(map(len, scorer.asked)) == MOST_TOGETHER


@pytest.mark.parametrize(("count", "depth"), [(MOST_TOGETHER + 1, Depth.SCORE), (1, Depth.FIXES)])
def test_long_work_leaves_the_event_loop_alone(count: int, depth: Depth) -> None:
    scorer = CountingScorer()
    _ask(scorer, _claims(*map(str, range(count))), depth=depth)
    assert scorer.was_on_loop == [False]


def test_searches_that_come_while_one_runs_are_the_next_batch() -> None:
    async def run() -> list[list[str]]:
        batcher, scorer = ScoreBatcher(), CountingScorer()

        async def one(number: str) -> None:
            await batcher.score(cast(Scorer, scorer), _claims(number), hasher=factories.HASHER, depth=Depth.FIXES)

        first = asyncio.create_task(one("1"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.gather(first, one("2"), one("3"))
        batcher.close()
        return scorer.asked

    assert asyncio.run(run()) == [["1"], ["2", "3"]]
