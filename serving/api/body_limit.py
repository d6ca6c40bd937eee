"""Owns the limit on a request's body, counted while it comes in: nothing beyond it is ever held."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def too_large(most: int) -> str:
    """Say what was expected of a body."""
    return f"body: expected at most {most} bytes, got more"


def limited(receive: Receive, *, most: int) -> Receive:
    """Read a body of at most so many bytes; one more is a 413 for whoever reads it."""
    size = 0

    async def counting() -> Message:
        nonlocal size
        message = await receive()
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            if size > most:
                raise HTTPException(TOO_LARGE, too_large(most))
        return message

    return counting
