"""Heads of requests end in time and in room, on real sockets; bodies do not fall silent for good."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

import serving.connections
from serving.api.body_limit import limited
from serving.connections import BoundedConnection

ASK = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer anything."""
    await PlainTextResponse("fine")(scope, receive, send)


@contextmanager
def running() -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=BoundedConnection, lifespan="off", log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(serving.connections, "HEAD_SECONDS", 0.3)
    with running() as found:
        yield found


def is_answered(caller: socket.socket) -> bool:
    caller.sendall(ASK)
    text = b""
    while part := caller.recv(1000):
        text += part
        if text.endswith(b"fine"):
            return text.startswith(b"HTTP/1.1 200")
    return False


def is_closed(caller: socket.socket) -> bool:
    try:
        return caller.recv(100) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


@pytest.mark.parametrize("start", [b"", b"POST / HTTP/1.1\r\nhost: x"], ids=["nothing", "half a head"])
def test_a_head_that_takes_too_long_loses_its_connection(port: int, start: bytes) -> None:
    with connect(port) as caller:
        caller.sendall(start)
        assert caller.recv(100) == b""


def test_a_head_in_drops_gains_no_time_by_them(port: int) -> None:
    with connect(port) as caller:
        caller.settimeout(0.05)
        assert any(is_closed(caller) for letter in ASK[:-4] if caller.send(bytes([letter])))


def test_a_head_that_never_ends_is_refused_at_its_room(port: int) -> None:
    with connect(port) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"y" * 70_000)
        assert caller.recv(1000).startswith(b"HTTP/1.1 400")


def test_request_after_request_goes_on_over_one_connection(port: int) -> None:
    with connect(port) as caller:
        for _ in range(4):  # longer together than one head may take
            assert is_answered(caller)
            time.sleep(0.15)


def test_a_second_head_has_the_same_limit(port: int) -> None:
    with connect(port) as caller:
        assert is_answered(caller)
        caller.sendall(ASK[:10])
        assert caller.recv(100) == b""


def test_a_body_that_falls_silent_is_a_408() -> None:
    parts = [{"type": "http.request", "body": b"half", "more_body": True}]

    async def receive() -> Message:
        if parts:
            return parts.pop()
        await asyncio.sleep(10)
        raise AssertionError("asked for too long")

    async def read() -> None:
        reading = limited(receive, most=100, silence=0.01)
        await reading()
        await reading()

    with pytest.raises(HTTPException) as refused:
        asyncio.run(read())
    assert (refused.value.status_code, refused.value.detail) == (408, "body: expected its next part within 0.01 s, got none")


def test_after_its_body_a_request_may_wait_for_its_answer() -> None:
    async def receive() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    async def read() -> Message:
        whole = [{"type": "http.request", "body": b"all", "more_body": False}]

        async def first() -> Message:
            return whole.pop() if whole else await receive()

        reading = limited(first, most=100, silence=0.01)
        await reading()
        return await reading()

    assert asyncio.run(read()) == {"type": "http.disconnect"}
