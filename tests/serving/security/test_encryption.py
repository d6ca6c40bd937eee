"""Against a tree like /sys/dev/block, since no test may make an encrypted disk."""

import os
from pathlib import Path

import pytest

from serving.security.encryption import Finding, NotEncrypted, check_encryption, find_encryption
from serving.settings import Settings


@pytest.fixture
def on_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say that everything lies on device 253:1."""
    seen = Path.stat

    def stat(path: Path, **words: bool) -> os.stat_result:
        values = list(seen(path, **words))
        values[2] = os.makedev(253, 1)
        return os.stat_result(values)

    monkeypatch.setattr("serving.security.encryption.Path.stat", stat)


def device(root: Path, number: str, *, uuid: str | None = None) -> Path:
    entry = root / number
    (entry / "slaves").mkdir(parents=True)
    if uuid is not None:
        (entry / "dm").mkdir()
        (entry / "dm" / "uuid").write_text(uuid)
    return entry


@pytest.mark.usefixtures("on_a_disk")
@pytest.mark.parametrize(
    ("uuid", "finding"), [("CRYPT-LUKS2-0123-home", Finding.ENCRYPTED), ("LVM-0123", Finding.NOT_SEEN), (None, Finding.NOT_SEEN)]
)
def test_device_says_whether_it_is_encrypted(tmp_path: Path, uuid: str | None, finding: Finding) -> None:
    device(tmp_path, "253:1", uuid=uuid)
    assert find_encryption(tmp_path, sys_block=tmp_path) is finding


@pytest.mark.usefixtures("on_a_disk")
def test_volume_on_an_encrypted_device_is_encrypted(tmp_path: Path) -> None:
    volume = device(tmp_path, "253:1", uuid="LVM-0123")
    below = device(tmp_path, "253:0", uuid="CRYPT-LUKS2-0123-disk")
    (volume / "slaves" / "dm-0").symlink_to(below)
    assert find_encryption(tmp_path / "not" / "made" / "yet", sys_block=tmp_path) is Finding.ENCRYPTED


@pytest.mark.usefixtures("on_a_disk")
def test_device_that_cannot_be_asked_is_said_so(tmp_path: Path) -> None:
    assert find_encryption(tmp_path, sys_block=tmp_path) is Finding.UNKNOWN


@pytest.mark.usefixtures("on_a_disk")
def test_setting_demands_attests_or_warns(tmp_path: Path) -> None:
    device(tmp_path, "253:1")
    with pytest.raises(NotEncrypted):
        check_encryption(Settings(home_path=tmp_path, encryption_at_rest="checked"), sys_block=tmp_path)
    assert check_encryption(Settings(home_path=tmp_path, encryption_at_rest="attested"), sys_block=tmp_path) is None
    warning = check_encryption(Settings(home_path=tmp_path), sys_block=tmp_path)
    assert warning is not None
    assert "no encryption seen" in warning
    (tmp_path / "253:1" / "dm").mkdir()
    (tmp_path / "253:1" / "dm" / "uuid").write_text("CRYPT-PLAIN-home")
    assert check_encryption(Settings(home_path=tmp_path, encryption_at_rest="checked"), sys_block=tmp_path) is None
