"""Owns how the text columns of keys are made: joined into one, named by a condition, or by the step that a number falls in."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.batch import Texts

SEPARATOR = "\x1f"  # no X12 element holds it, so that no two rows of parts join to the same key


def join(*parts: Texts) -> Texts:
    """Join text columns row by row."""
    rows = zip(*(part.tolist() for part in parts), strict=True)
    joined = np.empty(len(parts[0]), dtype=object)
    joined[:] = list(map(SEPARATOR.join, rows))
    return joined


def first_true(*choices: tuple[NDArray[np.bool_], str], default: str) -> Texts:
    """Name the first choice whose condition holds, row by row."""
    holds = np.ones((len(choices) + 1, len(choices[0][0])), dtype=np.bool_)
    for at, (condition, _) in enumerate(choices):
        holds[at] = condition
    names = np.array([*(name for _, name in choices), default], dtype=object)
    return np.asarray(names[holds.argmax(axis=0)])


def step_texts(values: NDArray[np.float64], steps: Sequence[float]) -> Texts:
    """Number the step that each value falls in, 0 = below the first; "" for NaN."""
    names = np.array([*map(str, range(len(steps) + 1)), ""], dtype=object)
    return np.asarray(names[np.where(np.isnan(values), -1, np.searchsorted(steps, values, side="right"))])
