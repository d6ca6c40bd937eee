"""Owns how receipts are shown: a row per file while there are few, a row per kind when there are many."""

from collections.abc import Sequence

from claims.history.receipt import FileReceipt
from cli import output

FEW = 40
MOST_REASONS = 20
_COLUMNS = ("file", "kind", "unit", "accepted", "refused", "already_known")


def show_receipts(receipts: Sequence[FileReceipt], *, json: bool) -> None:
    """Print what became of each file, every file with a refusal in full, and the totals."""
    rows = [(r.file, r.kind, r.unit, r.accepted, r.refused, r.already_known) for r in receipts]
    if json or len(rows) <= FEW:
        output.table("Receipts", _COLUMNS, rows, json=json)
    else:
        output.table("Receipts by kind", ("kind", "files", *_COLUMNS[2:]), _by_kind(receipts), json=json)
    for receipt in receipts:
        for rejection in receipt.rejections[:MOST_REASONS]:
            output.warn(str(rejection))
        if len(receipt.rejections) > MOST_REASONS:
            output.warn(f"{receipt.file}: {len(receipt.rejections) - MOST_REASONS} more reasons in the quarantine folder")
    if not json:
        output.summary(
            {
                "files": len(receipts),
                "accepted": sum(receipt.accepted for receipt in receipts),
                "refused": sum(receipt.refused for receipt in receipts),
                "already_known": sum(receipt.already_known for receipt in receipts),
            },
            json=False,
        )


def _by_kind(receipts: Sequence[FileReceipt]) -> list[tuple[object, ...]]:
    kinds = sorted({receipt.kind for receipt in receipts})
    rows: list[tuple[object, ...]] = []
    for kind in kinds:
        same = [receipt for receipt in receipts if receipt.kind == kind]
        counts = (sum(r.accepted for r in same), sum(r.refused for r in same), sum(r.already_known for r in same))
        rows.append((kind, len(same), same[0].unit, *counts))
    return rows
