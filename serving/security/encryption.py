"""Owns what can be known of encryption at rest: whether a folder lies on a dm-crypt device (LUKS), as Linux itself tells.

Everything else that may encrypt (a cloud provider's volume, ZFS, a drive of its own, the database server's disk, an object
store) cannot be seen from here: that is attested by the operator, and said to be so.
"""

import os
from enum import StrEnum
from pathlib import Path

from serving.security.errors import SecurityError
from serving.settings import Settings

CRYPT = "CRYPT-"  # how device mapper names its encrypted devices


class Finding(StrEnum):
    """What is known of a folder's encryption."""

    ENCRYPTED = "encrypted (dm-crypt)"
    NOT_SEEN = "no encryption seen"
    UNKNOWN = "cannot be seen from here"


class NotEncrypted(SecurityError):
    """Encryption at rest is demanded, and cannot be seen."""


def find_encryption(folder: Path, *, sys_block: Path = Path("/sys/dev/block")) -> Finding:
    """Tell whether the device under a folder, or one under that, is encrypted by device mapper."""
    try:
        device = _existing(folder).stat().st_dev
    except OSError:
        return Finding.UNKNOWN
    entry = sys_block / f"{os.major(device)}:{os.minor(device)}"
    if os.major(device) == 0 or not entry.exists():  # overlay, btrfs, ZFS, network: no block device to ask
        return Finding.UNKNOWN
    return Finding.ENCRYPTED if _is_crypt(entry) else Finding.NOT_SEEN


def check_encryption(settings: Settings, *, sys_block: Path = Path("/sys/dev/block")) -> str | None:
    """Hold the home to the setting; gives a warning for the operator, or `None`. Raises: NotEncrypted.

    DENIALS_ENCRYPTION_AT_REST: `checked` starts only where dm-crypt is seen, `attested` believes the operator, `warn` warns.
    """
    if settings.encryption_at_rest == "attested":
        return None
    found = find_encryption(settings.home.path, sys_block=sys_block)
    if found is Finding.ENCRYPTED:
        return None
    if settings.encryption_at_rest == "checked":
        raise NotEncrypted(f"{settings.home.path}: expected a dm-crypt device (DENIALS_ENCRYPTION_AT_REST=checked), got: {found}")
    return f"Encryption at rest of {settings.home.path}: {found}. See DENIALS_ENCRYPTION_AT_REST in docs/security.md."


def _is_crypt(entry: Path) -> bool:
    uuid = entry / "dm" / "uuid"
    if uuid.is_file() and uuid.read_text(encoding="ascii", errors="replace").startswith(CRYPT):
        return True
    below = [entry / "slaves"]
    if (entry / "partition").exists():  # what a partition lies on stands with its disk
        below.append(entry.resolve().parent / "slaves")
    return any(_is_crypt(one.resolve()) for folder in below if folder.is_dir() for one in folder.iterdir())


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
