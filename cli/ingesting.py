"""Owns how `denials ingest` calls the history, with a mapping of an export where one is named."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from claims.history.ingest import Progress, ingest_paths
from claims.history.receipt import FileReceipt
from claims.home import Home
from claims.imports.mapping.known_mappings import remember
from claims.imports.mapping.mapping import read_mapping


def ingest_files(
    paths: Sequence[Path], *, mapping_file: Path | None, home: Home, progress: Progress | None = None
) -> list[FileReceipt]:
    """Ingest; a mapping by which something could be read is kept in the home, where the next export finds it."""
    mapping = None if mapping_file is None else read_mapping(mapping_file)
    receipts = ingest_paths(paths, home=home, now=datetime.now(UTC), progress=progress, mapping=mapping)
    kind = f"mapped {mapping.name}" if mapping else ""
    if mapping_file and mapping and any(receipt.kind == kind and receipt.found > receipt.refused for receipt in receipts):
        remember(home.mappings, mapping_file, name=mapping.name)
    return receipts
