"""Owns the roles, and who a caller is once that is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from serving.security.errors import SecurityError


class Role(StrEnum):
    """What a person or a system is here for."""

    SCORER = "scorer"  # a claim system that scores before submission
    BILLER = "biller"  # works denials
    MANAGER = "manager"  # answers for the work and its figures
    ADMIN = "admin"  # runs the service
    AUDITOR = "auditor"  # sees who saw and changed what, and no claim


class Means(StrEnum):
    """How a caller showed who it is."""

    KEY = "key"
    TOKEN = "token"  # noqa: S105  the name of a means, no secret
    SESSION = "session"
    LOCAL = "local"  # nobody is asked: authentication is off, or a command of this machine


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who calls. `credential` names the key or session without being one; `csrf` is set for sessions alone."""

    name: str
    roles: frozenset[Role]
    means: Means
    credential: str = ""
    requests_per_second: float = 0.0  # 0 = no limit
    csrf: str = ""


LOCAL = Identity(name="local", roles=frozenset(Role), means=Means.LOCAL)


class UnknownRole(SecurityError):
    """No role has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"role: expected one of {', '.join(Role)}, got {len(name)} other characters")


def parse_roles(names: Iterable[str]) -> frozenset[Role]:
    """Read role names. Raises: UnknownRole."""
    found = set()
    for name in names:
        try:
            found.add(Role(name))
        except ValueError:
            raise UnknownRole(name) from None
    return frozenset(found)
