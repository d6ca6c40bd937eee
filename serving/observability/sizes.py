"""Owns how much each part of a home takes up on disk. What stands elsewhere (an object store, PostgreSQL) is not measured."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from claims.home import Home

_PARTS = {
    "history": "history",
    "work queue, accounts and trail": "serving.db",
    "models in service": "models",
    "model registry": "mlflow.db",
    "model artifacts": "mlartifacts",
    "fact tables of measures": "analytics",
    "quarantine": "quarantine",
    "logs": "logs",
}


@dataclass(frozen=True, kw_only=True)
class PartSize:
    """What one part takes. A part that is not in the home has no files."""

    title: str
    file_count: int
    byte_count: int


def sizes_in(home: Home) -> list[PartSize]:
    """Measure the parts of a home; blocks for as long as listing its files takes."""
    return [_size(title, home.path / name) for title, name in _PARTS.items()]


def _size(title: str, path: Path) -> PartSize:
    sizes = list(_byte_counts(path))
    return PartSize(title=title, file_count=len(sizes), byte_count=sum(sizes))


def _byte_counts(path: Path) -> Iterable[int]:
    found = path.rglob("*") if path.is_dir() else path.parent.glob(f"{path.name}*")  # a database's journal stands beside it
    for one in found:
        try:
            if one.is_file():
                yield one.stat().st_size
        except OSError:  # compacted away meanwhile
            continue
