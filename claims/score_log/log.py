"""Owns where the score log stands: append-only Delta tables beside the history, written by the service, read by training.

They are no part of the history's loads: a batch of scores is one table and so one atomic commit, needs no ledger, and must not
make an ingest compare again. The same batch written twice is read once (`score_id`).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake.exceptions import CommitFailedError

from claims.history import delta
from claims.score_log.action import ClaimAction, action_table
from claims.score_log.schema import ACTIONS, AT, SCORES, SHADOWS

FILES_BEFORE_COMPACTION = 24
TARGET_FILE_BYTES = 128 * 1024 * 1024
KEEP_OLD_FILES_HOURS = 168  # as the history keeps them

_WRITTEN_AT = {"scores": "scored_at", "score_actions": "reported_at", "score_shadows": "scored_at"}


class ScoreLog:
    """The log beside the history at a folder or object store URL. One thread appends scores, one what a challenger said."""

    def __init__(self, history_uri: str, *, storage_options: dict[str, str] | None = None) -> None:
        root = history_uri.rstrip("/")
        self._uris = {name: f"{root}/{name}" for name in ("scores", "score_actions", "score_shadows")}
        self._options = storage_options
        self._scores = delta.Appender(self._uris["scores"], storage_options=storage_options)
        self._shadows = delta.Appender(self._uris["score_shadows"], storage_options=storage_options)

    def append(self, scores: pa.Table) -> None:
        """Add scores, all or none."""
        self._scores.append(scores)

    def append_shadows(self, shadows: pa.Table) -> None:
        """Add what a challenger said, all or none."""
        self._shadows.append(shadows)

    def report(self, actions: Sequence[ClaimAction]) -> None:
        """Add what people report, all or none."""
        delta.append(self._uris["score_actions"], action_table(list(actions)), storage_options=self._options)

    def scores(
        self, *, before: date | None = None, columns: Sequence[str] | None = None, claim_number: str | None = None
    ) -> pa.Table:
        """Read the scores as of days before `before` (`None` = all), of one claim or all, each once, in order of time."""
        names = list(columns) if columns is not None else SCORES.names
        needed = list(dict.fromkeys([*names, "score_id", "as_of", "scored_at", "patient_control_number"]))
        rows = self._read("scores", SCORES, needed, claim_number=claim_number)
        if before is not None:
            rows = rows.filter(pc.less(rows["as_of"], pa.scalar(before, pa.date32())))
        return _once(rows, ["score_id"]).sort_by([("scored_at", "ascending"), ("score_id", "ascending")]).select(names)

    def shadows(self, *, before: date | None = None) -> pa.Table:
        """Read what challengers said as of days before `before` (`None` = all), each model once of each score."""
        rows = self._read("score_shadows", SHADOWS, SHADOWS.names)
        if before is not None:
            rows = rows.filter(pc.less(rows["as_of"], pa.scalar(before, pa.date32())))
        return _once(rows, ["score_id", "model_version"]).sort_by([("scored_at", "ascending"), ("score_id", "ascending")])

    def actions(self, *, before: date | None = None, claim_number: str | None = None) -> pa.Table:
        """Read the reports of what was done before a day, about one claim or all; the same report twice counts once."""
        rows = self._read("score_actions", ACTIONS, ACTIONS.names, claim_number=claim_number)
        if before is not None:
            rows = rows.filter(pc.less(rows["acted_on"], pa.scalar(before, pa.date32())))
        same = ["patient_control_number", "payer_id", "by", "action", "fix", "acted_on"]
        return _once(rows, same).sort_by([("acted_on", "ascending"), ("reported_at", "ascending")])

    def count_older(self, moment: datetime) -> int:
        """Count the rows that were written before a moment."""
        found = 0
        for name, column in _WRITTEN_AT.items():
            if self._exists(self._uris[name]):
                at = self._read(name, pa.schema([(column, AT)]), [column])[column]
                found += pc.sum(pc.less(at, pa.scalar(moment, AT))).as_py() or 0
        return int(found)

    def remove_older(self, moment: datetime) -> None:
        """Remove for good what was written before a moment."""
        before = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        for name, column in _WRITTEN_AT.items():
            if self._exists(self._uris[name]):
                delta.delete_for_good(self._uris[name], [f"{column} < '{before}'"], storage_options=self._options)

    def version(self) -> str:
        """Name what training sees now: the Delta versions of scores and actions, "-" for one that does not exist yet."""
        uris = (self._uris[name] for name in ("scores", "score_actions"))
        return "/".join(str(self._version(uri)) if self._exists(uri) else "-" for uri in uris)

    def compact(self) -> None:
        """Merge small files where many have gathered."""
        for uri in self._uris.values():
            if not self._exists(uri):
                continue
            table = delta.open_table(uri, storage_options=self._options)
            if len(table.file_uris()) < FILES_BEFORE_COMPACTION:
                continue
            try:
                table.optimize.compact(target_size=TARGET_FILE_BYTES)
                table.vacuum(retention_hours=KEEP_OLD_FILES_HOURS, dry_run=False, full=True)
            except CommitFailedError:
                continue  # another process compacts; nothing is lost

    def _read(self, name: str, schema: pa.Schema, columns: list[str], *, claim_number: str | None = None) -> pa.Table:
        uri = self._uris[name]
        wanted = pa.schema([schema.field(column) for column in columns])
        if not self._exists(uri):
            return wanted.empty_table()
        scanned = delta.scan(delta.open_table(uri, storage_options=self._options), uri)
        if claim_number is None:
            return scanned.to_table(columns=columns).cast(wanted)
        # Batch by batch, and not as a filter of the scan: see `claims.history.store` on text filters.
        batches = scanned.scanner(columns=columns).to_batches()
        kept = [one.filter(pc.equal(one["patient_control_number"].cast(pa.string()), claim_number)) for one in batches]
        return pa.Table.from_batches([one.cast(wanted) for one in kept if one.num_rows], wanted)

    def _exists(self, uri: str) -> bool:
        return delta.table_exists(uri, storage_options=self._options)

    def _version(self, uri: str) -> int:
        return int(delta.open_table(uri, storage_options=self._options).version())


def _once(rows: pa.Table, keys: list[str]) -> pa.Table:
    """Keep the first of rows that agree in these columns."""
    numbered = rows.select(keys).append_column("row", pa.array(range(rows.num_rows), pa.int64()))
    first = numbered.group_by(keys, use_threads=False).aggregate([("row", "min")])["row_min"]
    return rows.take(first)
