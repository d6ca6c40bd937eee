"""Owns which files an ingest opens, in folders and archives. Reads nothing of what they mean.

The simulator's answer key, a folder named `truth` directly inside an ingested folder, is never listed and never opened.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from claims.errors import UnreadableFile
from claims.x12 import unpack

ANSWER_KEY = "truth"


def list_files(paths: Sequence[Path]) -> list[Path]:
    """List the files to ingest: those named, and all below the folders named, in a fixed order, each once.

    Hidden files and folders are left out, and so is the answer key.

    Raises: UnreadableFile, if a named path does not exist.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise UnreadableFile(path, expected="a file or a folder", got="nothing there")
        if path.is_dir() and path.name == ANSWER_KEY:
            continue  # `ingest demo/*` names it without meaning it
        for file in _walk(path, top=True) if path.is_dir() else [path]:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _walk(folder: Path, *, top: bool) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or (top and entry.name == ANSWER_KEY):
            continue
        if entry.is_dir():
            if not entry.is_symlink():  # a link upwards would never end
                yield from _walk(entry, top=False)
        elif entry.is_file():
            yield entry


def open_file(path: Path) -> Iterator[tuple[str, bytes]]:
    """Read one file: its name and its bytes; a gzip gives its content, a zip its members as `archive:member`.

    Raises: UnreadableFile, if it cannot be read or unpacked.
    """
    try:
        for name, data in unpack(path):
            parts = name.removeprefix(f"{path.name}:").split("/") if name != path.name else []
            # The zipped folder itself may be the first part.
            if ANSWER_KEY not in parts[:2] and not any(part.startswith((".", "__MACOSX")) for part in parts):
                yield name, data
    except OSError as error:
        raise UnreadableFile(path.name, expected="a readable file", got=type(error).__name__) from None
