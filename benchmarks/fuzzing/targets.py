"""Owns what a campaign runs an input through, and what counts as an answer: read, or refused by a documented error.

Each target gives the reasons it heard. A reason never heard before marks an input worth keeping. Anything else that is
raised, a value of a person in a message, or a claim neither read nor refused is a fault.
"""

import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from pydantic import TypeAdapter, ValidationError

from benchmarks.fuzzing import seeds
from benchmarks.fuzzing.archive_mutations import hostile_archive
from benchmarks.fuzzing.byte_mutations import BYTE_MUTATIONS, Mutation, mutate
from benchmarks.fuzzing.text_mutations import CSV_MUTATIONS, JSON_MUTATIONS
from benchmarks.fuzzing.x12_mutations import RARE_X12_MUTATIONS, X12_MUTATIONS
from claims.claim import Claim
from claims.errors import Rejection, UnreadableFile
from claims.history.files import open_file
from claims.history.pending import PendingFile, read_pending
from claims.history.rows import claim_tables
from claims.history.transactions import transaction_tables
from claims.imports.reader import row_table
from claims.privacy import PersonHasher
from claims.x12 import parse_x12
from cli.claim_csv import looks_like_claim_csv, read_claim_csv
from serving.api.claim_models import ClaimIn

HASHER = PersonHasher(b"\x07" * 32)
TODAY = date(2026, 3, 3)
# Names and member ids of the seeds: no message may say them.
CANARIES = ("TESTPERSON", "SAMPLEMAN", "ZZT000", "ALMA", "HUGO", "DELEFIELD", "GARTI", "B0884082868")
_CLAIMS: TypeAdapter[ClaimIn | list[ClaimIn]] = TypeAdapter(ClaimIn | list[ClaimIn])


class LeakedValue(AssertionError):
    """A message held a name or a member id."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of an input. `reasons` name place and expectation of each refusal."""

    reasons: frozenset[str]
    is_read: bool  # at least one record came out


@dataclass(frozen=True, kw_only=True)
class Target:
    """One reader under test: `run` raises nothing but faults, `make` gives the next input from a seed."""

    name: str
    run: Callable[[bytes], Answer]
    seeds: Callable[[], list[bytes]]
    make: Callable[[bytes, Random], bytes]
    share: int  # of a campaign's inputs, relative to the other targets


def _heard(rejections: Iterable[Rejection]) -> frozenset[str]:
    reasons = set()
    for one in rejections:
        if any(canary in text for canary in CANARIES for text in (one.place, one.expected, one.got)):
            raise LeakedValue(one.place)
        reasons.add("".join("9" if c.isdigit() else c for c in f"{one.place}: {one.expected}"))
    return frozenset(reasons)


def _unreadable(fault: UnreadableFile) -> Answer:
    if any(canary in str(fault) for canary in CANARIES):
        raise LeakedValue("UnreadableFile") from fault
    return Answer(reasons=frozenset({f"file: {fault.expected}"}), is_read=False)


def run_x12(data: bytes) -> Answer:
    """Parse alone."""
    try:
        batch = parse_x12(data, file="f")
    except UnreadableFile as fault:
        return _unreadable(fault)
    return Answer(reasons=_heard((*batch.rejected, *batch.warnings)), is_read=bool(batch.transactions))


def run_ingest(data: bytes) -> Answer:
    """Do all that an ingest does with a file before it touches the store: recognise, read, screen, quarantine, lay out rows."""
    return _lay_out(read_pending("f", data, hasher=HASHER, loaded={}))


def _lay_out(pending: PendingFile) -> Answer:
    rows = 0
    if pending.transactions:
        rows += sum(table.num_rows for table in transaction_tables(pending.transactions, hasher=HASHER).values())
    if pending.csv is not None:
        rows += row_table(pending.csv.kind, pending.csv.keys, pending.csv.rows).num_rows
    if not rows and not pending.rejections and pending.csv is None:
        raise AssertionError("nothing read and nothing refused")
    return Answer(reasons=_heard(pending.rejections), is_read=rows > 0)


def run_archive(data: bytes) -> Answer:
    """Unpack a file and do with each member what an ingest does."""
    reasons: set[str] = set()
    is_read = False
    with tempfile.NamedTemporaryFile(prefix="fuzz-") as handle:
        handle.write(data)
        handle.flush()
        try:
            for _, member in open_file(Path(handle.name)):
                answer = run_ingest(member)
                reasons |= answer.reasons
                is_read |= answer.is_read
        except UnreadableFile as fault:
            return _unreadable(fault)
    return Answer(reasons=frozenset(reasons), is_read=is_read)


def run_claim_csv(data: bytes) -> Answer:
    """Read a flat table of claims as `denials score` does."""
    if not looks_like_claim_csv(data):
        return Answer(reasons=frozenset({"no table of claims"}), is_read=False)
    try:
        claims, rejected = read_claim_csv(data, file="fuzz", today=TODAY)
    except UnreadableFile as fault:
        return _unreadable(fault)
    claim_tables(claims, hasher=HASHER)
    return Answer(reasons=_heard(rejected), is_read=bool(claims))


def read_json_claims(data: bytes) -> tuple[list[Claim], frozenset[str]]:
    """Read claims as the API does: JSON, then the model, then the record."""
    try:
        given = _CLAIMS.validate_python(json.loads(data))
    except ValidationError as fault:
        return [], frozenset(f"{error['type']} at {error['loc'][-1:]}" for error in fault.errors(include_input=False)[:3])
    except (ValueError, RecursionError):  # FastAPI answers 400 or 422 to both
        return [], frozenset({"no JSON"})
    many = given if isinstance(given, list) else [given]
    return [claim.to_claim(today=TODAY) for claim in many], frozenset()


def run_json(data: bytes) -> Answer:
    """Read claims from JSON and lay out their rows."""
    claims, reasons = read_json_claims(data)
    claim_tables(claims, hasher=HASHER)
    return Answer(reasons=reasons, is_read=bool(claims))


def _with(mutations: tuple[Mutation, ...], rarely: tuple[Mutation, ...] = BYTE_MUTATIONS) -> Callable[[bytes, Random], bytes]:
    return lambda data, random: mutate(data, random, mutations=mutations, rarely=rarely)


_X12 = _with(X12_MUTATIONS, (*BYTE_MUTATIONS, *RARE_X12_MUTATIONS))
TARGETS = (
    Target(name="x12", run=run_x12, seeds=seeds.x12_seeds, make=_X12, share=70),
    Target(name="ingest_x12", run=run_ingest, seeds=seeds.x12_seeds, make=_X12, share=5),
    Target(name="ingest_csv", run=run_ingest, seeds=seeds.csv_seeds, make=_with(CSV_MUTATIONS), share=7),
    Target(name="claim_csv", run=run_claim_csv, seeds=seeds.claim_csv_seeds, make=_with(CSV_MUTATIONS), share=3),
    Target(name="json", run=run_json, seeds=seeds.json_seeds, make=_with(JSON_MUTATIONS), share=12),
    Target(name="archive", run=run_archive, seeds=seeds.archive_seeds, make=hostile_archive, share=3),
)
