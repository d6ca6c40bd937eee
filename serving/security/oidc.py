"""Owns bearer tokens of an issuer (OpenID Connect): which are believed, and which role their claims give.

Only asymmetric signatures are ever accepted, the algorithm comes from the settings and must fit the key, never from the token
alone: a token signed with the public key as an HMAC secret, or not at all, is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import jwt

from serving.security.accounts import Known
from serving.security.errors import NotAuthenticated, TokenTrouble
from serving.security.jwks import KeySet
from serving.security.roles import Identity, Means, Role

ALGORITHMS = ("RS256", "ES256")
LARGEST_SKEW = timedelta(minutes=5)
_REQUIRED = ["exp", "iat", "iss", "aud", "sub"]


@dataclass(frozen=True, kw_only=True)
class IssuerSettings:
    """What an operator says of the issuer. `roles_claim` may name a nested claim with points: `realm_access.roles`.

    `role_names` gives the roles for names that the issuer uses; the five names of ours stand for themselves.
    """

    issuer: str
    audience: str
    roles_claim: str
    name_claim: str
    role_names: Mapping[str, Role] = field(default_factory=dict)
    algorithms: tuple[str, ...] = ALGORITHMS
    skew: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        if not set(self.algorithms) <= set(ALGORITHMS) or not self.algorithms:
            raise TokenTrouble(f"DENIALS_OIDC_ALGORITHMS: expected some of {', '.join(ALGORITHMS)}, got others")
        if not timedelta(0) <= self.skew <= LARGEST_SKEW:
            raise TokenTrouble(f"DENIALS_OIDC_SKEW_SECONDS: expected 0 to {LARGEST_SKEW.seconds}, got {self.skew.seconds}")
        if not self.audience:
            raise TokenTrouble("DENIALS_OIDC_AUDIENCE: expected the audience that the issuer names us by, got none")


class TokenVerifier:
    """Turns tokens into callers."""

    def __init__(self, settings: IssuerSettings, keys: KeySet, *, requests_per_second: float = 0.0) -> None:
        self._settings = settings
        self._keys = keys
        self._requests_per_second = requests_per_second

    def verify(self, token: str, *, now: datetime) -> Known:
        """Tell who a token speaks for and until when. Raises: NotAuthenticated; TokenTrouble, without the issuer's keys."""
        try:
            header = jwt.get_unverified_header(token)
            algorithm, kid = header.get("alg"), header.get("kid")
            if algorithm not in self._settings.algorithms or header.get("crit"):
                raise NotAuthenticated("a token signed as agreed with the issuer", shown=True)
            key = self._keys.find(kid if isinstance(kid, str) else None, algorithm, now=now)
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                # Times are compared with the clock handed in, below.
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.PyJWTError:
            raise NotAuthenticated("a token of the issuer for this service", shown=True) from None
        until = self._check_times(claims, now)
        name = _text_at(claims, self._settings.name_claim) or str(claims["sub"])
        identity = Identity(
            name=name[:80],
            roles=self._roles(claims),
            means=Means.TOKEN,
            credential=f"token {str(claims['sub'])[:60]}",
            requests_per_second=self._requests_per_second,
        )
        return Known(identity=identity, until=until)

    def _check_times(self, claims: Mapping[str, object], now: datetime) -> datetime:
        skew = self._settings.skew.total_seconds()
        moment = now.timestamp()
        times = {name: claims.get(name) for name in ("exp", "iat", "nbf")}
        if any(value is not None and (isinstance(value, bool) or not isinstance(value, int | float)) for value in times.values()):
            raise NotAuthenticated("a token whose times are numbers", shown=True)
        expires, issued, begins = (float(str(value)) if value is not None else None for value in times.values())
        if expires is None or moment >= expires + skew:
            raise NotAuthenticated("a token that has not expired", shown=True)
        if max(issued or 0.0, begins or 0.0) > moment + skew:
            raise NotAuthenticated("a token that is valid already", shown=True)
        try:
            return datetime.fromtimestamp(expires + skew, now.tzinfo)
        except (OverflowError, ValueError, OSError):
            raise NotAuthenticated("a token whose times are dates", shown=True) from None

    def _roles(self, claims: Mapping[str, object]) -> frozenset[Role]:
        given = _at(claims, self._settings.roles_claim)
        names = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
        known = {role.value: role for role in Role} | dict(self._settings.role_names)
        return frozenset(known[name] for name in names if isinstance(name, str) and name in known)


def _at(claims: Mapping[str, object], path: str) -> object:
    """Read a claim: by its whole name, which may be an address with points in it, else down the points."""
    if path in claims:
        return claims[path]
    found: object = claims
    for part in path.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def _text_at(claims: Mapping[str, object], path: str) -> str | None:
    found = _at(claims, path)
    return found if isinstance(found, str) and found else None
