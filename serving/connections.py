"""Owns how long the head of a request may take: a caller who never finishes one keeps nothing of ours.

Its size has a limit of uvicorn's (64 KB), the body has `serving.api.body_limit`, and between requests uvicorn closes a silent
connection after five seconds.
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0


class BoundedConnection(H11Protocol):
    """One connection. It is closed without an answer when a head takes too long, however its parts are spread."""

    _head_ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a head from now on."""
        super().connection_made(transport)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._forget_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that is still open goes on being watched."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._watch_head()
        else:
            self._forget_head()

    def _watch_head(self) -> None:
        if self._head_ends is None:
            self._head_ends = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _forget_head(self) -> None:
        if self._head_ends is not None:
            self._head_ends.cancel()
            self._head_ends = None
