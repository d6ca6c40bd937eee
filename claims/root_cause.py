"""Owns the vocabulary of root causes: 17 fixed ids with tier, owner, words and fix, read from one data file."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Tier(StrEnum):
    """Who must act: billing data, front office, clinicians, or nobody of ours."""

    ADMINISTRATIVE = "administrative"
    TECHNICAL = "technical"
    CLINICAL = "clinical"
    PAYER = "payer"


@dataclass(frozen=True, kw_only=True)
class RootCause:
    """One id of the vocabulary with the words that every surface shows."""

    id: str
    tier: Tier
    owner: str  # the workflow that can prevent it
    title: str
    fix: str  # one imperative sentence


def workflow_owners() -> tuple[str, ...]:
    """Name the workflows that own causes, in the order of the vocabulary."""
    return tuple(dict.fromkeys(cause.owner for cause in root_causes().values()))


@cache
def root_causes() -> dict[str, RootCause]:
    """Read the vocabulary, in its fixed order."""
    text = files("claims").joinpath("data/root_causes.toml").read_text(encoding="utf-8")
    return {
        row["id"]: RootCause(id=row["id"], tier=Tier(row["tier"]), owner=row["owner"], title=row["title"], fix=row["fix"])
        for row in tomllib.loads(text)["root_cause"]
    }
