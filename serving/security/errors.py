"""Owns the errors of the security room. No message holds a key, a password or a token."""

from serving.errors import ServingError


class SecurityError(ServingError):
    """Root of every error of this room."""


class NotAuthenticated(SecurityError):
    """Nobody is known by what was shown, or nothing was shown. The message never says which part was wrong."""

    def __init__(self, expected: str = "an API key or a token", *, shown: bool = False) -> None:
        super().__init__(f"Authorization: expected {expected}, got {'another' if shown else 'none'}")
        self.shown = shown


class NotAllowed(SecurityError):
    """The caller is known, but may not do this."""


class TooManyRequests(SecurityError):
    """The caller asks faster than allowed. `retry_after` is in seconds."""

    def __init__(self, what: str, *, retry_after: float) -> None:
        super().__init__(f"{what}: expected fewer in this time, got more; try again in {retry_after:.0f} s")
        self.retry_after = retry_after


class UnknownAccount(SecurityError):
    """No account or key has this name."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: expected one that exists, got none such; see `denials users list`")


class AccountExists(SecurityError):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"account {name}: expected a new name, got one that exists; add a key with `denials users rotate {name}`"
        )


class AccessTableError(SecurityError):
    """The table of calls and roles does not fit the app or itself. Names the row."""


class TokenTrouble(SecurityError):
    """The issuer of tokens cannot be asked for its keys, or its settings do not fit."""


class UnsafeBind(SecurityError):
    """The service would listen where others can reach it without protection."""
