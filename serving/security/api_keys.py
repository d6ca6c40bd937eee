"""Owns what an API key looks like: `denials_ID_SECRET`. The ID finds the row, the secret is shown once and kept as a hash.

The hash is HMAC-SHA-256 under the service's own secret, not a slow password hash: a secret of 256 random bits cannot be guessed
however fast the hash is, while a slow one would cost every call milliseconds and give strangers a way to keep the machine busy.
Keyed, so that whoever can write to the database alone cannot put a key of their own into it.
"""

import hmac
import re
import secrets
from dataclasses import dataclass

from serving.security.service_key import Purpose, ServiceKey

PREFIX = "denials_"
SECRET_BYTES = 32
_ID_BYTES = 6
_FORM = re.compile(r"denials_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key that was just made. `text` is the only copy of it."""

    id: str
    text: str
    hash: str


def new_key(service_key: ServiceKey) -> NewKey:
    """Make a random key."""
    key_id = secrets.token_hex(_ID_BYTES)
    text = f"{PREFIX}{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return NewKey(id=key_id, text=text, hash=service_key.hex(Purpose.API_KEYS, text))


def key_id_of(text: str) -> str | None:
    """Read the public id out of a key; `None` for what has not the form of one."""
    found = _FORM.fullmatch(text)
    return found.group(1) if found else None


def is_key(text: str, stored_hash: str, service_key: ServiceKey) -> bool:
    """Tell whether this is the key that was hashed; takes the same time whichever digit differs."""
    return hmac.compare_digest(service_key.hex(Purpose.API_KEYS, text), stored_hash)
