"""Owns how an export becomes transactions of the history by a mapping, one for each claim and each answer.

A claim is known again by number, payer, day, frequency; an answer by number, payer, day, status, payment and adjustments. So the
next export, which repeats most of the last, adds what is new alone, and mapping one column more doubles nothing. One bad row
costs the claim that it is part of, with all its rows.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from hashlib import sha256

from claims.claim import Claim, Payer, Provider
from claims.errors import Rejection
from claims.imports.lines import csv_lines, decode
from claims.imports.mapping.mapping import Mapping, missing_columns
from claims.imports.mapping.records import make_claim, make_remittance
from claims.imports.mapping.rows import ExportRow, RowReader
from claims.imports.mapping.sources import UnfitColumn
from claims.imports.reader import RefusedRow
from claims.remittance import Remittance, RemittancePayment
from claims.x12.transactions import ClaimTransaction, Envelope, RemittanceTransaction, Transaction

VERSION = "mapped"  # stands for GS08
_KEY_CHARACTERS = 16


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
        claim = make_claim(rows)
        key = content_key(claim.claim_type, _identity(claim))
        return ClaimTransaction(
            envelope=self._envelope(key, claim.submitted_on),
            kind=claim.claim_type,
            reference=key[:_KEY_CHARACTERS],
            submitted_on=claim.submitted_on,
            submitter=None,
            receiver=None,
            claims=(claim,),
            content_key=key,
        )

    def _answered(self, rows: Sequence[ExportRow]) -> RemittanceTransaction:
        answer = make_remittance(rows, per=self._mapping.answer_per)
        values = rows[0].answer or {}
        paid_on, payer_id, payer_name = values["paid_on"], values.get("payer_id"), values.get("payer_name")
        assert isinstance(paid_on, date)  # noqa: S101  its reader gives no other
        key = content_key("835", (payer_id, paid_on, *_answer_identity(answer)))
        payer = Payer(payer_id=str(payer_id), name=payer_name if isinstance(payer_name, str) else None)
        return RemittanceTransaction(
            envelope=self._envelope(key, paid_on),
            payment=RemittancePayment(
                payer=payer, payee=Provider(), payment_amount=answer.paid_amount, payment_method_code=None,
                paid_on=paid_on, produced_on=None, trace_number=None,
            ),
            remittances=(answer,),
            provider_adjustments=(),
            content_key=key,
        )  # fmt: skip

    def _envelope(self, key: str, day: date) -> Envelope:
        # Control numbers made of the content: no later export can be taken for a correction of this one.
        return Envelope(
            sender_id=f"csv {self._mapping.name}",
            receiver_id="",
            interchange_control_number=key[:_KEY_CHARACTERS],
            group_control_number="1",
            transaction_control_number="1",
            version=VERSION,
            created_on=day,
            created_at=time(),
        )

    def _refuse(self, number: int, cells: Sequence[str], unfit: UnfitColumn) -> None:
        rejection = Rejection(file=self._file, position=number, place=unfit.column, expected=unfit.expected, got=unfit.got)
        self._refused.setdefault(number, RefusedRow(rejection=rejection, cells=tuple(cells)))


_COMPANION = UnfitColumn("row", expected="every row of this claim to fit", got="another one refused")


def content_key(kind: str, identity: Sequence[object]) -> str:
    """Hash what tells a claim or an answer apart, as text."""
    return sha256("\x1f".join(("mapped", kind, *("" if one is None else str(one) for one in identity))).encode()).hexdigest()


def _identity(claim: Claim) -> tuple[object, ...]:
    return claim.patient_control_number, claim.payer.payer_id, claim.submitted_on, claim.frequency_code


def _answer_identity(answer: Remittance) -> tuple[object, ...]:
    adjustments = [*answer.adjustments, *(one for line in answer.lines for one in line.adjustments)]
    said = sorted(f"{one.group_code} {one.carc} {one.adjustment_amount:f}" for one in adjustments)
    return answer.patient_control_number, answer.claim_status_code, f"{answer.paid_amount:f}", *said
