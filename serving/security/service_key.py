"""Owns the secret under which this service hashes keys, sessions and claims: `HOME/secrets/service.key`, one derived key each.

Services that share a database must share this file: what one hashed, the others must find.
"""

import hmac
from enum import StrEnum
from pathlib import Path

from claims.privacy import load_or_create_key


class Purpose(StrEnum):
    """What a derived key is for. The words are part of the derivation: a change makes stored hashes worthless."""

    API_KEYS = "api keys"
    SESSIONS = "sessions"
    CSRF = "csrf"
    AUDIT_CHAIN = "audit chain"
    AUDIT_CLAIMS = "audit claims"
    MEMORY = "memory"
    WEBHOOKS = "webhooks"


class ServiceKey:
    """Hashes under a secret; the secret itself leaves by no method."""

    def __init__(self, secret: bytes) -> None:
        self._keys = {purpose: hmac.digest(secret, f"denials {purpose}".encode(), "sha256") for purpose in Purpose}

    @classmethod
    def load(cls, path: Path) -> "ServiceKey":
        """Read the secret, or make it on first use. Raises: UnusableKey."""
        return cls(load_or_create_key(path))

    def digest(self, purpose: Purpose, text: bytes) -> bytes:
        """Hash (HMAC-SHA-256): 32 bytes that nobody without the secret can make or check."""
        return hmac.digest(self._keys[purpose], text, "sha256")

    def hex(self, purpose: Purpose, text: str) -> str:
        """Hash to 64 hexadecimal digits."""
        return self.digest(purpose, text.encode()).hex()
