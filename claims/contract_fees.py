"""Owns a practice's own file of contracted fees (HOME/contract_fees.csv): what a payer is to allow per unit, from when to when.

A file that is unclear is refused whole, naming row and column: half a fee schedule would make half the shortfalls.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from claims.errors import ClaimsError

COLUMNS = ("payer_id", "procedure_code", "modifiers", "effective_from", "effective_to", "allowed_amount")
_OPTIONAL = frozenset({"modifiers", "effective_to"})
_SCHEMA = pa.schema(
    [
        ("payer_id", pa.string()),
        ("procedure_code", pa.string()),
        ("modifiers", pa.list_(pa.string())),
        ("effective_from", pa.date32()),
        ("effective_to", pa.date32()),
        ("allowed_amount", pa.float64()),
    ]
)


class ContractFeeError(ClaimsError):
    """The file of contracted fees says something that is not accepted."""

    def __init__(self, file: str, place: str, *, expected: str, got: str) -> None:
        super().__init__(f"{file}, {place}: expected {expected}, got {got}")
        self.file, self.place = file, place


@dataclass(frozen=True, kw_only=True)
class ContractFee:
    """One fee, from one service day to another, both included."""

    payer_id: str
    procedure_code: str
    modifiers: tuple[str, ...]  # sorted
    effective_from: date
    effective_to: date | None  # None = still in force
    allowed_amount: Decimal  # per unit

    @property
    def key(self) -> tuple[str, str, tuple[str, ...]]:
        """Name what the fee is for."""
        return self.payer_id, self.procedure_code, self.modifiers


def read_contract_fees(path: Path) -> tuple[ContractFee, ...]:
    """Read the file; an absent one has no fees. Raises: ContractFeeError."""
    if not path.is_file():
        return ()
    with path.open(newline="", encoding="utf-8-sig") as handle:
        rows = csv.DictReader(handle)
        header = rows.fieldnames or ()
        missing = [name for name in COLUMNS if name not in header and name not in _OPTIONAL]
        if missing:
            expected = f"columns {', '.join(COLUMNS)}"
            raise ContractFeeError(path.name, "header", expected=expected, got=f"none of {', '.join(missing)}")
        fees = [_parse(path.name, number, row) for number, row in enumerate(rows, start=2)]
    _refuse_overlaps(path.name, fees)
    return tuple(fees)


def fee_table(fees: Sequence[ContractFee]) -> pa.Table:
    """Give fees as a table, amounts as float64."""
    rows = [
        {
            "payer_id": fee.payer_id,
            "procedure_code": fee.procedure_code,
            "modifiers": list(fee.modifiers),
            "effective_from": fee.effective_from,
            "effective_to": fee.effective_to,
            "allowed_amount": float(fee.allowed_amount),
        }
        for fee in fees
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _parse(file: str, number: int, row: Mapping[str, str | None]) -> ContractFee:
    def text(column: str) -> str:
        value = (row.get(column) or "").strip()
        if not value and column not in _OPTIONAL:
            raise ContractFeeError(file, f"row {number}, {column}", expected="a value", got="nothing")
        return value

    def day(column: str) -> date:
        try:
            return date.fromisoformat(text(column))
        except ValueError:
            raise ContractFeeError(file, f"row {number}, {column}", expected="a day YYYY-MM-DD", got="another text") from None

    start, end = day("effective_from"), day("effective_to") if text("effective_to") else None
    if end is not None and end < start:
        raise ContractFeeError(
            file, f"row {number}, effective_to", expected="a day on or after effective_from", got="an earlier one"
        )
    return ContractFee(
        payer_id=text("payer_id"),
        procedure_code=text("procedure_code").upper(),
        modifiers=tuple(sorted(text("modifiers").upper().replace(":", " ").split())),
        effective_from=start,
        effective_to=end,
        allowed_amount=_amount(file, number, text("allowed_amount")),
    )


def _amount(file: str, number: int, text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount <= 0:
        raise ContractFeeError(file, f"row {number}, allowed_amount", expected="dollars above 0", got="another text")
    return amount


def _refuse_overlaps(file: str, fees: Iterable[ContractFee]) -> None:
    ordered = sorted(fees, key=lambda fee: (fee.key, fee.effective_from))
    for first, second in pairwise(ordered):
        if first.key == second.key and (first.effective_to is None or first.effective_to >= second.effective_from):
            place = f"{second.procedure_code} of payer {second.payer_id}"
            got = f"two fees on {second.effective_from}"
            raise ContractFeeError(file, place, expected="periods that do not overlap", got=got)
