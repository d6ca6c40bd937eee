"""Owns the client: one method a call, answers as the API's own models, problems as errors, a wait where the service asks for one.

Never waits longer than `most_wait_seconds` at a time and never sends a request again that the service took.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from serving.api.analytics_models import AnswerOut
from serving.api.answers import ScoresOut
from serving.api.claim_models import ClaimIn
from serving.api.problems import Problem
from serving.api.queue_models import OutcomeIn, QueueOut, TakeNextIn, WorkItemDetailOut, WorkItemOut
from serving.client.errors import Told, Unreachable, error_of

TRIES = 4
USUAL_WAIT_SECONDS = 1.0  # where the service names none; doubled each time
ASKED_TO_WAIT = frozenset({429, 503})  # the service took nothing of the request
_Out = TypeVar("_Out", bound=BaseModel)
Query = Mapping[str, str | int | float | bool]


class Client:
    """Calls one service. Safe to share between threads; close it, or use it in a `with`."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout_seconds: float = 30.0,
        tries: int = TRIES,
        most_wait_seconds: float = 30.0,
        http: httpx2.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http or httpx2.Client(timeout=timeout_seconds)
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._tries, self._most_wait, self._sleep = tries, most_wait_seconds, sleep

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def score(self, claims: ClaimIn | Sequence[ClaimIn], *, detail: str = "causes", fixes: bool = True) -> ScoresOut:
        """Score one claim or many. Claims of a list that do not fit are in `rejected`."""
        many = [claims] if isinstance(claims, ClaimIn) else list(claims)
        body = "[" + ",".join(one.model_dump_json(exclude_unset=True) for one in many) + "]"
        query: Query = {"detail": detail, "fixes": fixes}
        return self._read(ScoresOut, self._send("POST", "/v1/claims/score", content=body.encode(), query=query))

    def score_x12(self, data: bytes, *, detail: str = "causes", fixes: bool = True) -> ScoresOut:
        """Score the claims of an 837."""
        query: Query = {"detail": detail, "fixes": fixes}
        answer = self._send("POST", "/v1/claims/score/x12", content=data, query=query, kind="application/edi-x12")
        return self._read(ScoresOut, answer)

    def queue(self, **query: str | int | float | bool) -> QueueOut:
        """List work items; filters, `sort`, `order`, `limit` and `cursor` as of `GET /v1/queue`."""
        return self._read(QueueOut, self._send("GET", "/v1/queue", query=query))

    def take_next(self, wanted: TakeNextIn | None = None) -> WorkItemOut | None:
        """Take the item that stands first in the plan, under a lease; `None` where nothing that fits is open."""
        body = (wanted or TakeNextIn()).model_dump_json(exclude_unset=True).encode()
        answer = self._send("POST", "/v1/queue/next", content=body)
        return self._read(WorkItemOut, answer) if answer.content else None

    def record_outcome(self, item_id: str, outcome: OutcomeIn) -> WorkItemDetailOut:
        """Close an item. Raises: Conflict, where somebody changed it since."""
        body = outcome.model_dump_json(exclude_unset=True).encode()
        return self._read(WorkItemDetailOut, self._send("POST", f"/v1/queue/{item_id}/outcome", content=body))

    def analytics(self, measure: str, **query: str | int | float | bool) -> AnswerOut:
        """Give a measure, by segments where `by` names a dimension."""
        return self._read(AnswerOut, self._send("GET", f"/v1/analytics/{measure}", query=query))

    def _send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        query: Query | None = None,
        kind: str = "application/json",
    ) -> httpx2.Response:
        headers = self._headers | ({"Content-Type": kind} if content is not None else {})
        asked = {name: str(value).lower() if isinstance(value, bool) else value for name, value in (query or {}).items()}
        for left in reversed(range(self._tries)):
            try:
                answer = self._http.request(method, f"{self._url}{path}", content=content, params=asked, headers=headers)
            except httpx2.RequestError as error:
                raise Unreachable(f"{method} {path}: expected an answer, got {type(error).__name__}") from error
            if answer.status_code not in ASKED_TO_WAIT or not left:
                break
            self._sleep(self._wait(answer, tried=self._tries - left))
        if answer.is_success:
            return answer
        raise error_of(_told(answer))

    def _wait(self, answer: httpx2.Response, *, tried: int) -> float:
        asked = answer.headers.get("Retry-After", "")
        seconds = float(asked) if asked.isdigit() else USUAL_WAIT_SECONDS * 2 ** (tried - 1)
        return min(seconds, self._most_wait)

    @staticmethod
    def _read(model: type[_Out], answer: httpx2.Response) -> _Out:
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as error:
            count = error.error_count()
            raise Unreachable(f"answer: expected {model.__name__} of this version, got {count} places that differ") from None


def _told(answer: httpx2.Response) -> Told:
    request_id = answer.headers.get("X-Request-ID")
    try:
        problem = Problem.model_validate_json(answer.content)
    except ValidationError:
        title = answer.reason_phrase or "no problem+json"
        return Told(status=answer.status_code, title=title, detail="the answer tells no more", errors=(), request_id=request_id)
    return Told(
        status=answer.status_code,
        title=problem.title,
        detail=problem.detail,
        errors=tuple(problem.errors),
        request_id=request_id,
    )
