"""Owns how claims of requests that wait at the same moment are scored together: one look at the history for all of them.

A claim's answer is the same alone and beside others, to the bit, so that nobody can tell. A batch begins
once a turn of the event loop brings no further request; nothing waits for company longer than that.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from claims.claim import Claim
from claims.privacy import PersonHasher
from serving.scoring import Depth, ScoredClaim, Scorer

MOST_TOGETHER = 32  # claims; some milliseconds of the event loop
Answer = list[ScoredClaim]


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    claims: Sequence[Claim]
    answer: "asyncio.Future[Answer]"


Group = tuple[Scorer, PersonHasher, Depth]


class ScoreBatcher:
    """Scores for one event loop. Short work is done on it: a thread would only wait for the same core.

    Long work, many claims or a search for fixes, goes to one thread, in the order of its arrival.
    """

    def __init__(self) -> None:
        self._waiting: dict[Group, list[_Waiting]] = {}
        self._is_searching = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scoring")

    async def score(self, scorer: Scorer, claims: Sequence[Claim], *, hasher: PersonHasher, depth: Depth) -> Answer:
        """Score the claims of one request."""
        loop = asyncio.get_running_loop()
        if len(claims) > MOST_TOGETHER:
            return await loop.run_in_executor(self._thread, lambda: scorer.score(claims, hasher=hasher, depth=depth))
        group = (scorer, hasher, depth)
        one = _Waiting(claims=claims, answer=loop.create_future())
        waiting = self._waiting.setdefault(group, [])
        waiting.append(one)
        if len(waiting) == 1 and not (depth >= Depth.FIXES and self._is_searching):
            loop.call_soon(self._start, group, 0)
        return await one.answer

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _start(self, group: Group, count: int) -> None:
        """Begin once a turn of the event loop has brought no further request, or as many as make a batch; `count` came before."""
        waiting = len(self._waiting.get(group, ()))
        if count < waiting < MOST_TOGETHER:
            asyncio.get_running_loop().call_soon(self._start, group, waiting)
            return
        if group[2] >= Depth.FIXES:
            self._search(group)
            return
        taken = self._take(group)
        if group in self._waiting:
            asyncio.get_running_loop().call_soon(self._start, group, 0)
        _answer(taken, _score_each(group, [one.claims for one in taken]))

    def _search(self, group: Group) -> None:
        """Hand what waits to the thread; what arrives meanwhile is the next batch."""
        if self._is_searching or group not in self._waiting:
            return
        taken, loop = self._take(group), asyncio.get_running_loop()
        self._is_searching = True

        def done(found: "asyncio.Future[list[Answer | Exception]]") -> None:
            self._is_searching = False
            _answer(taken, found.result())
            for other in [other for other in self._waiting if other[2] >= Depth.FIXES]:
                self._search(other)

        loop.run_in_executor(self._thread, _score_each, group, [one.claims for one in taken]).add_done_callback(done)

    def _take(self, group: Group) -> list[_Waiting]:
        """Take as many requests as make a batch, the first come first."""
        waiting, count = self._waiting.pop(group, []), 0
        taken: list[_Waiting] = []
        while waiting and (not taken or count + len(waiting[0].claims) <= MOST_TOGETHER):
            taken.append(waiting.pop(0))
            count += len(taken[-1].claims)
        if waiting:
            self._waiting[group] = waiting
        return taken


def _score_each(group: Group, requests: Sequence[Sequence[Claim]]) -> list[Answer | Exception]:
    """Score requests together; where that fails, each alone, so that none fails for another's claim."""
    scorer, hasher, depth = group
    try:
        found = iter(scorer.score([claim for claims in requests for claim in claims], hasher=hasher, depth=depth))
        return [[next(found) for _ in claims] for claims in requests]
    except Exception as error:  # noqa: BLE001  handed to the requests that it belongs to, whose handler logs it
        if len(requests) == 1:
            return [error]
        return [one for claims in requests for one in _score_each(group, [claims])]


def _answer(taken: Sequence[_Waiting], found: Sequence[Answer | Exception]) -> None:
    for one, answer in zip(taken, found, strict=True):
        if one.answer.done():  # the caller went away
            continue
        if isinstance(answer, Exception):
            one.answer.set_exception(answer)
        else:
            one.answer.set_result(answer)
