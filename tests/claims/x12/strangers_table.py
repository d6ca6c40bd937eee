"""What each file of the strangers' collection came to: `python -m tests.claims.x12.strangers_table` writes strangers.csv anew.

The collection is not ours to commit; DENIALS_SHARED_DATA says where it lies (default ../shared/data). Review changes by eye.
"""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

from claims.errors import Rejection, UnreadableFile
from claims.x12 import read_file
from claims.x12.transactions import ClaimTransaction, RemittanceTransaction, Transaction

TABLE = Path(__file__).with_name("strangers.csv")
ROOT = Path(__file__).parents[3]
COLLECTION = (ROOT / os.environ.get("DENIALS_SHARED_DATA", "../shared/data")).resolve() / "x12"
COLUMNS = ("file", "verdict", "kinds", "transactions", "claims", "refused", "warnings", "reasons")


def rows() -> Iterator[dict[str, str]]:
    """Read every file of the collection; one row each, in the order of their names."""
    for path in sorted(COLLECTION.glob("*/*")):
        yield _row(path)


def _row(path: Path) -> dict[str, str]:
    name = f"{path.parent.name}/{path.name}"
    try:
        batch = read_file(path)
    except UnreadableFile as refused:
        return dict.fromkeys(COLUMNS, "") | {"file": name, "verdict": "unreadable", "reasons": str(refused)}
    verdict = "refused" if not batch.transactions else "read in part" if batch.rejected else "read"
    return {
        "file": name,
        "verdict": verdict,
        "kinds": " ".join(sorted({transaction.kind for transaction in batch.transactions})),
        "transactions": str(len(batch.transactions)),
        "claims": str(sum(map(_size, batch.transactions))),
        "refused": str(len(batch.rejected)),
        "warnings": str(len(batch.warnings)),
        "reasons": "; ".join(_reason(rejection) for rejection in (*batch.rejected, *batch.warnings)),
    }


def _size(transaction: Transaction) -> int:
    if isinstance(transaction, ClaimTransaction):
        return len(transaction.claims)
    if isinstance(transaction, RemittanceTransaction):
        return len(transaction.remittances)
    return len(transaction.acknowledgments)


def _reason(rejection: Rejection) -> str:
    return f"{rejection.position} {rejection.place}: expected {rejection.expected}, got {rejection.got}"


if __name__ == "__main__":
    with TABLE.open("w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows())
