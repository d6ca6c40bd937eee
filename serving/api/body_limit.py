"""Owns the limits on a request's body while it comes in: nothing beyond its size is ever held, and no silence is waited out."""

import asyncio
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def too_large(most: int) -> str:
    """Say what was expected of a body."""
    return f"body: expected at most {most} bytes, got more"


def limited(receive: Receive, *, most: int, silence: float) -> Receive:
    """Read a body of at most `most` bytes; one more is a 413 for whoever reads it, and so many seconds of silence a 408."""
    size, is_open = 0, True

    async def counting() -> Message:
        nonlocal size, is_open
        if not is_open:  # what comes now is the end of the connection, which may take its time
            return await receive()
        try:
            async with asyncio.timeout(silence):
                message = await receive()
        except TimeoutError:
            detail = f"body: expected its next part within {silence:g} s, got none"
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, detail) from None
        is_open = bool(message.get("more_body", False))
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            if size > most:
                raise HTTPException(TOO_LARGE, too_large(most))
        return message

    return counting
