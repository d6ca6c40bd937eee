"""Owns how a problem (RFC 9457) becomes an error that a caller can tell by its kind."""

from dataclasses import dataclass
from http import HTTPStatus

from serving.api.faults import PlaceAtFault
from serving.errors import ServingError


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the service said of an error."""

    status: int
    title: str
    detail: str
    errors: tuple[PlaceAtFault, ...]
    request_id: str | None  # by which the service's log knows the request


class ProblemError(ServingError):
    """The service refused. `told` says why, and where in the request."""

    def __init__(self, told: Told) -> None:
        super().__init__(f"{told.status} {told.title}: {told.detail}")
        self.told = told


class Invalid(ProblemError):
    """The request does not fit (400, 413, 422): `told.errors` names the places."""


class Forbidden(ProblemError):
    """The key is missing, wrong, or may not make this call (401, 403)."""


class NotFound(ProblemError):
    """Nothing is there (404)."""


class Conflict(ProblemError):
    """Somebody was quicker (409): read it again, then decide anew."""


class Unavailable(ProblemError):
    """Too many requests, or the service is not ready (429, 503), still after the last try."""


class Unreachable(ServingError):
    """No service answered at the address, or not as one does."""


_KINDS: dict[int, type[ProblemError]] = {
    HTTPStatus.BAD_REQUEST: Invalid,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Invalid,
    HTTPStatus.UNPROCESSABLE_ENTITY: Invalid,
    HTTPStatus.UNAUTHORIZED: Forbidden,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.TOO_MANY_REQUESTS: Unavailable,
    HTTPStatus.SERVICE_UNAVAILABLE: Unavailable,
}


def error_of(told: Told) -> ProblemError:
    """Make the error of a status."""
    return _KINDS.get(told.status, ProblemError)(told)
