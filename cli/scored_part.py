"""Owns the scoring of one part of a batch: some files in, rows out. It runs in this process or on a worker of a cluster.

A part takes and gives plain data, since workers are other processes (`cli.workers`). A claim's row has the same bits
whichever claims stand beside it and wherever it is scored.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import TypedDict

import pyarrow as pa

from claims.claim import Claim
from claims.errors import Rejection, UnreadableFile
from claims.history.store import HistoryStore
from claims.privacy import PersonHasher
from claims.x12 import parse_x12
from claims.x12.transactions import ClaimTransaction
from cli.claim_csv import looks_like_claim_csv, read_claim_csv
from cli.scores_out import CAUSES, Row
from models.bundle import ModelBundle
from serving.api.explanation_answers import RootCauseOut
from serving.api.fix_answers import CertainEditOut, FixesOut
from serving.score_rows import entries, score_row, score_table
from serving.scoring import CLAIMS_AT_ONCE, Depth, ScoredClaim, Scorer, denied_shares
from serving.settings import Settings
from serving.state import Snapshot

Files = Sequence[tuple[str, bytes]]  # name and content; no archives


class Job(TypedDict):
    """What every part of one run needs."""

    run: str
    history_uri: str
    history_version: str
    bundle: Mapping[str, bytes]  # the files of the model's folder
    costs: Mapping[str, float]  # the settings that advice weighs
    person_key: bytes
    as_of: date | None
    today: date
    depth: int
    is_told: bool  # rows say what the contract's columns have no room for
    is_drawn: bool
    is_logged: bool


class Scored(TypedDict):
    """What came of one part. `log` are rows of the score log, `pictures` names and SVG."""

    rows: list[Row]
    rejected: list[Mapping[str, object]]
    log: pa.Table | None
    pictures: list[tuple[str, str]]


def score_part(job: Job, number: int, files: Files) -> Scored:
    """Score the claims of some files; `number` tells the part from the others of the run. Raises: NoHistory, BundleError."""
    scorer = _READY.scorer_of(job)
    hasher = PersonHasher(job["person_key"])
    found = Scored(rows=[], rejected=[], log=None, pictures=[])
    logged: list[Mapping[str, object]] = []
    for name, data in files:
        claims, refused = _read_claims(name, data, today=job["today"])
        found["rejected"] += [vars(rejection) for rejection in refused]
        for some in _slices(claims):
            began = perf_counter()
            scored = scorer.score(some, hasher=hasher, as_of=job["as_of"], depth=Depth(job["depth"]))
            if job["is_logged"]:
                request_id = f"{job['run']}-{number}-{len(found['rows'])}"
                logged += _logged(job, scorer, hasher, some, scored, request_id=request_id, latency=perf_counter() - began)
            found["rows"] += [_row(one) | (_told(one) if job["is_told"] else {}) for one in scored]
            if job["is_drawn"]:
                found["pictures"] += [(one.claim_id, one.draw()) for one in scored]
    found["log"] = score_table(logged) if logged else None
    return found


class _Ready:
    """The scorer of the run that this process works for, made once."""

    def __init__(self) -> None:
        self._making = Lock()
        self._made: tuple[str, Scorer] | None = None

    def scorer_of(self, job: Job) -> Scorer:
        with self._making:
            if self._made is None or self._made[0] != job["run"]:
                self._made = None  # not two histories at once
                self._made = (job["run"], _make_scorer(job))
            return self._made[1]


_READY = _Ready()


def _make_scorer(job: Job) -> Scorer:
    snapshot = Snapshot.read(HistoryStore(job["history_uri"], version=job["history_version"]))
    shares = denied_shares(snapshot.adjudication, snapshot.claims.claims)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in job["bundle"].items():
            (Path(folder) / name).write_bytes(content)
        bundle = ModelBundle.load(Path(folder))
    return Scorer(bundle, snapshot.history, denied_shares=shares, settings=Settings.model_validate(dict(job["costs"])))


def _read_claims(name: str, data: bytes, *, today: date) -> tuple[list[Claim], list[Rejection]]:
    if looks_like_claim_csv(data):
        return read_claim_csv(data, file=name, today=today)
    try:
        batch = parse_x12(data, file=name)
    except UnreadableFile as error:
        return [], [Rejection(file=name, position=0, place="file", expected="an 837 or a claims CSV", got=error.got)]
    claims = [claim for found in batch.transactions if isinstance(found, ClaimTransaction) for claim in found.claims]
    return claims, list(batch.rejected)


def _slices(claims: Sequence[Claim]) -> Iterator[Sequence[Claim]]:
    """Cut claims so that what explains each is let go of before the next come."""
    return (claims[first : first + CLAIMS_AT_ONCE] for first in range(0, len(claims), CLAIMS_AT_ONCE))


def _logged(
    job: Job,
    scorer: Scorer,
    hasher: PersonHasher,
    claims: Sequence[Claim],
    scored: Sequence[ScoredClaim],
    *,
    request_id: str,
    latency: float,
) -> list[Mapping[str, object]]:
    found = entries(
        scored,
        claims,
        request_id=request_id,
        source="command",
        feature_fingerprint=scorer.feature_fingerprint,
        scored_at=datetime.now(UTC),
        as_of=job["as_of"],
        latency_ms=1000 * latency,
    )
    return [score_row(entry, hasher=hasher) for entry in found]


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


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(probability, 6)
