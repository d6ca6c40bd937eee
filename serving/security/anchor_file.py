"""Owns the anchor: how far the trail had come when this home last wrote to it, kept outside the database that holds the trail.

Whoever cuts rows off the end of the table leaves an anchor that points behind the end.
"""

import fcntl
import json
import os
from pathlib import Path

from serving.security.audit import Anchor
from serving.security.errors import SecurityError


class UnreadableAnchor(SecurityError):
    """The anchor was changed by something else."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: expected the number and seal of an audit event, got another")


def read_anchor(path: Path) -> Anchor | None:
    """Read the anchor; `None` before the first event. Raises: UnreadableAnchor."""
    try:
        found = json.loads(path.read_text(encoding="ascii"))
        return Anchor(number=int(found["number"]), seal=str(found["seal"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise UnreadableAnchor(path) from None


def move_anchor(path: Path, anchor: Anchor) -> None:
    """Move the anchor forwards; a process that is slower than another never moves it back."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            standing = read_anchor(path)
        except UnreadableAnchor:
            return  # `denials audit verify` must find it as it is
        if standing is not None and standing.number >= anchor.number:
            return
        draft = path.with_suffix(".draft")
        with draft.open("w", encoding="ascii") as file:
            json.dump({"number": anchor.number, "seal": anchor.seal}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
