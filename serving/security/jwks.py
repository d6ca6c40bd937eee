"""Owns the public keys of a token issuer (JWKS): read from an address or a file, kept, and read anew for an unknown key id."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.api_jwk import PyJWK

from serving.security.errors import NotAuthenticated, TokenTrouble

KEPT_FOR = timedelta(minutes=15)
# Tokens of unknown key ids must not make us ask the issuer at every one of them.
LEAST_BETWEEN = timedelta(seconds=30)
LARGEST_BYTES = 1024 * 1024
TIMEOUT_SECONDS = 5.0
SMALLEST_RSA_BITS = 2048
Fetch = Callable[[], bytes]
PublicKey = RSAPublicKey | EllipticCurvePublicKey


class KeySet:
    """The issuer's keys. When it does not answer, those known stay in use."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._keys: dict[str, PyJWK] = {}
        self._asked_at: datetime | None = None
        self._read_at: datetime | None = None
        self._lock = Lock()

    def find(self, kid: str | None, algorithm: str, *, now: datetime) -> PublicKey:
        """Give the key of an id, read anew where it is unknown or the keys are old. Raises: NotAuthenticated, TokenTrouble."""
        with self._lock:
            found = self._named(kid)
            if found is None or self._read_at is None or now - self._read_at > KEPT_FOR or now < self._read_at:
                self._refresh(now)
                found = self._named(kid)
        if found is None:
            raise NotAuthenticated("a token signed by a key of the issuer", shown=True)
        return _fitting(found, algorithm)

    def _named(self, kid: str | None) -> PyJWK | None:
        """A token without a key id is only believed where the issuer has a single key."""
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    def _refresh(self, now: datetime) -> None:
        if self._asked_at is not None and timedelta(0) <= now - self._asked_at < LEAST_BETWEEN:
            return
        self._asked_at = now
        try:
            self._keys = _parse(self._fetch())
            self._read_at = now
        except TokenTrouble:
            if not self._keys:
                self._asked_at = None
                raise


def jwks_source(where: str) -> Fetch:
    """Make the reading of an address (https, or http on this machine) or of a file. Raises: TokenTrouble for another address."""
    parts = urlsplit(where)
    if parts.scheme in {"", "file"}:
        return lambda: _read_file(Path(parts.path))
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}):
        return lambda: _read_url(where)
    raise TokenTrouble("DENIALS_OIDC_JWKS: expected an https address or a file, got another")


class _NoRedirect(HTTPRedirectHandler):
    """Keys come from the address that the operator named, and from nowhere it points to."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing."""


def _read_url(url: str) -> bytes:
    request = Request(url, headers={"Accept": "application/json"})  # noqa: S310  the scheme was checked
    try:
        with build_opener(_NoRedirect).open(request, timeout=TIMEOUT_SECONDS) as answer:
            body: bytes = answer.read(LARGEST_BYTES + 1)
    except (URLError, OSError) as fault:
        raise TokenTrouble(f"DENIALS_OIDC_JWKS: expected the issuer's keys, got {type(fault).__name__}") from None
    if len(body) > LARGEST_BYTES:
        raise TokenTrouble(f"DENIALS_OIDC_JWKS: expected at most {LARGEST_BYTES} bytes, got more")
    return body


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise TokenTrouble(f"DENIALS_OIDC_JWKS: expected a readable file, got {type(fault).__name__}") from None


def _parse(body: bytes) -> dict[str, PyJWK]:
    """Keep the keys that verify signatures; symmetric ones never."""
    try:
        rows = json.loads(body)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise TokenTrouble("DENIALS_OIDC_JWKS: expected a JSON key set, got another") from None
    found = {}
    for at, row in enumerate(rows):
        if not isinstance(row, dict) or row.get("kty") not in {"RSA", "EC"} or row.get("use", "sig") != "sig":
            continue
        try:
            found[str(row.get("kid", at))] = PyJWK(row)
        except jwt.PyJWTError:  # a kind of key that is not for us does not spoil the others
            continue
    if not found:
        raise TokenTrouble("DENIALS_OIDC_JWKS: expected a key that verifies signatures, got none")
    return found


def _fitting(found: PyJWK, algorithm: str) -> PublicKey:
    key = found.key
    fits = isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_RSA_BITS if algorithm == "RS256" else _is_p256(key)
    if not fits or found.algorithm_name != algorithm:
        raise NotAuthenticated("a token whose algorithm is that of its key", shown=True)
    checked: PublicKey = key
    return checked


def _is_p256(key: object) -> bool:
    return isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp256r1"
