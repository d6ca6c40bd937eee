"""Owns what a fault is tried with and what it gives."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Where faults are tried."""

    home: Path  # copied, never touched
    sample: Path  # an 837 of the practice
    claim: dict[str, object]
    today: str
    folder: Path
    rounds: int
    seconds: float  # of load before each blow
    soak_seconds: float


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One row of the table. `is_well` is `None` where the fault could not be tried here."""

    fault: str
    tried: str
    happened: str
    is_well: bool | None
