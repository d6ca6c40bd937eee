"""Owns the id that ties a request to its answer and its log lines: the caller's X-Request-ID where it is fit, else ours."""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from secrets import token_hex

HEADER = b"x-request-id"
_FIT = re.compile(rb"[A-Za-z0-9._-]{1,64}")  # nothing that could break a log line, and no room for a name and an address

current: ContextVar[str] = ContextVar("request_id", default="")


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Take the id that a caller sent, if it is one; else make one."""
    for name, value in headers:
        if name == HEADER:
            return value.decode("ascii") if _FIT.fullmatch(value) else token_hex(12)
    return token_hex(12)
