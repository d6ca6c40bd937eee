"""Owns which role may make which call: reads `data/access.toml`, the one place that says so, and answers for a call."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from serving.security.errors import AccessTableError
from serving.security.roles import Identity, Role, parse_roles

ANYONE = "anyone"
_PARAMETER = re.compile(r"\{(\w+)(:path)?\}")


class Touching(StrEnum):
    """What a call does to claims, which decides whether the audit trail keeps it. NONE: kept, though no claim is concerned."""

    SEEN = "seen"
    CHANGED = "changed"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One row of the table. `roles` is `None` where no key is asked for; `touching` `None` where nothing is kept."""

    method: str
    path: str
    roles: frozenset[Role] | None
    touching: Touching | None

    @property
    def call(self) -> str:
        """Name the call as the table does."""
        return f"{self.method} {self.path}"

    def allows(self, identity: Identity) -> bool:
        """Tell whether one of the caller's roles may make this call."""
        return self.roles is None or not self.roles.isdisjoint(identity.roles)


class AccessTable:
    """All rules. A call that has none is no call of this app."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._exact = {(rule.method, rule.path): rule for rule in self.rules if "{" not in rule.path}
        self._patterns = [(_pattern(rule.path), rule) for rule in self.rules if "{" in rule.path]

    def find(self, method: str, path: str) -> Rule | None:
        """Give the rule for a call as it comes in: a path without parameters goes first, as in the router."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact
        return next((rule for pattern, rule in self._patterns if rule.method == method and pattern.fullmatch(path)), None)

    def methods(self, path: str) -> list[str]:
        """List the methods that a path knows; empty for a path of no call."""
        known = {method for method, at in self._exact if at == path}
        return sorted(known | {rule.method for pattern, rule in self._patterns if pattern.fullmatch(path)})

    def as_markdown(self) -> str:
        """Write the table for people: a row for each call, a column for each role."""
        rows = [f"| call | {' | '.join(Role)} | audited |", "|---" * (len(Role) + 2) + "|"]
        for rule in self.rules:
            marks = ["anyone" if rule.roles is None else "x" if role in rule.roles else "" for role in Role]
            rows.append(f"| `{rule.call}` | {' | '.join(marks)} | {rule.touching.value if rule.touching else ''} |")
        return "\n".join(rows) + "\n"

    def check(self, calls: Iterable[tuple[str, str]]) -> None:
        """Hold the table to the calls that an app has. Raises: AccessTableError, naming calls that are missing in it."""
        listed = {(rule.method, rule.path) for rule in self.rules}
        missing = sorted(f"{method} {path}" for method, path in set(calls) - listed)
        if missing:
            raise AccessTableError(f"serving/security/data/access.toml: expected a row for {', '.join(missing)}, got none")


@cache
def access_table() -> AccessTable:
    """Give the table that ships with the service. Raises: AccessTableError."""
    text = files("serving").joinpath("security/data/access.toml").read_text(encoding="utf-8")
    return read_access_table(tomllib.loads(text)["calls"])


def read_access_table(rows: Mapping[str, Mapping[str, object]]) -> AccessTable:
    """Read rows of `METHOD /path` -> roles and claims. Raises: AccessTableError."""
    return AccessTable(_rule(call, row) for call, row in rows.items())


def _rule(call: str, row: Mapping[str, object]) -> Rule:
    method, _, path = call.partition(" ")
    unknown = sorted(set(row) - {"roles", "claims"})
    if unknown or not path.startswith("/") or not method.isupper():
        raise AccessTableError(f"{call}: expected `METHOD /path` with roles and claims, got {', '.join(unknown) or 'another'}")
    given, claims = row.get("roles"), row.get("claims")
    if given != ANYONE and not (isinstance(given, list) and given):
        raise AccessTableError(f"{call}, roles: expected a list of roles or {ANYONE}, got another")
    roles = parse_roles(str(name) for name in given) if isinstance(given, list) else None
    return Rule(method=method, path=path, roles=roles, touching=None if claims is None else Touching(str(claims)))


def _pattern(path: str) -> re.Pattern[str]:
    parts, at = [], 0
    for found in _PARAMETER.finditer(path):
        parts += [re.escape(path[at : found.start()]), ".*" if found.group(2) else "[^/]+"]
        at = found.end()
    return re.compile("".join([*parts, re.escape(path[at:])]), re.DOTALL)
