"""Owns the errors of the models room; every message says what failed, where, what was expected and what came."""


class ModelError(Exception):
    """Root of every error that `models` raises."""


class SpecError(ModelError):
    """A model spec says something that cannot be built; names the file and the key."""


class BundleError(ModelError):
    """A bundle must not be used: files changed, features differ, or a matrix does not fit it."""


class TableError(ModelError):
    """A table of a stranger cannot be read; names the column, and the row where there is one. Never a cell's content."""
