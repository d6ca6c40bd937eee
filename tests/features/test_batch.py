"""Columns of stored rows are read as those of the wire are."""

import pyarrow as pa
import pytest

from features.batch import are_filled, lists
from features.wire_rows import WireColumn

VALUES = [["A", "B"], None, [], ["C"]]


@pytest.mark.parametrize("values", [VALUES, [None], [[]], []])
def test_lists_of_a_table_are_those_of_the_wire(values: list[list[str] | None]) -> None:
    stored = pa.chunked_array([pa.array(values, pa.list_(pa.string()))])
    assert lists(stored) == lists(WireColumn(values))
    assert are_filled(stored).tolist() == are_filled(WireColumn(values)).tolist()


def test_lists_in_several_pieces_are_read_whole() -> None:
    pieces = pa.chunked_array([pa.array(VALUES[:2], pa.list_(pa.string())), pa.array(VALUES[2:], pa.list_(pa.string()))])
    assert lists(pieces) == [("A", "B"), (), (), ("C",)]
    assert are_filled(pieces).tolist() == [True, False, False, True]
