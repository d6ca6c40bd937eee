"""Texts to values, exactly or not at all."""

from datetime import date, time
from decimal import Decimal

import pytest

from claims.x12.values import BadSegment, read_date, read_decimal, read_time, read_whole_number, shape_of


@pytest.mark.parametrize(
    ("text", "number"), [("0", "0"), ("-1.50", "-1.5"), (".5", "0.5"), ("5.", "5"), ("00012", "12"), ("0.1", "0.1")]
)
def test_a_decimal_is_exact(text: str, number: str) -> None:
    assert read_decimal(text, "X") == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "-", ".", "1e5", "NaN", "Infinity", "1_000", "1,000", "+1", " 1", "1 ", "١٢", "--1", "1.2.3", "9" * 41]
)
def test_what_is_no_decimal_is_refused(text: str) -> None:
    with pytest.raises(BadSegment):
        read_decimal(text, "X")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20260228", date(2026, 2, 28)),
        ("260228", date(2026, 2, 28)),
        ("690101", date(1969, 1, 1)),
        ("680101", date(2068, 1, 1)),
        ("202602281330", date(2026, 2, 28)),
    ],
)
def test_a_date_is_read_in_every_length(text: str, day: date) -> None:
    assert read_date(text, "X") == day


@pytest.mark.parametrize(
    "text", ["", "20260229", "20261301", "00000101", "2026", "2026-02-28", "２０２６０２２８", "2026022", "ABCDEFGH"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadSegment):
        read_date(text, "X")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("0815", time(8, 15)),
        ("081530", time(8, 15, 30)),
        ("08153045", time(8, 15, 30, 450_000)),
        ("0815304", time(8, 15, 30, 400_000)),
    ],
)
def test_a_time_is_read_in_every_length(text: str, at: time) -> None:
    assert read_time(text, "X") == at


@pytest.mark.parametrize("text", ["", "2460", "8:15", "08", "08153"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadSegment):
        read_time(text, "X")


@pytest.mark.parametrize("text", ["1.5", "-1", "", "1000000"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(BadSegment):
        read_whole_number(text, "X")


@pytest.mark.parametrize(
    ("text", "shape"), [("", "nothing"), ("A", "1 letter"), ("ABC", "3 letters"), ("12", "2 digits"), ("A1", "2 characters")]
)
def test_a_shape_shows_nothing_of_the_value(text: str, shape: str) -> None:
    assert shape_of(text) == shape
