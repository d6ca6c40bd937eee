"""Owns the last night of a world: takes the transactions of its last busy day out of the files, into files of their own.

Run: `python -m benchmarks.scale.arrivals FILES OUT`. An 837 file holds a week or a day, an 835 a month of one payer.
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from claims.x12 import read_file, write_transactions
from claims.x12.transactions import ClaimTransaction, Transaction

FOLDERS = ("837", "835", "277ca", "999")


def hold_back(files: Path, out: Path) -> int:
    """Move the last day on which claims were sent to `out`; returns how many transactions that were. Does nothing twice."""
    if out.exists():
        return 0
    out.mkdir(parents=True)
    day = _last_day(files / "837")
    moved = 0
    for folder in FOLDERS:
        for path in _newest(files / folder):
            transactions = read_file(path).transactions
            held = [one for one in transactions if one.envelope.created_on == day]
            if not held:
                continue
            (out / path.name).write_bytes(write_transactions(held))
            kept = [one for one in transactions if one.envelope.created_on != day]
            path.write_bytes(write_transactions(kept)) if kept else path.unlink()
            moved += len(held)
    return moved


def _last_day(folder: Path) -> date:
    newest = max(folder.iterdir())
    return max(day for day in _days(read_file(newest).transactions))


def _days(transactions: tuple[Transaction, ...]) -> Iterator[date]:
    return (one.envelope.created_on for one in transactions if isinstance(one, ClaimTransaction))


def _newest(folder: Path) -> list[Path]:
    """List the files of the last period: those that share the end of the last name, which is a day or a month."""
    listed = sorted(folder.iterdir())
    if not listed:
        return []
    last = max(path.stem.rpartition("_")[2] for path in listed)
    return [path for path in listed if path.stem.endswith(last)]


if __name__ == "__main__":
    print(f"{hold_back(Path(sys.argv[1]), Path(sys.argv[2]))} transactions held back")
