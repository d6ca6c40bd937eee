"""Owns the first start: while there is no account, one admin is made, and its key is shown once."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from serving.security.accounts import AccountStore
from serving.security.errors import AccountExists
from serving.security.roles import Role

FIRST_ACCOUNT = "admin"


def make_first_key(accounts: AccountStore, *, now: datetime) -> str | None:
    """Give the key of a new admin where nobody was ever added; `None` ever after, also for the slower of two first starts."""
    if accounts.has_any():
        return None
    try:
        return accounts.add(FIRST_ACCOUNT, frozenset({Role.ADMIN}), now=now, lifetime=None).text
    except AccountExists:
        return None


def announce_first_key(key: str, *, secrets: Path, environment: Mapping[str, str]) -> str:
    """Say the key, in words for standard output; where that is a journal, in a file of the owner's instead.

    A service manager keeps what its services print: a key must not stand there.
    """
    if "JOURNAL_STREAM" not in environment:
        return f"\nFirst start. The key of the account {FIRST_ACCOUNT}, shown once and kept nowhere:\n\n    {key}\n"
    place = secrets / "first-admin-key"
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key + "\n")
    return f"First start. The key of the account {FIRST_ACCOUNT} is in {place}: read it, then delete the file."
