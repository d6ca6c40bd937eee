"""Owns the load that benchmarks put on an HTTP service: connections kept alive, requests made beforehand, latencies by the clock.

It reads status and length of an answer and nothing else, so that one core drives a service that has another.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle


@dataclass(frozen=True, kw_only=True)
class Load:
    """What came back. `latencies` are seconds, sorted; of a given rate they count from the moment a request was due."""

    seconds: float
    latencies: tuple[float, ...]
    failed: int

    @property
    def rate(self) -> float:
        """Give the answers per second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Give the latency that this share of answers did not exceed, in milliseconds."""
        return 1e3 * self.latencies[min(int(share * len(self.latencies)), len(self.latencies) - 1)]


def request_bytes(path: str, body: bytes, *, content_type: str = "application/json") -> bytes:
    """Write a POST once, to be sent often."""
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def saturate(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Load:
    """Keep every connection busy: each sends its next request as soon as the last was answered."""

    async def run() -> Load:
        waiting, found, failed = cycle(requests), [], 0
        end = time.perf_counter() + seconds

        async def one(connection: _Connection) -> None:
            nonlocal failed
            while time.perf_counter() < end:
                began = time.perf_counter()
                failed += await connection.ask(next(waiting)) != 200
                found.append(time.perf_counter() - began)

        opened = [await _Connection.open(port) for _ in range(connections)]
        began = time.perf_counter()
        await asyncio.gather(*map(one, opened))
        took = time.perf_counter() - began
        for connection in opened:
            connection.close()
        return Load(seconds=took, latencies=tuple(sorted(found)), failed=failed)

    return asyncio.run(run())


def at_rate(port: int, requests: Sequence[bytes], *, rate: float, seconds: float, connections: int = 64) -> Load:
    """Send at a steady rate whatever comes back, on the next free connection; a request counts from the moment it was due."""

    async def run() -> Load:
        free: asyncio.Queue[_Connection] = asyncio.Queue()
        for _ in range(connections):
            free.put_nowait(await _Connection.open(port))
        found: list[float] = []
        failed = 0

        async def one(request: bytes, due: float) -> None:
            nonlocal failed
            connection = await free.get()
            failed += await connection.ask(request) != 200
            free.put_nowait(connection)
            found.append(time.perf_counter() - due)

        began = time.perf_counter()
        tasks = []
        for due, request in _schedule(requests, began=began, rate=rate, seconds=seconds):
            if (left := due - time.perf_counter()) > 0:
                await asyncio.sleep(left)
            tasks.append(asyncio.create_task(one(request, due)))
        await asyncio.gather(*tasks)
        took = time.perf_counter() - began
        while not free.empty():
            free.get_nowait().close()
        return Load(seconds=took, latencies=tuple(sorted(found)), failed=failed)

    return asyncio.run(run())


def ask_once(port: int, request: bytes) -> tuple[int, float]:
    """Send one request on a connection of its own; gives status and seconds."""

    async def run() -> tuple[int, float]:
        connection = await _Connection.open(port)
        began = time.perf_counter()
        status = await connection.ask(request)
        took = time.perf_counter() - began
        connection.close()
        return status, took

    return asyncio.run(run())


def _schedule(requests: Sequence[bytes], *, began: float, rate: float, seconds: float) -> Iterator[tuple[float, bytes]]:
    waiting = cycle(requests)
    for number in range(int(rate * seconds)):
        yield began + number / rate, next(waiting)


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "_Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**20))

    async def ask(self, request: bytes) -> int:
        """Send one request and read its answer to the end; gives the status."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        at = head.find(b"content-length:")
        if at < 0:
            raise ValueError("answer: expected a content-length, got none")
        length = int(head[at + 15 : head.index(b"\r\n", at)])
        if length:
            await self._reader.readexactly(length)
        return int(head[9:12])

    def close(self) -> None:
        self._writer.close()
