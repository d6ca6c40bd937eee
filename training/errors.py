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


class LeakFound(TrainingError):
    """Columns of a table nearly determine its target: a model would learn the answer, not the reasons."""

    def __init__(self, evidence: list[str]) -> None:
        listed = "; ".join(evidence)
        super().__init__(
            f"leakage: expected columns known before the outcome, got {len(evidence)} that nearly determine it: {listed}. "
            "Name them under [table] leak_suspects to leave them out, or under allow if you have judged them honest"
        )
        self.evidence = evidence


class NotWorthRegistering(TrainingError):
    """A model on a table does not beat the base rate beyond chance; its run is recorded, nothing is registered."""
