"""Owns the replacement claim (frequency 7, REF F8): the original 837 that a person hands in, with that person's verified changes.

The history keeps no names, so the original file is needed; it is held to what the history knows of the claim, to the last field.
Nothing of the handed-in file is kept.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from claims.claim import Claim
from claims.history.rows import claim_tables
from claims.privacy import PersonHasher
from claims.x12 import parse_x12, write_transactions
from claims.x12.segments import decode, split_interchanges
from claims.x12.transactions import ClaimTransaction
from serving.errors import NotReplaceable
from serving.packet.case import DenialCase
from serving.packet.corrections import VerifiedChange, apply_changes

REPLACEMENT = "7"
_OURS = frozenset({"load_id", "source_key", "known_on", "submission_id"})
_ZEROS = re.compile(r"(?<=\d)\.0+$|(?<=\.\d)0+$")
_ENVELOPE = frozenset({"ISA", "GS", "ST", "BHT", "HL", "SE", "GE", "IEA"})


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """The replacement 837. `changed_fields` name what differs from the original."""

    content: bytes
    changed_fields: tuple[str, ...]


def make_replacement(
    case: DenialCase,
    original: bytes,
    changes: Sequence[VerifiedChange],
    *,
    claim_rows: pa.Table,
    line_rows: pa.Table,
    hasher: PersonHasher,
    today: date,
    now: datetime,
    leave_out: frozenset[str] = frozenset(),
) -> Replacement:
    """Make the replacement of the claim that a denial answers. `leave_out`: segment ids that may be lost in rewriting.

    `claim_rows` and `line_rows` are the history's, to tell the original by.

    Raises: NotReplaceable; RefusedInput, for a change that does not fit; UnreadableFile, for a body that is no X12.
    """
    number = case.answer.remittance.payer_claim_control_number
    if not number:
        raise NotReplaceable("replacement: expected the payer's claim control number (CLP07) of the denial, got none on the 835")
    transaction, claim = _find_original(case, original, claim_rows, line_rows, hasher)
    lost = _lost_segments(transaction, claim, original) - leave_out
    if lost:
        raise NotReplaceable(
            f"original: expected segments that this system can write again, got {', '.join(sorted(lost))} too; "
            "name them in leave_out to send the replacement without them"
        )
    corrected = replace(
        apply_changes(claim, changes), frequency_code=REPLACEMENT, payer_claim_control_number=number, submitted_on=today
    )
    return Replacement(
        content=write_transactions([_single(transaction, corrected, today=today, now=now)]),
        changed_fields=tuple(_named(change) for change in changes),
    )


def _named(change: VerifiedChange) -> str:
    return change.field if change.line_number is None else f"line {change.line_number} {change.field}"


def _find_original(
    case: DenialCase, original: bytes, claim_rows: pa.Table, line_rows: pa.Table, hasher: PersonHasher
) -> tuple[ClaimTransaction, Claim]:
    """Find the one claim in the body that is, in every field the history keeps, the one that was denied."""
    batch = parse_x12(original, file="original")
    sent = [transaction for transaction in batch.transactions if isinstance(transaction, ClaimTransaction)]
    found = [
        (transaction, claim)
        for transaction in sent
        for claim in transaction.claims
        if claim.patient_control_number == case.claim.patient_control_number
    ]
    if not found:
        raise NotReplaceable("original: expected an 837 with the claim of this item (CLM01), got none with it")
    key = case.claim.submission_id
    known = _contents(*(rows.filter(pc.equal(rows["submission_id"], key)) for rows in (claim_rows, line_rows)))
    differing: set[str] = set()
    for transaction, claim in found:
        differs = _differing(known, _contents(*claim_tables([claim], hasher=hasher)))
        if not differs:
            return transaction, claim
        differing = differs
    raise NotReplaceable(f"original: expected the claim as it was sent and denied, got one that differs in {_listed(differing)}")


def _contents(claims: pa.Table, lines: pa.Table) -> list[dict[str, Any]]:
    ordered = sorted(lines.to_pylist(), key=lambda line: line["line_number"])
    rows: list[dict[str, Any]] = [*claims.to_pylist(), *ordered]
    return [{name: value for name, value in row.items() if name not in _OURS} for row in rows]


def _differing(known: list[dict[str, Any]], given: list[dict[str, Any]]) -> set[str]:
    """Name the columns that differ; empty = the same claim."""
    if len(known) != len(given):
        return {"number of lines"}
    pairs = zip(known, given, strict=True)
    return {name for was, now in pairs for name in was if was[name] != now.get(name)}


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _single(transaction: ClaimTransaction, claim: Claim, *, today: date, now: datetime) -> ClaimTransaction:
    """Make a transaction of one claim under numbers of its own, drawn from claim and clock, never shared."""
    drawn = sha256(f"{claim.patient_control_number}\x1f{now.isoformat()}".encode()).digest()
    number = f"{int.from_bytes(drawn[:8], 'big') % 999_999_999 + 1:09d}"
    envelope = replace(
        transaction.envelope,
        interchange_control_number=number,
        group_control_number=str(int(number)),
        transaction_control_number="0001",
        created_on=today,
        created_at=now.time().replace(second=0, microsecond=0),
    )
    return replace(transaction, envelope=envelope, reference=f"R{number}", submitted_on=today, claims=(claim,), content_key="")


def _lost_segments(transaction: ClaimTransaction, claim: Claim, original: bytes) -> set[str]:
    """Name the segment ids of the original that our writer would leave out: of the claim's loops and those above them."""
    mark = transaction.envelope.delimiters.element
    written = Counter(_canonical(one, mark) for one in _segments(write_transactions([replace(transaction, claims=(claim,))])))
    given = Counter(_canonical(one, mark) for one in _above_and_in(_segments(original), claim, transaction))
    return {segment.partition(mark)[0] for segment in given - written} - _ENVELOPE


def _segments(content: bytes) -> list[str]:
    return [segment for interchange in split_interchanges(decode(content)) for segment in interchange.segments]


def _canonical(segment: str, mark: str) -> str:
    """Write a segment as our writer would where that changes nothing: amounts without trailing zeros, no empty tail."""
    return mark.join(_ZEROS.sub("", element) for element in segment.split(mark)).rstrip(mark)


def _above_and_in(segments: Sequence[str], claim: Claim, transaction: ClaimTransaction) -> list[str]:
    """Cut a claim out of its file: the head of its set, the loops above it, and its own segments."""
    mark = transaction.envelope.delimiters.element
    head: list[str] = []
    loops: dict[str, list[str]] = {}  # by level code (20, 22, 23), in force at this place
    own: list[str] = []
    current = head
    for segment in segments:
        elements = segment.split(mark)
        if elements[0] == "ST":
            head, loops, own = [], {}, []
            current = head
        elif elements[0] == "HL":
            if own:
                break
            level = elements[3] if len(elements) > 3 else ""
            loops = {code: kept for code, kept in loops.items() if code < level}
            current = loops.setdefault(level, [])
        elif elements[0] in ("CLM", "SE"):
            if own:
                break
            current = own if elements[1] == claim.patient_control_number else []
        current.append(segment)
    return [*head, *(segment for loop in loops.values() for segment in loop), *own]
