"""Owns the keyed hashes that stand for people in the history. No member id or name leaves this module.

The hashes are HMAC-SHA256 under a key that stays in the home, cut to 128 bits: equal inputs compare equal, and nobody
without the key can try out member ids. Losing the key means that new rows no longer match old ones.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from claims.claim import Person
from claims.errors import ClaimsError

KEY_BYTES = 32
HASH_CHARACTERS = 32
CONTENT_BYTES = 8  # of a hash that is compared within one claim only


class UnusableKey(ClaimsError):
    """The key file holds something else than the key that this system wrote."""

    def __init__(self, path: Path, *, got: str) -> None:
        super().__init__(f"{path}: expected {KEY_BYTES * 2} hexadecimal digits, got {got}")
        self.path = path


class PersonHasher:
    """Turns ids of people into keys that are good for equality only."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._content = hashlib.blake2b(key=key, digest_size=CONTENT_BYTES)

    def subscriber_key(self, subscriber_id: str | None) -> str | None:
        """Hash a member id, blanks stripped and letters raised; `None` when there is none."""
        member = normalize_id(subscriber_id)
        return self._hash("subscriber", member) if member else None

    def patient_key(self, person: Person, subscriber_id: str | None) -> str | None:
        """Hash who was treated by name and birth date: the same person at every payer, and under a mistyped member id.

        Where the birth date or the name is not known, the member id stands in. `None` when that is not known either.
        """
        last, first = _letters(person.last_name), _letters(person.first_name)
        if last and first and person.birth_on is not None:
            return self._hash("person", last, first, person.birth_on.isoformat())
        member = normalize_id(subscriber_id)
        born = person.birth_on.isoformat() if person.birth_on else ""
        return self._hash("patient", member, born, first) if member else None

    def content_keys(self, claim_key: str, contents: Mapping[str, str]) -> dict[str, str]:
        """Hash what one claim says in each of some places: good for telling whether that same claim says something else later.

        Keyed BLAKE2b, 64 bits: twelve for every claim that is scored, so that it must be quick.
        """
        begun = self._content.copy()
        begun.update(f"{claim_key}\x1f".encode())
        found = {}
        for field, content in contents.items():
            one = begun.copy()
            one.update(f"{field}\x1f{content}".encode())
            found[field] = one.hexdigest()
        return found

    def _hash(self, *parts: str) -> str:
        return hmac.digest(self._key, "\x1f".join(parts).encode(), "sha256").hex()[:HASH_CHARACTERS]


def normalize_id(text: str | None) -> str:
    """Strip blanks and raise letters, so that ids that differ in typing alone compare equal; `None` gives ''."""
    return text.strip().upper() if text else ""


def _letters(name: str | None) -> str:
    """Keep the letters and digits of a name, raised: blanks, hyphens and points come and go."""
    return "".join(character for character in (name or "").upper() if character.isalnum())


def load_or_create_key(path: Path) -> bytes:
    """Read the key, or make one on first use; two processes that start together end with the same key.

    The file is readable by its owner only and appears whole or not at all.

    Raises: UnusableKey, if the file was changed by something else.
    """
    if not path.exists():
        _create_key(path)
    text = path.read_text(encoding="ascii", errors="replace").strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise UnusableKey(path, got="other characters") from None
    if len(key) != KEY_BYTES:
        raise UnusableKey(path, got=f"{len(text)} digits")
    return key


def _create_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike a rename, refuses to replace the key of a process that was faster
    except FileExistsError:
        pass
    finally:
        draft.unlink()
