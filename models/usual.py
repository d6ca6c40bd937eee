"""Owns what is usual: where each column of the paid rows that a model learned from lay. Numbers only, kept in the bundle."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

TABLE = "usual"  # key in ModelBundle.tables
_LOW, _MIDDLE, _HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True, kw_only=True)
class Usual:
    """A column among paid rows: the middle eight tenths of its values, their mean, and the share of rows that have none."""

    low: float
    middle: float
    high: float
    mean: float
    missing: float

    @classmethod
    def from_json(cls, found: object) -> "Usual | None":
        """Read what `learn_usual` gave for a column; `None` for anything else."""
        if not isinstance(found, Mapping) or set(found) != {field.name for field in fields(cls)}:
            return None
        return cls(**{name: float(value) for name, value in found.items()})


def learn_usual(values: NDArray[np.float64], names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Describe every column of `values` (n, k) that has any value; four significant digits."""
    found: dict[str, dict[str, float]] = {}
    for at, name in enumerate(names):
        known = values[:, at][np.isfinite(values[:, at])]
        if not len(known):
            continue
        low, middle, high = (float(value) for value in np.quantile(known, (_LOW, _MIDDLE, _HIGH), method="nearest"))
        missing = 1 - len(known) / len(values)
        usual = Usual(low=low, middle=middle, high=high, mean=float(known.mean()), missing=missing)
        found[name] = {key: float(f"{value:.4g}") for key, value in asdict(usual).items()}
    return found


def read_usual(tables: Mapping[str, object]) -> dict[str, Usual]:
    """Read a bundle's table by column; empty for a bundle that was made without."""
    table = tables.get(TABLE)
    if not isinstance(table, Mapping):
        return {}
    read = {str(name): Usual.from_json(entry) for name, entry in table.items()}
    return {name: usual for name, usual in read.items() if usual is not None}
