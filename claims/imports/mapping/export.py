"""Owns how an export becomes transactions of the history by a mapping, one for each claim and each answer.

The next export, which repeats most of the last, adds what is new alone, and mapping one column more doubles nothing
(`claims.identity`). One bad row
costs the claim that it is part of, with all its rows.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from claims.claim import Payer
from claims.errors import Rejection
from claims.identity import answer_transaction, sent_transaction
from claims.imports.lines import csv_lines, decode
from claims.imports.mapping.mapping import Mapping, missing_columns
from claims.imports.mapping.records import make_claim, make_remittance
from claims.imports.mapping.rows import ExportRow, RowReader
from claims.imports.mapping.sources import UnfitColumn
from claims.imports.reader import RefusedRow
from claims.x12.transactions import ClaimTransaction, RemittanceTransaction, Transaction


@dataclass(frozen=True, kw_only=True)
class ExportBatch:
    """Both halves of an export, and how many rows are neither, because the mapping leaves them out."""

    header: tuple[str, ...]
    transactions: tuple[Transaction, ...]
    refused: tuple[RefusedRow, ...]
    left_out: int
    notes: tuple[str, ...] = ()


def export_header(data: bytes) -> tuple[str, ...]:
    """Read an export's header: its columns' names without blanks around them."""
    text, _ = decode(data)
    _, header = next(csv_lines(text), (1, ()))
    return tuple(name.strip() for name in header)


def read_export(data: bytes, mapping: Mapping, *, file: str) -> ExportBatch:
    """Read an export whose header has the mapping's columns."""
    text, notes = decode(data)
    lines = csv_lines(text)
    header = tuple(name.strip() for name in next(lines, (1, ()))[1])
    if missing := missing_columns(mapping, header):
        raise ValueError(f"{file}: {len(missing)} columns of mapping {mapping.name} are not in the header")
    if twice := [column for column in mapping.columns if header.count(column) > 1]:
        rejection = Rejection(file=file, position=1, place="header", expected="each column once", got=f"{', '.join(twice)} twice")
        return ExportBatch(header=header, transactions=(), refused=(RefusedRow(rejection=rejection, cells=header),), left_out=0)
    return _Export(mapping, file, header).read(lines, notes)


class _Export:
    def __init__(self, mapping: Mapping, file: str, header: tuple[str, ...]) -> None:
        self._mapping, self._file, self._header = mapping, file, header
        self._sender_id = f"csv {mapping.name}"
        self._refused: dict[int, RefusedRow] = {}

    def read(self, lines: Iterable[tuple[int, tuple[str, ...]]], notes: tuple[str, ...]) -> ExportBatch:
        rows = self._rows(lines)
        spoiled = self._spoiled_claims(rows)
        kept = [row for row in rows if row.claim_key not in spoiled and row.answer_key not in spoiled]
        transactions = list(self._transactions(kept, lambda row: row.claim_key, self._sent))
        kept = [row for row in kept if row.number not in self._refused]
        transactions += self._transactions(kept, lambda row: row.answer_key, self._answered)
        left_out = sum(row.claim is None and row.answer is None for row in rows)
        if left_out:
            notes += (f"{left_out} rows left out that say neither of a claim nor of its answer",)
        return ExportBatch(
            header=self._header,
            transactions=tuple(transactions),
            refused=tuple(refused for _, refused in sorted(self._refused.items())),
            left_out=left_out,
            notes=notes,
        )

    def _rows(self, lines: Iterable[tuple[int, tuple[str, ...]]]) -> list[ExportRow]:
        reader, rows = RowReader(self._mapping, self._header), []
        self._numbers_of_bad: set[str] = set()
        for number, cells in lines:
            try:
                rows.append(reader.read(number, cells))
            except UnfitColumn as unfit:
                self._refuse(number, cells, unfit)
                self._numbers_of_bad |= self._claim_numbers(cells)
        return rows

    def _claim_numbers(self, cells: Sequence[str]) -> set[str]:
        """Read the claim number of a row that is refused, so that the rest of its claim is, too."""
        found = set()
        for sources in (self._mapping.claim, self._mapping.answer):
            for column in sources["patient_control_number"].columns if sources else ():
                place = self._header.index(column)
                found.add(cells[place].strip() if place < len(cells) else "")
        return found - {""}

    def _spoiled_claims(self, rows: Sequence[ExportRow]) -> set[tuple[object, ...]]:
        spoiled = set()
        for row in rows:
            numbers = {str(values["patient_control_number"]) for values in (row.claim, row.answer) if values}
            if numbers & self._numbers_of_bad:
                spoiled |= {key for key in (row.claim_key, row.answer_key) if key}
                self._refuse(row.number, row.cells, _COMPANION)
        return spoiled

    def _transactions(
        self,
        rows: Sequence[ExportRow],
        key: Callable[[ExportRow], Hashable | None],
        make: Callable[[Sequence[ExportRow]], Transaction],
    ) -> Iterator[Transaction]:
        groups: dict[Hashable, list[ExportRow]] = {}
        for row in rows:
            if (found := key(row)) is not None:
                groups.setdefault(found, []).append(row)
        for group in groups.values():
            try:
                yield make(group)
            except UnfitColumn as unfit:
                for row in group:
                    self._refuse(row.number, row.cells, unfit)

    def _sent(self, rows: Sequence[ExportRow]) -> ClaimTransaction:
        return sent_transaction(make_claim(rows), sender_id=self._sender_id)

    def _answered(self, rows: Sequence[ExportRow]) -> RemittanceTransaction:
        answer = make_remittance(rows, per=self._mapping.answer_per)
        values = rows[0].answer or {}
        paid_on, payer_name = values["paid_on"], values.get("payer_name")
        assert isinstance(paid_on, date)  # noqa: S101  its reader gives no other
        payer = Payer(payer_id=str(values["payer_id"]), name=payer_name if isinstance(payer_name, str) else None)
        return answer_transaction(answer, payer=payer, paid_on=paid_on, sender_id=self._sender_id)

    def _refuse(self, number: int, cells: Sequence[str], unfit: UnfitColumn) -> None:
        rejection = Rejection(file=self._file, position=number, place=unfit.column, expected=unfit.expected, got=unfit.got)
        self._refused.setdefault(number, RefusedRow(rejection=rejection, cells=tuple(cells)))


_COMPANION = UnfitColumn("row", expected="every row of this claim to fit", got="another one refused")
