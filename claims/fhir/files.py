"""Owns FHIR files: which bytes are FHIR, and what of a file is read or refused, resource by resource."""

import json
from dataclasses import dataclass

from claims.errors import Rejection
from claims.fhir.answer_reader import read_answer
from claims.fhir.claim_reader import read_claim
from claims.fhir.resources import CLAIM, READ, Fault, Json, Resource, UnfitResource, parse_json, resources_of
from claims.identity import answer_transaction, sent_transaction
from claims.x12.transactions import Transaction

SENDER = "fhir"


@dataclass(frozen=True, kw_only=True)
class FhirFile:
    """Both halves of a file."""

    transactions: tuple[Transaction, ...]
    rejected: tuple[Rejection, ...]
    pieces: tuple[Json, ...]  # what was refused


def looks_like_json(data: bytes) -> bool:
    """Tell whether a file's first characters are those of a JSON object."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read_fhir(data: bytes, *, file: str) -> FhirFile:
    """Read a resource, a bundle or NDJSON. Raises: UnfitResource, where it is no FHIR JSON or holds no claim and no answer."""
    resources = resources_of(parse_json(data.removeprefix(b"\xef\xbb\xbf")))
    if not resources:
        raise UnfitResource(Fault(expression="Resource", expected=f"one of {', '.join(READ)}, or a Bundle of them"))
    transactions: list[Transaction] = []
    rejected: list[Rejection] = []
    pieces: list[Json] = []
    for at, resource in enumerate(resources, start=1):
        try:
            transactions.append(_transaction(resource))
        except UnfitResource as error:
            rejected += [_rejection(file, at, fault) for fault in error.faults]
            pieces.append(resource.body)
    return FhirFile(transactions=tuple(transactions), rejected=tuple(rejected), pieces=tuple(pieces))


def _transaction(resource: Resource) -> Transaction:
    if resource.kind == CLAIM:
        return sent_transaction(read_claim(resource), sender_id=SENDER)
    answer, payer, paid_on = read_answer(resource)
    return answer_transaction(answer, payer=payer, paid_on=paid_on, sender_id=SENDER)


def _rejection(file: str, at: int, fault: Fault) -> Rejection:
    """Tell of one place; `position` counts the file's claims and answers."""
    return Rejection(file=file, position=at, place=fault.expression, expected=fault.expected, got="another value or none")


def write_pieces(pieces: tuple[Json, ...]) -> bytes:
    """Write refused resources as NDJSON: repaired, the piece is a file to ingest."""
    return b"".join(json.dumps(piece, default=str).encode() + b"\n" for piece in pieces)
