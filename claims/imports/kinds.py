"""Owns the CSV kinds that a practice may send: their columns, what a row must hold, and from when a row is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from claims.imports.cells import (
    CellReader,
    one_of,
    read_count,
    read_date,
    read_id,
    read_money,
    read_npi,
    read_number,
    read_text,
)
from claims.root_cause import root_causes

KNOWN_ON = "known_on"  # the optional column of every kind
ALWAYS = date(1900, 1, 1)

Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its header in the file, its name in the history, how a cell is read, whether it may be empty."""

    header: str
    name: str
    read: CellReader
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class CsvKind:
    """One kind of CSV file; `name` is also its table in the history."""

    name: str
    columns: tuple[Column, ...]
    known_from: str | None  # the column that says when a row became known; None = it always was
    check: Callable[[Row], tuple[str, str] | None]  # what contradicts what: (expected, got)

    @property
    def headers(self) -> frozenset[str]:
        """Name the columns that the file must have."""
        return frozenset(column.header for column in self.columns)

    def known_on(self, row: Row) -> date:
        """Tell from when a row is known if its file does not say."""
        day = row[self.known_from] if self.known_from else ALWAYS
        if not isinstance(day, date):
            raise TypeError(f"{self.name}.{self.known_from} is no date column")
        return day


def _column(name: str, read: CellReader = read_text, *, header: str | None = None, required: bool = False) -> Column:
    return Column(header=header or name, name=name, read=read, required=required)


def _nothing(row: Row) -> None:  # noqa: ARG001
    return None


def _in_order(first: str, last: str) -> Callable[[Row], tuple[str, str] | None]:
    def check(row: Row) -> tuple[str, str] | None:
        begin, end = row[first], row[last]
        if isinstance(begin, date) and isinstance(end, date) and end < begin:
            return f"{last} on or after {first}", "an earlier date"
        return None

    return check


def _decided(row: Row) -> tuple[str, str] | None:
    decided_on, outcome = row["decided_on"], row["outcome"]
    if outcome == "pending" and decided_on is not None:
        return "no decided_on while the outcome is pending", "a date"
    if outcome in {"overturned", "partially_overturned", "upheld"} and decided_on is None:
        return "decided_on with a decided outcome", "nothing"
    return _in_order("filed_on", "decided_on")(row)


def csv_kinds() -> tuple[CsvKind, ...]:
    """List the kinds."""
    return (
        CsvKind(
            name="appeals",
            columns=(
                _column("patient_control_number", header="claim_id", required=True),
                _column("payer_id", required=True),
                _column("level", read_count, required=True),
                _column("filed_on", read_date, required=True),
                _column("decided_on", read_date),
                _column("outcome", one_of("overturned", "partially_overturned", "upheld", "withdrawn", "pending"), required=True),
                _column("recovered_amount", read_money),
                _column("minutes_spent", read_number),
            ),
            known_from="filed_on",
            check=_decided,
        ),
        CsvKind(
            name="eligibility",
            columns=(
                _column("subscriber_key", read_id, header="subscriber_id", required=True),
                _column("payer_id", required=True),
                _column("checked_on", read_date, required=True),
                _column("status", one_of("active", "inactive", "not_found"), required=True),
                _column("plan_begin", read_date),
                _column("plan_end", read_date),
            ),
            known_from="checked_on",
            check=_in_order("plan_begin", "plan_end"),
        ),
        CsvKind(
            name="authorizations",
            columns=(
                _column("authorization_number", required=True),
                _column("payer_id", required=True),
                _column("subscriber_key", read_id, header="subscriber_id"),
                _column("procedure_code"),
                _column("valid_from", read_date, required=True),
                _column("valid_to", read_date),
                _column("units_approved", read_number),
            ),
            known_from="valid_from",
            check=_in_order("valid_from", "valid_to"),
        ),
        CsvKind(
            name="enrollments",
            columns=(
                _column("npi", read_npi, required=True),
                _column("payer_id", required=True),
                _column("effective_from", read_date, required=True),
                _column("effective_to", read_date),
            ),
            known_from="effective_from",
            check=_in_order("effective_from", "effective_to"),
        ),
        CsvKind(
            name="payers",
            columns=(
                _column("payer_id", required=True),
                _column("payer_name"),
                _column("plan_type"),
                _column("filing_limit_days", read_count),
                _column("appeal_limit_days", read_count),
                _column("appeal_levels", read_count),
                _column("expected_response_days", read_count),
            ),
            known_from=None,
            check=_nothing,
        ),
        CsvKind(
            name="fixes",
            columns=(
                _column("cause", one_of(*root_causes()), required=True),
                _column("payer_id"),
                _column("started_on", read_date, required=True),
                _column("owner"),
                _column("description"),
            ),
            known_from="started_on",
            check=_nothing,
        ),
    )
