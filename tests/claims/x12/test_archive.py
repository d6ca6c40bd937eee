"""Packed files, and those that would fill the memory."""

import gzip
import zipfile
from pathlib import Path

import pytest

from claims.errors import UnreadableFile
from claims.x12 import archive, looks_like_x12, read_file
from tests.claims.x12.envelopes import CLAIM_HEAD, claim_segments, interchange, transaction_set

PLAIN = interchange("837P", transaction_set("837P", *CLAIM_HEAD, *claim_segments()))


def zipped(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as packed:
        packed.mkdir("folder")
        for name, data in members.items():
            packed.writestr(name, data)
    return path


def test_a_gzip_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "claims.dat"
    path.write_bytes(gzip.compress(PLAIN) + gzip.compress(PLAIN))
    assert len(read_file(path).transactions) == 2


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_member_of_a_zip_is_read(tmp_path: Path, method: int) -> None:
    batch = read_file(
        zipped(tmp_path / "claims.zip", {"a.837": PLAIN, "folder/b.837": PLAIN.replace(b"PCN1*50", b"PCN1*X")}, method)
    )
    assert len(batch.transactions) == 1
    assert [rejection.file for rejection in batch.rejected] == ["claims.zip:folder/b.837"]


def test_a_member_that_is_no_x12_is_refused_and_the_others_read(tmp_path: Path) -> None:
    batch = read_file(zipped(tmp_path / "claims.zip", {"a.837": PLAIN, "readme.txt": b"hello"}))
    assert (len(batch.transactions), [rejection.file for rejection in batch.rejected]) == (1, ["claims.zip:readme.txt"])


def test_a_zip_without_any_x12_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_file(zipped(tmp_path / "claims.zip", {"readme.txt": b"hello"}))


@pytest.mark.parametrize("unpacked", [64 * 1024**2])
def test_a_bomb_is_refused(tmp_path: Path, unpacked: int) -> None:
    packed = tmp_path / "bomb.gz"
    packed.write_bytes(gzip.compress(bytes(unpacked)))
    both = [packed, zipped(tmp_path / "bomb.zip", {"bomb": bytes(unpacked)})]
    for path in both:
        with pytest.raises(UnreadableFile, match=f"at most {archive.LARGEST_RATIO} bytes unpacked for each packed"):
            read_file(path)


def test_more_than_the_memory_is_meant_to_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_UNPACKED_BYTES", len(PLAIN) + 1)
    path = zipped(tmp_path / "claims.zip", {"a.837": PLAIN, "b.837": PLAIN})
    with pytest.raises(UnreadableFile, match="bytes unpacked"):
        read_file(path)


@pytest.mark.parametrize("damage", ["cut", "flip"])
@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_damaged_archive_is_unreadable(tmp_path: Path, kind: str, damage: str) -> None:
    path = tmp_path / f"claims.{kind}"
    if kind == "gz":
        path.write_bytes(gzip.compress(PLAIN))
    else:
        zipped(path, {"a.837": PLAIN})
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] if damage == "cut" else data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :])
    with pytest.raises(UnreadableFile):
        read_file(path)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "claims.zip", {"a.837": PLAIN}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    for magic, flag_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.rfind(magic)
        data[start + flag_at] |= 1
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match="an archive without a password"):
        read_file(path)


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_file(tmp_path / "nowhere.837")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_packed_x12_is_known_by_its_first_bytes(tmp_path: Path, method: int) -> None:
    assert looks_like_x12(gzip.compress(PLAIN)[:200])
    with zipfile.ZipFile(tmp_path / "claims.zip", "w", method) as packed:
        packed.writestr("a.837", PLAIN)
    assert looks_like_x12((tmp_path / "claims.zip").read_bytes()[:400])
    assert not looks_like_x12(gzip.compress(b"claim_id,payer_id"))
    assert not looks_like_x12(b"\x1f\x8bnothing packed")
