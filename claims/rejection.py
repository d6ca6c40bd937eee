"""Owns what a rejection before adjudication is about: the root cause that its 277CA codes speak for, from one data file."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from claims.acknowledgment import REJECTING_CATEGORY_CODES


@dataclass(frozen=True, kw_only=True)
class RejectionCodes:
    """The code tables of `data/rejection_codes.toml`."""

    default: str
    cause_of_status: Mapping[str, str]
    entity_statuses: frozenset[str]
    cause_of_entity: Mapping[str, str]


@cache
def rejection_codes() -> RejectionCodes:
    """Read the code tables."""
    table = tomllib.loads(files("claims").joinpath("data/rejection_codes.toml").read_text(encoding="utf-8"))
    entities = {name: codes for name, codes in table["entity"].items() if name != "statuses"}
    return RejectionCodes(
        default=table["default"],
        cause_of_status={code: cause for cause, codes in table["status"].items() for code in codes},
        entity_statuses=frozenset(table["entity"]["statuses"]),
        cause_of_entity={code: cause for cause, codes in entities.items() for code in codes},
    )


def rejection_cause(
    category_codes: Sequence[str | None], status_codes: Sequence[str | None], entity_codes: Sequence[str | None]
) -> str:
    """Name the root cause of a rejection from its STC sets, in order; of several, the first that the tables know.

    The three sequences stand side by side. Sets that do not reject are passed over; a 999 has none and is missing information.
    """
    codes = rejection_codes()
    for category, status, entity in zip(category_codes, status_codes, entity_codes, strict=True):
        if category not in REJECTING_CATEGORY_CODES:
            continue
        if status is not None and status in codes.cause_of_status:
            return codes.cause_of_status[status]
        if status in codes.entity_statuses and entity is not None and entity in codes.cause_of_entity:
            return codes.cause_of_entity[entity]
    return codes.default
