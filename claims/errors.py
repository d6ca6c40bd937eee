"""Owns the errors of the domain room; every message says what failed, where, what was expected and what came."""

from dataclasses import dataclass
from pathlib import Path


class ClaimsError(Exception):
    """Root of every error that `claims` raises."""


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """One refused piece of input: a whole file, a transaction, a claim or a CSV row.

    `position` counts segments within the interchange file (ISA = 1) or lines of a CSV (header = 1); 0 means the whole file.
    `expected` and `got` never carry a raw value, a name or a member id: shapes and lengths only ("3 letters").
    """

    file: str
    position: int
    place: str
    expected: str
    got: str
    patient_control_number: str | None = None

    def __str__(self) -> str:
        """Format as `file, position, place: expected ..., got ...`."""
        where = f"{self.file}, position {self.position}" if self.position else self.file
        return f"{where}, {self.place}: expected {self.expected}, got {self.got}"


class UnreadableFile(ClaimsError):
    """The bytes are no X12 interchange, CSV, gzip or zip that this system reads."""

    def __init__(self, path: Path | str, *, expected: str, got: str) -> None:
        super().__init__(f"{path}: expected {expected}, got {got}")
        self.expected = expected
        self.got = got
