"""Owns the fact table of the measures: one row per submission, kept as one Parquet file per history version and day.

The file is named by what it was built from, so that it is never changed and any number of processes may read or rebuild it. It
holds claim ids and no names or member ids; it is readable by its owner only.
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claims.adjudication import adjudicate
from claims.history.appeals import known_appeals
from claims.history.store import HistoryStore
from claims.root_cause import root_causes
from claims.statements import read_statements
from features.batch import days, texts
from models.maturity import Maturity, learn_maturity
from models.spec import MaturityRule

SCHEMA_VERSION = 1  # raise it when a column or its meaning changes: kept files are then built anew
KEPT_FILES = 3
MEMORY_LIMIT = "2GB"
_CLAIM_COLUMNS = (
    "submission_id", "patient_control_number", "payer_id", "payer_name", "facility_npi", "facility_name", "billing_provider_npi",
    "place_of_service_code", "rendering_provider_npi", "rendering_taxonomy_code", "claim_type", "claim_filing_indicator_code",
    "frequency_code", "submitted_on", "service_from_on", "charge_amount",
)  # fmt: skip
_LINE_COLUMNS = ("submission_id", "line_number", "procedure_code", "revenue_code", "charge_amount")
_LAGS = ("appeal", "decision", "resolution")
_NO_DAYS = 0


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A fact table on disk. `lag_days`: within how many days 95 % of answers, appeals, decisions and resolutions come."""

    path: Path
    version: str
    as_of: date
    rows: int
    lag_days: dict[str, int]
    open_unmatched: int = 0  # open denials that answer no submission of the history, on no row
    open_unmatched_amount: float = 0.0
    labels: dict[str, dict[str, str]] = field(default_factory=dict)  # dimension -> value -> name of an organization


def facts_for(store: HistoryStore, folder: Path, *, as_of: date) -> Facts:
    """Give the fact table of a history as known at the end of a day, built where it is not there yet.

    Keeps the newest files and removes older ones.
    """
    store = store.pinned()
    version = store.version()
    path = folder / f"facts-{SCHEMA_VERSION}-{version}-{as_of:%Y%m%d}.parquet"
    notes = path.with_suffix(".json")
    if not (path.exists() and notes.exists()):
        build_facts(store, path, as_of=as_of)
        _remove_old(folder, keep=path)
    return _read_notes(path, notes)


def build_facts(store: HistoryStore, path: Path, *, as_of: date) -> Facts:
    """Write the fact table of what was known at the end of a day; whole or not at all."""
    before = as_of + timedelta(days=1)
    known = adjudicate(store, before=before)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f"{path.name}.{uuid4().hex[:8]}.tmp")
    statements = read_statements("facts.sql", package="serving.analytics")
    with duckdb.connect(config={"temp_directory": tempfile.gettempdir(), "memory_limit": MEMORY_LIMIT}) as connection:
        connection.register("claims", store.read("claims", columns=_CLAIM_COLUMNS, before=before))
        connection.register("claim_lines", store.read("claim_lines", columns=_LINE_COLUMNS, before=before))
        connection.register("submissions", known.submissions)
        connection.register("denials", known.denials)
        connection.register("appeals", known_appeals(store, before=before))
        connection.register("root_causes", _cause_table())
        for name in ("services", "sent", "contests", "cases"):
            connection.execute(statements[name])
        lags = connection.sql(statements["lags"]).to_arrow_table()
        maturity = {kind: _maturity(lags, kind, as_of=as_of) for kind in ("answer", *_LAGS)}
        connection.register("answer_lags", _lag_table(maturity["answer"]))
        given = {f"{kind}_days": found.overall_days for kind, found in maturity.items()}
        connection.execute(f"CREATE TEMP TABLE facts AS {statements['facts']}", given)
        unfinished.touch(mode=0o600)
        connection.execute(f"COPY facts TO '{_quoted(unfinished)}' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)")
        (row_count,) = connection.sql("SELECT count(*) FROM facts").fetchall()[0]
        open_unmatched, unmatched_amount = connection.sql(statements["unmatched"]).fetchall()[0]
        labels = connection.sql(statements["labels"]).fetchall()
    facts = Facts(
        path=path,
        version=store.version(),
        as_of=as_of,
        rows=row_count,
        lag_days={kind: found.overall_days for kind, found in maturity.items()},
        open_unmatched=open_unmatched,
        open_unmatched_amount=round(float(unmatched_amount), 2),
        labels=_by_dimension(labels),
    )
    unfinished.replace(path)
    _write_notes(facts)
    return facts


def _cause_table() -> pa.Table:
    rows = [{"reason": cause.id, "tier": cause.tier.value, "owner": cause.owner} for cause in root_causes().values()]
    return pa.Table.from_pylist(rows)


def _maturity(lags: pa.Table, kind: str, *, as_of: date) -> Maturity:
    rows = lags.filter(pc.equal(lags["kind"], kind))
    if not rows.num_rows:
        return Maturity(days_by_payer={}, overall_days=_NO_DAYS)
    end = int(np.datetime64(as_of, "D").astype(np.int64)) + 1
    return learn_maturity(
        payer_id=texts(rows["payer_id"]), sent=days(rows["began_on"]), known=days(rows["ended_on"]), end=end, rule=MaturityRule()
    )


def _lag_table(maturity: Maturity) -> pa.Table:
    found = maturity.days_by_payer
    return pa.table({"payer_id": pa.array(list(found), pa.string()), "answer_days": pa.array(list(found.values()), pa.int32())})


def _by_dimension(rows: Sequence[tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for dimension, value, label in rows:
        found.setdefault(dimension, {})[value] = label
    return found


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _write_notes(facts: Facts) -> None:
    notes = facts.path.with_suffix(".json")
    unfinished = notes.with_name(f"{notes.name}.{uuid4().hex[:8]}.tmp")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps({**asdict(facts), "path": facts.path.name}, default=str, indent=1), encoding="utf-8")
    unfinished.replace(notes)


def _read_notes(path: Path, notes: Path) -> Facts:
    said = json.loads(notes.read_text(encoding="utf-8"))
    return Facts(**{**said, "path": path, "as_of": date.fromisoformat(said["as_of"])})


def _remove_old(folder: Path, *, keep: Path) -> None:
    files = sorted(folder.glob("facts-*.parquet"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in [one for one in files if one != keep][KEPT_FILES - 1 :]:
        file.unlink(missing_ok=True)
        file.with_suffix(".json").unlink(missing_ok=True)
