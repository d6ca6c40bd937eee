"""Owns what a campaign starts from: our own small files of each kind, what earlier campaigns kept, and local files.

Local files (`extra`) are read, never written anywhere: neither they nor their mutants enter the corpus.
"""

from collections.abc import Sequence
from pathlib import Path

from claims.imports.kinds import csv_kinds

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
_GOLDEN = ROOT / "tests" / "claims" / "x12" / "golden"
_EXAMPLES = ROOT / "docs" / "examples"
_X12_SUFFIXES = {".837", ".835", ".277", ".999"}
_CLAIM_CSV = (
    b"claim_id,payer_id,line_charge_amount,procedure_code,units,submitted_on,birth_on,diagnosis_codes,modifiers,service_from_on\n"
    b"C1,P1,50,99213,1,2026-03-02,1979-04-12,S52501A;M25511,25,2026-02-16\n"
    b"C1,P1,20.50,97110,2,2026-03-02,1979-04-12,S52501A,GP,2026-02-16\n"
    b"C2,P2,272,99214,1,,,,,\n"
)
_CELLS = {
    "claim_id": "PCN-1001", "payer_id": "BAY01", "level": "1", "filed_on": "2026-03-02", "decided_on": "2026-04-02",
    "outcome": "overturned", "recovered_amount": "50.25", "minutes_spent": "35", "subscriber_id": "ZZT000111",
    "checked_on": "20260301", "status": "active", "plan_begin": "2026-01-01", "plan_end": "2026-12-31",
    "authorization_number": "AUTH9", "procedure_code": "97110", "valid_from": "2026-01-01", "valid_to": "2026-06-30",
    "units_approved": "12.5", "npi": "1234567893", "effective_from": "2020-01-01", "effective_to": "2027-01-01",
    "payer_name": "BAY HEALTH PLAN", "plan_type": "HMO", "filing_limit_days": "90", "appeal_limit_days": "180",
    "appeal_levels": "2", "expected_response_days": "30", "cause": "authorization", "started_on": "2026-02-01",
    "owner": "authorization desk", "description": "check before the visit", "known_on": "2026-03-05",
}  # fmt: skip


def x12_seeds() -> list[bytes]:
    """Give the golden files."""
    return [path.read_bytes() for path in sorted(_GOLDEN.iterdir()) if path.suffix in _X12_SUFFIXES]


def csv_seeds() -> list[bytes]:
    """Give one file of two rows for each CSV kind, with and without `known_on`."""
    seeds = []
    for kind in csv_kinds():
        headers = [column.header for column in kind.columns]
        for names in (headers, [*headers, "known_on"]):
            row = [_CELLS[name] for name in names]
            seeds.append("\n".join(",".join(cells) for cells in (names, row, row[::-1][::-1], "")).encode())
    return seeds


def claim_csv_seeds() -> list[bytes]:
    """Give a flat table of claims."""
    return [_CLAIM_CSV]


def json_seeds() -> list[bytes]:
    """Give the example claim, alone and as one of a list."""
    one = (_EXAMPLES / "claim.json").read_bytes()
    return [one, b"[" + one + b"," + one + b"]"]


def archive_seeds() -> list[bytes]:
    """Give what is worth packing: one file of each kind."""
    return [*x12_seeds(), csv_seeds()[0], b""]


def corpus(target: str) -> list[bytes]:
    """Give what earlier campaigns kept of a target."""
    return [path.read_bytes() for path in sorted((CORPUS / target).glob("*")) if path.is_file()]


def local_seeds(folder: Path | None, *, suffixes: Sequence[str] = (), largest: int = 20_000) -> list[bytes]:
    """Read the small files below a folder of this machine, by suffix if any is named."""
    if folder is None:
        return []
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and (not suffixes or path.suffix in suffixes)]
    return [path.read_bytes() for path in found if path.stat().st_size <= largest]
