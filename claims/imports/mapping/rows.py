"""Owns what one row of an export says under a mapping: field values of the claim, its lines, the answer and its adjustments."""

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass

from claims.imports.mapping.fields import ADJUSTMENT, ANSWER, CLAIM, LINE, Reason, export_fields
from claims.imports.mapping.mapping import Mapping, Sources
from claims.imports.mapping.sources import Cells, UnfitColumn, holds, read_field

_CLAIM_KEY = ("patient_control_number", "payer_id", "submitted_on")
_ANSWER_KEY = ("patient_control_number", "payer_id", "paid_on")
Values = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class ExportRow:
    """One row, read. `claim` and `answer` are `None` where the row says nothing of them."""

    number: int
    cells: tuple[str, ...]
    claim: Values | None
    lines: tuple[Values, ...]
    answer: Values | None
    adjustments: tuple[Values, ...]

    @property
    def claim_key(self) -> tuple[object, ...] | None:
        """Name the submission that the row is part of."""
        return None if self.claim is None else (*(self.claim[name] for name in _CLAIM_KEY), self.claim.get("frequency_code"))

    @property
    def answer_key(self) -> tuple[object, ...] | None:
        """Name the answer that the row is part of."""
        return None if self.answer is None else tuple(self.answer[name] for name in _ANSWER_KEY)


class RowReader:
    """Reads rows by one mapping."""

    def __init__(self, mapping: Mapping, header: Sequence[str]) -> None:
        self._mapping = mapping
        self._places = [(column, header.index(column)) for column in mapping.columns]
        self._width = len(header)

    def read(self, number: int, cells: Sequence[str]) -> ExportRow:
        """Read one row. Raises: UnfitColumn."""
        if len(cells) != self._width:
            raise UnfitColumn("row", expected=f"{self._width} cells", got=f"{len(cells)} cells")
        named = {column: cells[place].strip() for column, place in self._places}
        mapping = self._mapping
        claim = self._section(CLAIM, mapping.claim, named) if holds(mapping.claim_only_where, named) else None
        answer = self._section(ANSWER, mapping.answer, named) if holds(mapping.answer_only_where, named) else None
        if answer is not None and answer.get("paid_on") is None:
            answer = None  # not answered yet
        self._require(mapping.claim, claim, (*_CLAIM_KEY,))
        self._require(mapping.answer, answer, (*_ANSWER_KEY, "paid_amount"))
        lines = [self._values(LINE, line, named) for line in mapping.lines] if claim or answer else []
        adjustments = [self._adjustment(sources, named) for sources in mapping.adjustments] if answer else []
        return ExportRow(
            number=number,
            cells=tuple(cells),
            claim=claim,
            lines=tuple(line for line in lines if line.get("procedure_code") or line.get("charge_amount") is not None),
            answer=answer,
            adjustments=tuple(values for values in adjustments if values is not None),
        )

    def _section(self, section: str, sources: Sources | None, cells: Cells) -> Values | None:
        return None if sources is None else self._values(section, sources, cells)

    def _values(self, section: str, sources: Sources, cells: Cells) -> Values:
        fields = export_fields()
        read = {
            name: read_field(fields[section, name], source, cells, date_format=self._mapping.date_format)
            for name, source in sources.items()
            if not source.is_rest
        }
        return {name: value for name, value in read.items() if value is not None}

    def _adjustment(self, sources: Sources, cells: Cells) -> Values | None:
        """Read an adjustment, `None` where the row holds no code; its amount is left out where it is the rest."""
        values = self._values(ADJUSTMENT, sources, cells)
        reason = values.get("carc")
        if not isinstance(reason, Reason):
            return None
        group = values.get("group_code") or reason.group_code
        if group is None:
            column = _column(sources, "carc")
            raise UnfitColumn(column, expected="a group before the reason (CO-45), or a mapped group_code", got="a reason alone")
        if "adjustment_amount" not in values and not sources["adjustment_amount"].is_rest:
            raise UnfitColumn(_column(sources, "adjustment_amount"), expected="an amount beside a reason", got="nothing")
        return values | {"carc": reason.carc, "group_code": group}

    @staticmethod
    def _require(sources: Sources | None, values: Table[str, object] | None, names: Sequence[str]) -> None:
        if sources is None or values is None:
            return
        for name in names:
            if values.get(name) is None:
                raise UnfitColumn(_column(sources, name), expected="a value", got="nothing")


def _column(sources: Sources, name: str) -> str:
    return ", ".join(sources[name].columns) or name
