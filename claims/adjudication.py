"""Owns the outcome of every submission: which answer was its first, what it denied, and what became of the denial.

The label is the payer's first word: the first answer to a submission that is no reversal. An answer that was reversed on the
day it became known does not count if a corrected one came the same day. Reversals are matched away; a replacement (frequency
7) is a submission of its own; a rejection (277CA, 999) is no denial; no answer yet means open, never "paid". What counts as a
denial is `claims.denial`'s business, which answer belongs to which submission that of `claims.adjudication_matching`.

Works in DuckDB over Arrow, so that a history larger than memory spills to disk instead of failing. Only what was known before
the day `before` is read.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter

import duckdb
import pyarrow as pa

from claims.adjudication_matching import Answer, Submission, match_answers
from claims.denial import classify_adjustment
from claims.history.appeals import known_appeals
from claims.history.store import HistoryStore
from claims.statements import read_statements

_INPUTS: dict[str, tuple[str, ...]] = {
    "claims": (
        "source_key",
        "submission_id",
        "patient_control_number",
        "payer_id",
        "payer_sequence_code",
        "frequency_code",
        "submitted_on",
        "charge_amount",
        "service_from_on",
    ),
    "claim_lines": ("submission_id", "line_number", "procedure_code", "modifiers", "service_from_on", "line_control_number"),
    "remittances": (
        "source_key",
        "known_on",
        "remittance_id",
        "patient_control_number",
        "payer_id",
        "claim_status_code",
        "payer_claim_control_number",
        "frequency_code",
        "charge_amount",
        "paid_amount",
        "patient_responsibility_amount",
        "allowed_amount",
        "service_from_on",
        "remark_codes",
    ),
    "remittance_lines": (
        "remittance_id",
        "line_position",
        "procedure_code",
        "submitted_procedure_code",
        "modifiers",
        "paid_amount",
        "allowed_amount",
        "service_from_on",
        "line_control_number",
        "remark_codes",
    ),
    "adjustments": ("remittance_id", "line_position", "position", "group_code", "carc", "adjustment_amount"),
    "acknowledgments": (
        "known_on",
        "patient_control_number",
        "payer_id",
        "is_rejection",
        "category_codes",
        "status_codes",
        "entity_codes",
    ),
    "syntax_reports": ("known_on", "group_control_number", "transaction_control_number", "accepted_code"),
    "transactions": ("source_key", "known_on", "kind", "group_control_number", "transaction_control_number"),
}
_CLASSIFICATION = pa.schema(
    [("carc", pa.string()), ("remarks", pa.list_(pa.string())), ("nothing_allowed", pa.bool_()), ("category", pa.string())]
)
_MATCHES = pa.schema([("remittance_id", pa.string()), ("submission_id", pa.string())])


@dataclass(frozen=True, kw_only=True)
class Adjudication:
    """What the payers said, by submission, line, denial and answer. Money is float64, for the feature matrix to come.

    `submissions`: one row per row of `claims`; null outcome = no answer yet. `lines`: those of the first answer that belong to a
    line we sent; claim-level adjustments are on no line. `denials`: one row per denial answer, matched to a claim or not;
    `superseded_on` = denied again later, so that only rows without it are open work; `resubmitted_on` = the claim was sent
    again since, to `resubmission_payer_id`. `answers`: every remittance with its submission, reversals too. `unmatched`:
    remittances that answer no submission of the history, with the reason. `rejections`: what a 277CA (with its codes) or a 999
    (without) returned. `appeals`: those known, pending ones too.
    """

    submissions: pa.Table
    rejections: pa.Table
    appeals: pa.Table
    lines: pa.Table
    denials: pa.Table
    answers: pa.Table
    unmatched: pa.Table


def adjudicate(store: HistoryStore, *, before: date | None = None) -> Adjudication:
    """Adjudicate all that was known before a day (strictly; `None` = all)."""
    store = store.pinned()
    with duckdb.connect(config={"temp_directory": tempfile.gettempdir()}) as connection:
        for table, columns in _INPUTS.items():
            rows = store.read(table, columns=columns, before=before)
            connection.register("submissions" if table == "claims" else table, rows)
        connection.register("appeals", known_appeals(store, before=before))
        _read_denials(connection)
        _match(connection)
        return _outcomes(connection)


def _read_denials(connection: duckdb.DuckDBPyConnection) -> None:
    statements = read_statements("adjudication_answers.sql")
    connection.execute(statements["facts"])
    rows = connection.execute(statements["combinations"]).fetchall()
    classified = [
        (carc, remarks, nothing_allowed, classify_adjustment(carc=carc, remark_codes=remarks, nothing_allowed=nothing_allowed))
        for carc, remarks, nothing_allowed in rows
    ]
    denying = [row for row in classified if row[3] is not None]
    connection.register("classification", _table(_CLASSIFICATION, denying))
    connection.execute(statements["denied_adjustments"])
    connection.execute(statements["answers"])


def _match(connection: duckdb.DuckDBPyConnection) -> None:
    statements = read_statements("adjudication_matches.sql")
    for name in ("rejections", "counted", "single_matches"):
        connection.execute(statements[name])
    submissions = connection.execute(statements["repeated_submissions"]).fetchall()
    answers = connection.execute(statements["repeated_answers"]).fetchall()
    sent = {number: [Submission(*row[1:]) for row in rows] for number, rows in groupby(submissions, key=itemgetter(0))}
    matches: list[tuple[str, str | None]] = []
    for number, rows in groupby(answers, key=itemgetter(0)):
        matches += match_answers(sent[number], [Answer(*row[1:]) for row in rows]).items()
    connection.register("repeated_matches", _table(_MATCHES, matches))


def _outcomes(connection: duckdb.DuckDBPyConnection) -> Adjudication:
    statements = read_statements("adjudication_outcomes.sql")
    for name in ("matched", "cancelled", "taken_back", "first_answers", "line_pairs"):
        connection.execute(statements[name])

    def read(name: str) -> pa.Table:
        table: pa.Table = connection.sql(statements[name]).to_arrow_table()
        return table

    return Adjudication(
        submissions=read("submissions"),
        rejections=connection.sql("SELECT * FROM rejections ORDER BY submission_id").to_arrow_table(),
        appeals=connection.sql("SELECT * FROM appeals").to_arrow_table(),
        lines=read("lines"),
        denials=read("denials"),
        answers=read("answers"),
        unmatched=read("unmatched"),
    )


def _table(schema: pa.Schema, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table([pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema=schema)
