"""Owns what the practice itself wrote before: the newest value of a field under a key, and what paid services usually carry.

For proposing a value that is already on file; no feature reads it.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.batch import ClaimBatch, Texts
from features.events import EventIndex
from features.text_keys import SEPARATOR, join

_Reader = Callable[[ClaimBatch], Texts]


@dataclass(frozen=True, kw_only=True)
class OwnValues:
    """Values under keys, each from the day it was sent."""

    index: EventIndex
    values: Texts

    def newest(self, key: str, day: int) -> str:
        """Give the newest value sent before a day; "" = none."""
        _, (first, stop) = self.index.span_of(key, day)
        return str(self.values[self.index.row[stop - 1]]) if stop > first else ""


def _column(name: str) -> _Reader:
    return lambda batch: batch.text(name)


# field -> key, value
OWN_VALUES: dict[str, tuple[_Reader, _Reader]] = {
    "rendering_taxonomy_code": (_column("rendering_provider_npi"), _column("rendering_taxonomy_code")),
    "clia_number": (_column("billing_provider_npi"), _column("clia_number")),
    "facility_npi": (_column("rendering_provider_npi"), _column("facility_npi")),
    "group_number": (lambda batch: join(batch.text("subscriber_key"), batch.text("payer_id")), _column("group_number")),
}


def own_values(batch: ClaimBatch) -> dict[str, OwnValues]:
    """Collect the values that claims carried. `batch` stands in order of its days."""
    found = {}
    for name, (key, value) in OWN_VALUES.items():
        values = value(batch)
        rows = np.flatnonzero(values != "")
        found[name] = OwnValues(index=EventIndex.build(key(batch)[rows], batch.prediction_day[rows], {}), values=values[rows])
    return found


def last_parts(index: EventIndex) -> dict[str, tuple[str, ...]]:
    """List the last parts of an index's keys under their first parts: the modifiers or units seen with a service."""
    found: dict[str, list[str]] = defaultdict(list)
    for key in index.codes:
        first, _, last = key.rpartition(SEPARATOR)
        found[first].append(last)
    return {first: tuple(lasts) for first, lasts in found.items()}
