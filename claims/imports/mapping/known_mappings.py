"""Owns which mappings an ingest knows: the one it was given, and those of the home, told by the columns of an export's header."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from claims.imports.mapping.mapping import Mapping, missing_columns, read_mapping

SUFFIX = ".toml"


@dataclass(frozen=True, kw_only=True)
class KnownMappings:
    """The mappings at hand. `given` goes before everything, `remembered` stand behind the CSV kinds of our own."""

    given: Mapping | None = None
    remembered: tuple[Mapping, ...] = ()

    def fitting(self, header: Sequence[str]) -> Mapping | None:
        """Find the remembered mapping whose columns the header has; of several, the one that reads most of it."""
        found = [mapping for mapping in self.remembered if not missing_columns(mapping, header)]
        return max(found, key=lambda mapping: len(mapping.columns), default=None)


def read_known(folder: Path, *, given: Mapping | None = None) -> KnownMappings:
    """Read the mappings that a home remembers. Raises: MappingError, if one of its files cannot be followed."""
    paths = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    return KnownMappings(given=given, remembered=tuple(read_mapping(path) for path in paths))


def remember(folder: Path, file: Path, *, name: str) -> Path:
    """Keep a mapping file under its name, in place of an earlier one; returns where."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{name}{SUFFIX}"
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.write_bytes(file.read_bytes())
    draft.replace(target)
    return target
