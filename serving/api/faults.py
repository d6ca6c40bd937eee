"""Owns how a place at fault is told: by the names of our own fields, never by a name or a value that was sent."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

UNKNOWN_FIELD = "(unknown field)"  # a name that we do not know may be a person's
_NEAR = 0.75


class PlaceAtFault(BaseModel):
    """One place of a request, and what was expected there."""

    place: str
    expected: str


def place_parts(fault: Mapping[str, Any]) -> list[str]:
    """Give the way to a fault, outermost first; a field that no schema has is not called by its name."""
    parts = [str(part) for part in fault["loc"]]
    return [*parts[:-1], UNKNOWN_FIELD] if fault["type"] == "extra_forbidden" else parts


def expected_at(fault: Mapping[str, Any], *, known: Sequence[str] = ()) -> str:
    """Say what was expected; for an unknown field which of the `known` ones its name is close to."""
    told = str(fault["msg"])
    if fault["type"] != "extra_forbidden":
        return told
    near = get_close_matches(str(fault["loc"][-1])[:80], known, n=1, cutoff=_NEAR)
    return f"{told}; {near[0]} is close" if near else told


def json_pointer(parts: Sequence[str]) -> str:
    """Write a way as a JSON pointer (RFC 6901)."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
