"""Owns passwords of people at the page: hashed with scrypt, which costs a guesser 128 MB and a quarter of a second each.

scrypt comes with Python; N = 2^17, r = 8, p = 1 are what OWASP's password storage cheat sheet names for it.
"""

import base64
import hashlib
import hmac
import secrets
from functools import cache
from threading import BoundedSemaphore

from serving.security.errors import SecurityError

LEAST_CHARACTERS, MOST_CHARACTERS = 12, 200
_LOG_N, _R, _P = 17, 8, 1
_MEMORY = 256 * 1024 * 1024
# Each check takes 128 MB: more than two at once wait.
_CHECKING = BoundedSemaphore(2)


class WeakPassword(SecurityError):
    """The password is too short or too long to be taken."""

    def __init__(self, length: int) -> None:
        super().__init__(f"password: expected {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters, got {length}")


def hash_password(password: str) -> str:
    """Hash with a salt of its own. Raises: WeakPassword."""
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise WeakPassword(len(password))
    salt = secrets.token_bytes(16)
    return f"scrypt${_LOG_N}${_R}${_P}${_text(salt)}${_text(_scrypt(password, salt, _LOG_N, _R, _P))}"


def is_password(password: str, stored: str | None) -> bool:
    """Tell whether this is the password that was hashed; without a stored one it takes as long to say no."""
    if len(password) > MOST_CHARACTERS:
        return False
    _, log_n, r, p, salt, expected = (stored or _nobodys()).split("$")
    found = _scrypt(password, base64.b64decode(salt), int(log_n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(expected)) and stored is not None


def _scrypt(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    with _CHECKING:
        return hashlib.scrypt(password.encode(), salt=salt, n=2**log_n, r=r, p=p, maxmem=_MEMORY, dklen=32)


@cache
def _nobodys() -> str:
    return hash_password(secrets.token_urlsafe(24))


def _text(part: bytes) -> str:
    return base64.b64encode(part).decode("ascii")
