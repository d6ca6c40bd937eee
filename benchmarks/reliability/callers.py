"""Owns callers that misbehave: those that never finish a request, and those that leave in the middle of one."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from benchmarks.reliability.finding import Finding, Setting
from benchmarks.reliability.service import Service, copy_home, running

SLOW_CALLERS = 500
VANISHED_CALLERS = 500
ASKED = 50
PATIENCE_SECONDS = 90


def slow_callers(setting: Setting) -> Finding:
    """Hold hundreds of connections that send half a head or half a body and then nothing; others must not notice."""
    home = copy_home(setting.home, setting.folder, "slow")
    with running(home, today=setting.today) as service:
        usual = _median_seconds(service, setting)
        with _held(service, SLOW_CALLERS) as held:
            beside = _median_seconds(service, setting)
            closed = _closed_within(held, PATIENCE_SECONDS)
        after = service.ask("GET", "/readyz")
    return Finding(
        fault="callers that never finish their request",
        tried=f"{SLOW_CALLERS} connections, half with half a head, half with half a body, then silence",
        happened=f"a score beside them took {1e3 * beside:.0f} ms (without: {1e3 * usual:.0f}); "
        f"after {PATIENCE_SECONDS} s the service had closed {closed} of them; afterwards readyz {after.status}",
        is_well=after.is_ok and beside < 5 * usual + 0.05,
    )


def vanished_callers(setting: Setting) -> Finding:
    """Let callers send a whole request, or half an upload, and close at once."""
    home = copy_home(setting.home, setting.folder, "vanished")
    with running(home, today=setting.today) as service:
        before = service.resident_megabytes
        for number in range(VANISHED_CALLERS):
            with suppress(OSError), socket.create_connection(("127.0.0.1", service.port), timeout=10) as caller:
                caller.sendall(_whole("/v1/queue?limit=100") if number % 2 else _half("/v1/files"))
        answers = [service.ask("POST", "/v1/claims/score", setting.claim) for _ in range(ASKED)]
        after, grown = service.ask("GET", "/readyz"), service.resident_megabytes - before
    return Finding(
        fault="callers that leave in the middle",
        tried=f"{VANISHED_CALLERS} connections closed after a whole request or half an upload",
        happened=f"then {sum(one.is_ok for one in answers)} of {ASKED} scores answered; "
        f"memory {grown:+.0f} MB; readyz {after.status}",
        is_well=after.is_ok and all(one.is_ok for one in answers) and grown < 100,
    )


def _median_seconds(service: Service, setting: Setting) -> float:
    took = []
    for _ in range(ASKED):
        began = time.perf_counter()
        if not service.ask("POST", "/v1/claims/score", setting.claim).is_ok:
            return float("inf")
        took.append(time.perf_counter() - began)
    return sorted(took)[ASKED // 2]


@contextmanager
def _held(service: Service, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        held = []
        for number in range(count):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=10))
            one.sendall(b"POST /v1/claims/score HTTP/1.1\r\nhost: x" if number % 2 else _half("/v1/claims/score"))
            held.append(one)
        yield held


def _closed_within(held: list[socket.socket], seconds: float) -> int:
    end = time.perf_counter() + seconds
    still = list(held)
    while still and time.perf_counter() < end:
        time.sleep(1)
        still = [one for one in still if not _is_closed(one)]
    return len(held) - len(still)


def _is_closed(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        return one.recv(65536, socket.MSG_PEEK) == b"" or b"HTTP/1.1 4" in one.recv(65536)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _whole(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode()


def _half(path: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n"
    return head.encode() + b'{"claim_id": "half'
