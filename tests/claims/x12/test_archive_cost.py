"""Archives made to cost time or memory out of proportion to their size."""

import gzip
import time
import zipfile
from pathlib import Path

import pytest

from claims.errors import UnreadableFile
from claims.x12 import unpack
from tests.claims.x12.test_archive import PLAIN


def test_a_hundred_thousand_gzip_members_are_unpacked_in_time_that_grows_with_them(tmp_path: Path) -> None:
    path = tmp_path / "members.gz"
    path.write_bytes(gzip.compress(b"", mtime=0) * 100_000 + gzip.compress(PLAIN))
    begun = time.process_time()
    assert list(unpack(path)) == [("members.gz", PLAIN)]
    assert time.process_time() - begun < 2  # seconds; copying the rest of the file for each member took more


@pytest.mark.parametrize("size", [0, 1, 16 * 1024 - 1, 16 * 1024, 3 * 1024**2])
def test_gzip_members_are_read_whole_wherever_a_piece_of_the_file_ends(tmp_path: Path, size: int) -> None:
    content = (bytes(range(256)) * (size // 256 + 1))[:size]
    path = tmp_path / "any.gz"
    path.write_bytes(gzip.compress(content, compresslevel=0) + b"\0" * 20_000 + gzip.compress(b"tail") + b"\0\0")
    assert list(unpack(path)) == [("any.gz", content + b"tail")]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_member_packed_by_another_method_is_refused_before_it_is_opened(tmp_path: Path, method: int) -> None:
    path = tmp_path / "any.zip"
    with zipfile.ZipFile(path, "w", method) as packed:
        packed.writestr("a.837", PLAIN)
    with pytest.raises(UnreadableFile, match="members stored or deflated"):
        list(unpack(path))


def test_a_zip_member_without_a_name_is_read(tmp_path: Path) -> None:
    path = tmp_path / "any.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("x", PLAIN)
    # A name that begins with NUL is cut to nothing when it is read back.
    path.write_bytes(path.read_bytes().replace(b"x" + PLAIN[:3], b"\0" + PLAIN[:3]).replace(b"xPK\x05\x06", b"\0PK\x05\x06"))
    assert list(unpack(path)) == [("any.zip:", PLAIN)]
