"""Owns `denials score`: files in, scores out in the columns that DESIGN 4.4 contracts; JSON lines say more."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from claims.claim import Claim
from claims.errors import Rejection, UnreadableFile
from claims.history.files import list_files
from claims.history.store import HistoryStore
from claims.privacy import PersonHasher, load_or_create_key
from claims.score_log.log import ScoreLog
from claims.x12 import read_file
from claims.x12.transactions import ClaimTransaction
from cli.claim_csv import looks_like_claim_csv, read_claim_csv
from serving.api.explanation_answers import RootCauseOut
from serving.api.fix_answers import CertainEditOut, FixesOut
from serving.bundles import DENIAL_RISK, load_champion
from serving.errors import RefusedInput
from serving.score_rows import entries, score_row, score_table
from serving.scoring import ScoredClaim, Scorer, denied_shares
from serving.settings import Settings
from serving.state import Snapshot

CAUSES = 3
Row = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class FilesScored:
    """How many claims were scored and what was refused."""

    claim_ids: tuple[str, ...]
    rejected: tuple[Rejection, ...]

    @property
    def scored(self) -> int:
        """Count the claims scored."""
        return len(self.claim_ids)


def score_files(
    paths: Sequence[Path],
    out: Path,
    *,
    settings: Settings,
    as_of: date | None,
    pictures: Path | None = None,
    progress: Callable[[int, int], None],
) -> FilesScored:
    """Score every claim of 837 files and folders into `out`, with a picture of each in the folder `pictures` if one is named.

    Raises: NoModel, NoHistory, RefusedInput, UnreadableFile.
    """
    write = _writer(out)
    scorer = _scorer(settings)
    hasher = PersonHasher(load_or_create_key(settings.home.person_key))
    listed = list_files(paths)
    rejected: list[Rejection] = []
    rows: list[Row] = []
    log = ScoreLog(settings.home.history_uri)
    run_id = uuid4().hex
    for done, path in enumerate(listed, start=1):
        claims, refused = _read_claims(path, today=settings.current_day())
        rejected += refused
        began = perf_counter()
        scored = scorer.score(claims, hasher=hasher, as_of=as_of)
        if settings.score_log and scored:
            found = entries(
                scored,
                claims,
                request_id=f"{run_id}-{done}",
                source="command",
                feature_fingerprint=scorer.feature_fingerprint,
                scored_at=datetime.now(UTC),
                as_of=as_of,
                latency_ms=1000 * (perf_counter() - began),
            )
            log.append(score_table([score_row(entry, hasher=hasher) for entry in found]))
        if pictures is not None:
            _draw(scored, pictures, first=len(rows) + 1)
        rows += [_row(one) | (_told(one) if out.suffix == ".jsonl" else {}) for one in scored]
        progress(done, len(listed))
    write(out, rows)
    return FilesScored(claim_ids=tuple(str(row["claim_id"]) for row in rows), rejected=tuple(rejected))


def _read_claims(path: Path, *, today: date) -> tuple[list[Claim], list[Rejection]]:
    if looks_like_claim_csv(path):
        return read_claim_csv(path, today=today)
    try:
        batch = read_file(path)
    except UnreadableFile as error:
        return [], [Rejection(file=path.name, position=0, place="file", expected="an 837 or a claims CSV", got=error.got)]
    claims = [claim for found in batch.transactions if isinstance(found, ClaimTransaction) for claim in found.claims]
    return claims, list(batch.rejected)


def _scorer(settings: Settings) -> Scorer:
    champion = load_champion(settings.home, DENIAL_RISK)
    snapshot = Snapshot.read(HistoryStore(settings.home.history_uri))
    shares = denied_shares(snapshot.adjudication, snapshot.claims.claims)
    return Scorer(champion.bundle, snapshot.history, denied_shares=shares, settings=settings)


def columns() -> list[str]:
    """Name the columns of scores.csv and scores.parquet, in order."""
    cause = [f"root_cause_{at}{part}" for at in range(1, CAUSES + 1) for part in ("", "_share", "_owner", "_fix")]
    head = ["claim_id", "payer_id", "denial_probability", "denial_category", "category_probability"]
    return [*head, "charge_amount", "expected_denied_amount", *cause, "advice", "model_version"]


def _row(scored: ScoredClaim) -> Row:
    row: Row = {
        "claim_id": scored.claim_id,
        "payer_id": scored.payer_id,
        "denial_probability": round(scored.denial_probability, 6),
        "denial_category": scored.denial_category,
        "category_probability": round(scored.category_probability, 6),
        "charge_amount": round(scored.charge_amount, 2),
        "expected_denied_amount": round(scored.expected_denied_amount, 2),
    }
    for at in range(1, CAUSES + 1):
        cause = scored.root_causes[at - 1] if len(scored.root_causes) >= at else None
        row[f"root_cause_{at}"] = cause.id if cause else ""
        row[f"root_cause_{at}_share"] = round(cause.share, 6) if cause else ""
        row[f"root_cause_{at}_owner"] = cause.owner if cause else ""
        row[f"root_cause_{at}_fix"] = cause.fix if cause else ""
    return row | {"advice": scored.advice, "model_version": scored.model_version}


def _told(scored: ScoredClaim) -> dict[str, object]:
    """Say what the contract's columns have no room for."""
    return {
        "probability_low": _rounded(scored.probability_low),
        "probability_high": _rounded(scored.probability_high),
        "unfamiliar": list(scored.unfamiliar),
        "root_causes": [RootCauseOut.of(cause).model_dump() for cause in scored.root_causes],
        "fixes": FixesOut.of(scored.fixes).model_dump() if scored.fixes else None,
        "certain": [CertainEditOut.of(edit).model_dump() for edit in scored.certain],
        "expected_saving": round(scored.expected_saving, 2),
    }


def _draw(scored: Sequence[ScoredClaim], folder: Path, *, first: int) -> None:
    """Write NUMBER-CLAIM.svg for each claim, numbered as in the scores; what a file name may not hold becomes "_"."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(scored, start=first):
        name = re.sub(r"[^A-Za-z0-9-]", "_", one.claim_id)
        (folder / f"{number:06d}-{name}.svg").write_text(one.draw(), encoding="utf-8")


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(probability, 6)


def _writer(out: Path) -> Callable[[Path, Iterable[Row]], None]:
    writers = {".csv": _write_csv, ".jsonl": _write_jsonl, ".parquet": _write_parquet}
    if out.suffix not in writers:
        raise RefusedInput(f"--out {out.name}: expected a name that ends in .csv, .parquet or .jsonl, got {out.suffix or 'none'}")
    return writers[out.suffix]


def _write_csv(out: Path, rows: Iterable[Row]) -> None:
    with out.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns())
        writer.writeheader()
        writer.writerows(rows)


def _write_jsonl(out: Path, rows: Iterable[Row]) -> None:
    with out.open("w", encoding="utf-8") as handle:
        handle.writelines(f"{json.dumps(_plain(row))}\n" for row in rows)


def _write_parquet(out: Path, rows: Iterable[Row]) -> None:
    numbers = {"denial_probability", "category_probability", "charge_amount", "expected_denied_amount"}
    numbers |= {f"root_cause_{at}_share" for at in range(1, CAUSES + 1)}
    schema = pa.schema([(name, pa.float64() if name in numbers else pa.string()) for name in columns()])
    pq.write_table(pa.Table.from_pylist([_plain(row) for row in rows], schema=schema), out)


def _plain(row: Row) -> Row:
    return {name: None if value == "" else value for name, value in row.items()}
