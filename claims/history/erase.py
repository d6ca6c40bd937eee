"""Owns taking claims out of the history for good: rows deleted in every table, then the files that held them removed.

A file that was ingested is still known by its hash, so that erased claims do not come back when it is ingested again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from claims.history import delta

# Rows that bear the claim's number; those of the score log stand beside the history.
_BY_NUMBER = ("claims", "remittances", "acknowledgments", "appeals", "scores", "score_actions", "score_shadows")
# Rows that hang on a row with a number: table, its key, and the table where the key is found.
_BY_KEY = (
    ("claim_lines", "submission_id", "claims"),
    ("remittance_lines", "remittance_id", "remittances"),
    ("adjustments", "remittance_id", "remittances"),
)
_BY_SUBSCRIBER = ("eligibility", "authorizations")


@dataclass(frozen=True, kw_only=True)
class Condition:
    """The rows of a table whose column holds one of the values."""

    table: str
    column: str
    values: tuple[str, ...]
    row_count: int


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What is to go."""

    claim_numbers: tuple[str, ...]
    conditions: tuple[Condition, ...]

    def row_counts(self) -> dict[str, int]:
        """Count the rows by table, those without any left out."""
        return {one.table: one.row_count for one in self.conditions if one.row_count}


def plan_claim_erasure(history_uri: str, claim_number: str) -> Erasure:
    """Find every row about one claim, by its patient control number."""
    return _plan(history_uri, [claim_number], subscribers=[])


def plan_patient_erasure(history_uri: str, claim_number: str) -> Erasure:
    """Find every row about the patient of a claim: all claims of the same person, and what is kept under the member id."""
    claims = _read(history_uri, "claims", ["patient_control_number", "patient_key", "subscriber_key"])
    asked = claims.filter(pc.equal(claims["patient_control_number"], claim_number))
    people = [key for key in asked["patient_key"].to_pylist() if key]
    theirs = claims.filter(pc.is_in(claims["patient_key"], pa.array(people, pa.string()))) if people else asked
    subscribers = {str(key) for key in theirs["subscriber_key"].to_pylist() if key}
    return _plan(history_uri, [claim_number, *theirs["patient_control_number"].to_pylist()], subscribers=sorted(subscribers))


def erase(history_uri: str, erasure: Erasure) -> None:
    """Delete the rows, the files that held them and what the log says of those; whoever reads an older version fails."""
    for one in erasure.conditions:
        predicates = [f"{one.column} IN ({', '.join(map(_quoted, values))})" for values in _parts(one.values)]
        delta.delete_for_good(_uri(history_uri, one.table), predicates)


def _plan(history_uri: str, numbers: Iterable[str], *, subscribers: Sequence[str]) -> Erasure:
    claim_numbers = tuple(dict.fromkeys(numbers))
    wanted: list[tuple[str, str, Sequence[str]]] = [(table, "patient_control_number", claim_numbers) for table in _BY_NUMBER]
    for table, key, parent in _BY_KEY:
        rows = _read(history_uri, parent, [key, "patient_control_number"])
        mine = rows.filter(pc.is_in(rows["patient_control_number"], pa.array(claim_numbers, pa.string())))
        wanted.append((table, key, mine[key].to_pylist()))
    wanted += [(table, "subscriber_key", subscribers) for table in _BY_SUBSCRIBER]
    conditions = [_condition(history_uri, table, column, tuple(values)) for table, column, values in wanted if values]
    return Erasure(claim_numbers=claim_numbers, conditions=tuple(one for one in conditions if one is not None))


def _condition(history_uri: str, table: str, column: str, values: tuple[str, ...]) -> Condition | None:
    uri = _uri(history_uri, table)
    if not delta.table_exists(uri):
        return None
    found = _read(history_uri, table, [column])[column]
    count = pc.sum(pc.is_in(found, pa.array(values, pa.string()))).as_py() or 0
    return Condition(table=table, column=column, values=values, row_count=int(count))


def _read(history_uri: str, table: str, columns: list[str]) -> pa.Table:
    uri = _uri(history_uri, table)
    if not delta.table_exists(uri):
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    return delta.scan(delta.open_table(uri), uri).to_table(columns=columns)


def _parts(values: tuple[str, ...], size: int = 500) -> Iterable[tuple[str, ...]]:
    return (values[at : at + size] for at in range(0, len(values), size))


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _uri(history_uri: str, table: str) -> str:
    return f"{history_uri.rstrip('/')}/{table}"
