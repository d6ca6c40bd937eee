"""Owns what a simulated world knows of its rises: dated policy changes, whom they hit, whether a warning was of a real rise."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from claims.history.store import HistoryStore
from features.batch import NO_DAY, days, texts
from serving.analytics.trends.warnings import TrendWarning
from simulator.catalog import catalog

LONGEST_DAYS = 150  # of a change's effect that is looked at
RISE, RECENT_DAYS, EARLIER_DAYS = 1.5, 30, 60


@dataclass(frozen=True, kw_only=True)
class Change:
    """One rise of a payer's rule. `excess`: denials more than before in the time looked at; `first_day`: the first known."""

    payer: str
    cause: str
    families: frozenset[str]  # first three characters of its procedures; empty = all services
    effective: int
    end: int
    first_day: int | None
    excess: float


@dataclass(frozen=True, kw_only=True)
class World:
    """Truth by submission, for the answered ones; arrays of shape (n,)."""

    changes: tuple[Change, ...]
    answered: NDArray[np.int64]
    payer: NDArray[np.object_]
    location: NDArray[np.object_]
    families: tuple[frozenset[str], ...]
    chances: Mapping[str, NDArray[np.float64]]  # cause -> true chance of a denial for it

    def is_rise(self, warning: TrendWarning) -> bool:
        """Tell whether the true chances of what a warning is about rose by half, and by a claim's worth."""
        day = warning.raised_on.toordinal() - date(1970, 1, 1).toordinal()
        mine = (self.location == warning.location) if warning.location else (self.payer == warning.payer)
        if warning.families:
            wanted = set(warning.families)
            mine &= np.array([bool(one & wanted) for one in self.families])
        chance = self.chances[warning.cause][mine]
        recent = chance[(self.answered[mine] <= day) & (self.answered[mine] > day - RECENT_DAYS)]
        earlier = chance[self.answered[mine] <= day - EARLIER_DAYS]
        if not len(recent) or not len(earlier):
            return False
        return bool(recent.mean() >= RISE * earlier.mean() and recent.sum() - earlier.mean() * len(recent) >= 1)


def read_world(truth: Path, store: HistoryStore) -> World:
    """Read the answer key of a world beside its history."""
    table = pq.read_table(truth / "claims.parquet")
    known = _answered_rows(table)
    claims = store.read(
        "claims", columns=["submission_id", "patient_control_number", "payer_id", "submitted_on", "frequency_code"]
    )
    lines = store.read("claim_lines", columns=["submission_id", "procedure_code", "revenue_code"])
    services = _services(claims, lines)
    named = (texts(known["claim_id"]), texts(known["payer_id"]), days(known["submitted_on"]), texts(known["frequency_code"]))
    keys = zip(*named, strict=True)
    families = tuple(services.get(key, frozenset()) for key in keys)
    world = World(
        changes=(),
        answered=days(known["answered_on"]),
        payer=texts(known["payer_id"]),
        location=texts(known["location_npi"]),
        families=families,
        chances={name[2:]: np.asarray(known[name]) for name in known.column_names if name.startswith("p_")},
    )
    return World(**{**vars(world), "changes": _changes(truth / "policies.csv", world, known)})


def _answered_rows(table: pa.Table) -> pa.Table:
    return table.filter(pa.array(days(table["answered_on"]) != NO_DAY))


def _services(claims: pa.Table, lines: pa.Table) -> dict[tuple[str, str, int, str], frozenset[str]]:
    found: dict[str, set[str]] = {}
    columns = (texts(lines[name]) for name in ("submission_id", "procedure_code", "revenue_code"))
    for key, code, revenue in zip(*columns, strict=True):
        found.setdefault(key, set()).add(code or revenue)
    keys = zip(
        texts(claims["patient_control_number"]), texts(claims["payer_id"]), days(claims["submitted_on"]),
        texts(claims["frequency_code"]), strict=True,
    )  # fmt: skip
    return {
        key: frozenset(code[:3] for code in found.get(own, ()))
        for key, own in zip(keys, texts(claims["submission_id"]), strict=True)
    }


def _changes(file: Path, world: World, known: pa.Table) -> tuple[Change, ...]:
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    service, cause = days(known["service_from_on"]), texts(known["cause"])
    rises = [row for row in rows if float(row["new"]) > float(row["old"])]
    return tuple(_change(row, rows, world, service, cause) for row in rises)


def _change(
    row: Mapping[str, str],
    rows: Sequence[Mapping[str, str]],
    world: World,
    service: NDArray[np.int64],
    cause: NDArray[np.object_],
) -> Change:
    same = ("payer", "cause", "procedure_family", "subject")
    effective = _day(row["effective_on"])
    later = [_day(one["effective_on"]) for one in rows if all(one[name] == row[name] for name in same)]
    end = min([day for day in later if day > effective] + [effective + LONGEST_DAYS])
    name = row["procedure_family"]
    families = frozenset(one.code[:3] for one in catalog().families[name].procedures) if name else frozenset()
    mine = world.payer == row["payer"]
    if families:
        mine &= np.array([bool(one & families) for one in world.families])
    before, after = mine & (service < effective), mine & (service >= effective) & (service < end)
    hits = after & (cause == row["cause"])
    chance = world.chances[row["cause"]]
    usual = float(chance[before].mean()) if before.any() else 0.0
    return Change(
        payer=row["payer"],
        cause=row["cause"],
        families=families,
        effective=effective,
        end=end,
        first_day=int(world.answered[hits].min()) if hits.any() else None,
        excess=float(hits.sum() - usual * after.sum()),
    )


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()
