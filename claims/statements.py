"""Owns how SQL that stands in files beside the modules is read: statements after `-- name: NAME` lines."""

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_COMMENT_AT_END = re.compile(r"(\s*^--[^\n]*)+\s*\Z", re.MULTILINE)


@cache
def read_statements(resource: str, *, package: str = "claims") -> dict[str, str]:
    """Read the named statements of a file inside a package, in order. A comment above a name belongs to no statement."""
    text = files(package).joinpath(resource).read_text(encoding="utf-8")
    parts = _NAME.split(text)
    return {name: _bare(statement) for name, statement in zip(parts[1::2], parts[2::2], strict=True)}


def _bare(statement: str) -> str:
    return _COMMENT_AT_END.sub("", statement).strip().rstrip(";")
