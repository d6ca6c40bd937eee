"""Owns the errors of the serving room. They know nothing of HTTP."""


class ServingError(Exception):
    """Root of every error that `serving` raises."""


class NoModel(ServingError):
    """There is no champion to score with. The message says which command makes one."""

    def __init__(self, name: str) -> None:
        super().__init__(f"model {name}: expected a champion, got none; make one with `denials train {name}`")
        self.name = name


class NoHistory(ServingError):
    """Nothing was ingested yet."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"history {uri}: expected ingested claims, got none; load files with `denials ingest PATH`")


class RefusedInput(ServingError):
    """A request or file asks for more than the limits allow, or is nothing that can be scored."""
