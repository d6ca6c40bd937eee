"""Owns the files that `denials score` writes, part by part, in the columns that DESIGN 4.4 contracts; JSON lines say more."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from serving.errors import RefusedInput

CAUSES = 3
Row = dict[str, object]
WriteRows = Callable[[Sequence[Row]], None]


def columns() -> list[str]:
    """Name the columns of scores.csv and scores.parquet, in order."""
    cause = [f"root_cause_{at}{part}" for at in range(1, CAUSES + 1) for part in ("", "_share", "_owner", "_fix")]
    head = ["claim_id", "payer_id", "denial_probability", "denial_category", "category_probability"]
    return [*head, "charge_amount", "expected_denied_amount", *cause, "advice", "model_version"]


def refuse_other_suffix(out: Path) -> None:
    """Take no name whose format is not written. Raises: RefusedInput."""
    if out.suffix not in _FORMATS:
        raise RefusedInput(f"--out {out.name}: expected a name that ends in .csv, .parquet or .jsonl, got {out.suffix or 'none'}")


@contextmanager
def written(out: Path) -> Iterator[WriteRows]:
    """Open a file for rows in its format; it bears its name once all are written, so that a run cut short leaves none."""
    draft = out.with_name(f".{out.name}.draft")
    try:
        with _FORMATS[out.suffix](draft) as write:
            yield write
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _csv(draft: Path) -> Iterator[WriteRows]:
    with draft.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns())
        writer.writeheader()
        yield writer.writerows


@contextmanager
def _jsonl(draft: Path) -> Iterator[WriteRows]:
    with draft.open("w", encoding="utf-8") as handle:
        yield lambda rows: handle.writelines(f"{json.dumps(_plain(row))}\n" for row in rows)


@contextmanager
def _parquet(draft: Path) -> Iterator[WriteRows]:
    numbers = {"denial_probability", "category_probability", "charge_amount", "expected_denied_amount"}
    numbers |= {f"root_cause_{at}_share" for at in range(1, CAUSES + 1)}
    schema = pa.schema([(name, pa.float64() if name in numbers else pa.string()) for name in columns()])
    with pq.ParquetWriter(draft, schema) as writer:
        yield lambda rows: writer.write_table(pa.Table.from_pylist([_plain(row) for row in rows], schema=schema))


_FORMATS = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}


def _plain(row: Row) -> Row:
    return {name: None if value == "" else value for name, value in row.items()}
