"""Owns how text columns are joined into one key."""

import numpy as np

from features.batch import Texts

SEPARATOR = "\x1f"  # no X12 element holds it, so that no two rows of parts join to the same key


def join(*parts: Texts) -> Texts:
    """Join text columns row by row."""
    rows = zip(*(part.tolist() for part in parts), strict=True)
    joined = np.empty(len(parts[0]), dtype=object)
    joined[:] = list(map(SEPARATOR.join, rows))
    return joined
