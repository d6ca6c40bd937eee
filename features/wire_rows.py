"""Owns rows of claims from the wire: columns as Python lists, each made when it is first read, in the form that the history has.

They stand where a stored batch has Arrow tables. Building a table of sixty columns for one claim costs more than scoring it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class WireColumn(list[Any]):
    """Values of one column by row; `None` where the claim says nothing."""

    def to_pylist(self) -> "WireColumn":
        """Give the values, as an Arrow column would."""
        return self


class WireRows:
    """Rows whose columns `read` gives by name. Not to be written to."""

    def __init__(self, count: int, read: Callable[[str], Iterable[Any]], known: Mapping[str, WireColumn] | None = None) -> None:
        self.num_rows = count
        self._read = read
        self._known = dict(known or {})

    def __getitem__(self, name: str) -> WireColumn:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = WireColumn(self._read(name))
        return found

    def take(self, rows: NDArray[np.int64]) -> "WireRows":
        """Give these rows in this order."""
        places = rows.tolist()

        def read(name: str) -> Iterable[Any]:
            whole = self[name]
            return (whole[at] for at in places)

        return WireRows(len(places), read)

    def with_columns(self, columns: Mapping[str, Iterable[Any]]) -> "WireRows":
        """Give the same rows with other values in these columns."""
        changed = {name: WireColumn(values) for name, values in columns.items()}
        return WireRows(self.num_rows, self._read, {**self._known, **changed})
