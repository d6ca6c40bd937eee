"""Owns what an ingest says about each file: how much of it was new, refused or known before."""

from dataclasses import dataclass

from claims.errors import Rejection

UNITS = {
    "837": "claims",
    "835": "claim answers",
    "277": "claim answers",
    "999": "transaction answers",
    "FHI": "claims and answers",
    "map": "claims and answers",  # of an export; what is refused of one counts in rows
}


@dataclass(frozen=True, kw_only=True)
class FileReceipt:
    """The fate of one file. Counts claims (837), CLPs (835), answers (277CA, 999) or rows (CSV): see `unit`.

    What stood in the file = accepted + refused + already_known. A file that is nothing of ours counts as one refused piece,
    or as its rows if it is text with a header.
    """

    file: str
    kind: str  # 837P 837I 835 277CA 999 (several joined by "+"), a CSV kind, "mapped NAME" (an export), FHIR or "unknown"
    accepted: int
    refused: int
    already_known: int
    rejections: tuple[Rejection, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> int:
        """Count what stood in the file."""
        return self.accepted + self.refused + self.already_known

    @property
    def unit(self) -> str:
        """Name what is counted."""
        return UNITS.get(self.kind[:3], "rows" if self.kind.isalpha() and self.kind != "unknown" else "pieces")
