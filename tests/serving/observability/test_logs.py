"""What a log line holds, and what it must never hold."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from claims.errors import UnreadableFile
from serving.observability import request_ids
from serving.observability.logs import FACTS, JsonFormatter, logging_config


@contextmanager
def logging_to(stream: io.StringIO) -> Iterator[logging.Logger]:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    log = logging.getLogger("test of logs")
    log.propagate = False
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        log.removeHandler(handler)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_time_level_and_facts() -> None:
    stream = io.StringIO()
    with logging_to(stream) as log:
        log.warning("two\nlines", extra={FACTS: {"status": 200}})
    (line,) = lines(stream)
    assert (line["level"], line["message"], line["status"], line["logger"]) == ("warning", "two\nlines", 200, "test of logs")
    assert line["at"].endswith("+00:00")


def test_a_line_inside_a_request_carries_its_id() -> None:
    stream = io.StringIO()
    token = request_ids.current.set("abc")
    try:
        with logging_to(stream) as log:
            log.info("inside")
    finally:
        request_ids.current.reset(token)
    assert lines(stream)[0]["request_id"] == "abc"


def test_what_a_foreign_error_says_is_left_out_and_where_it_was_raised_is_told() -> None:
    stream = io.StringIO()
    with logging_to(stream) as log:
        try:
            int("CANARY NAME")
        except ValueError:
            log.exception("it broke")
    assert "CANARY" not in stream.getvalue()
    error = lines(stream)[0]["error"]
    assert error["type"] == "builtins.ValueError"
    assert error["at"][-1].startswith("tests/serving/observability/test_logs.py:")


def test_what_our_errors_say_is_told_and_their_foreign_cause_is_not() -> None:
    stream = io.StringIO()
    with logging_to(stream) as log:
        try:
            try:
                int("CANARY NAME")
            except ValueError as error:
                raise UnreadableFile("a.csv", expected="a number", got="11 letters") from error
        except UnreadableFile:
            log.exception("it broke")
    assert "CANARY" not in stream.getvalue()
    error = lines(stream)[0]["error"]
    assert error["message"] == "a.csv: expected a number, got 11 letters"
    assert error["cause"]["type"] == "builtins.ValueError"


@pytest.mark.parametrize(
    ("header", "is_taken"),
    [(b"abc-1.2_3", True), (b"a" * 64, True), (b"a" * 65, False), (b"", False), (b"two words", False), (b'x"\n', False)],
)
def test_the_callers_id_is_taken_only_if_it_can_do_no_harm(header: bytes, is_taken: bool) -> None:
    found = request_ids.request_id_of([(b"accept", b"x"), (b"x-request-id", header)])
    assert (found.encode() == header) is is_taken
    assert found


def test_uvicorn_takes_the_configuration() -> None:
    before = logging.getLogger().handlers[:]
    level = logging.getLogger().level
    try:
        logging.config.dictConfig(logging_config("warning"))
        assert logging.getLogger().level == logging.WARNING
        assert not logging.getLogger("uvicorn.access").isEnabledFor(logging.ERROR)
        assert not logging.getLogger("denials.requests").isEnabledFor(logging.INFO)
    finally:
        logging.getLogger().handlers[:] = before
        logging.getLogger().setLevel(level)
        for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
            logging.getLogger(name).setLevel(logging.NOTSET)
