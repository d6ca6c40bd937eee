"""A table that is appended to again and again keeps every row, whatever others do to it between."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake.exceptions import DeltaError

from claims.history import delta


def numbers(uri: str) -> list[int]:
    found: list[int] = delta.scan(delta.open_table(uri), uri).to_table()["number"].to_pylist()
    return sorted(found)


def row(number: int) -> pa.Table:
    return pa.table({"number": pa.array([number], pa.int64())})


def test_two_appenders_lose_nothing_of_each_other(tmp_path: Path) -> None:
    uri = str(tmp_path / "table")
    first, second = delta.Appender(uri), delta.Appender(uri)
    for number in range(0, 12, 2):
        first.append(row(number))
        second.append(row(number + 1))
    assert numbers(uri) == list(range(12))


def test_compaction_by_another_is_no_trouble(tmp_path: Path) -> None:
    uri = str(tmp_path / "table")
    appender = delta.Appender(uri)
    for number in range(5):
        appender.append(row(number))
    delta.open_table(uri).optimize.compact()
    appender.append(row(5))
    assert numbers(uri) == list(range(6))


def test_rows_that_were_deleted_for_good_stay_deleted_and_the_next_one_arrives(tmp_path: Path) -> None:
    uri = str(tmp_path / "table")
    appender = delta.Appender(uri)
    for number in range(4):
        appender.append(row(number))
    delta.delete_for_good(uri, ["number = 2"])
    try:
        appender.append(row(4))
    except (DeltaError, OSError):  # it may find the log cut: then the next try opens the table anew
        appender.append(row(4))
    assert numbers(uri) == [0, 1, 3, 4]


def test_after_a_failure_the_table_is_opened_anew(tmp_path: Path) -> None:
    uri = str(tmp_path / "table")
    appender = delta.Appender(uri)
    appender.append(row(0))
    with pytest.raises((DeltaError, pa.ArrowException, ValueError, OSError)):
        appender.append(pa.table({"another": pa.array(["x"])}))
    appender.append(row(1))
    assert numbers(uri) == [0, 1]
