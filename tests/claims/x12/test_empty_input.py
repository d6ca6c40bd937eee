import pytest

from claims.errors import UnreadableFile
from claims.x12 import parse_x12


@pytest.mark.parametrize("data", [b"", b"hello", b"ISA", b"patient,amount\n1,2\n"])
def test_bytes_without_an_interchange_are_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        parse_x12(data, file="x")
