"""Owns the errors of the training room; every message says what failed, where, what was expected and what came."""


class TrainingError(Exception):
    """Root of every error that `training` raises."""


class TooLittleData(TrainingError):
    """The history holds too few outcomes to learn from or to measure with."""

    def __init__(self, *, what: str, expected: int, got: int) -> None:
        super().__init__(f"{what}: expected at least {expected}, got {got}")
        self.expected = expected
        self.got = got


class RegistryError(TrainingError):
    """The model registry holds no such model, version or alias."""
