"""Owns the pairs that a line stands in: with another service of its claim, and with each diagnosis."""

from dataclasses import dataclass

import numpy as np

from features.batch import ClaimBatch, Texts
from features.events import Ints
from features.keys import line_payer, procedure
from features.text_keys import SEPARATOR

# A claim of more lines is read by its neighbours only; the number of pairs stays in proportion to its length.
MOST_PARTNERS = 12
OVERRIDING_MODIFIERS = frozenset({"59", "25", "XE", "XS", "XP", "XU", "91", "76", "77"})


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Pairs in the order of their lines: `line` is the position of each pair's line, `keys` its key in each index."""

    line: Ints
    keys: dict[str, Texts]


def is_overriding(batch: ClaimBatch) -> list[bool]:
    """Tell which lines carry a modifier that says distinct or repeated service."""
    return [bool(OVERRIDING_MODIFIERS.intersection(codes)) for codes in batch.modifiers]


def line_pairs(batch: ClaimBatch) -> Pairs:
    """Pair each line with the other services of its claim: own code, the other's, and whether its modifier overrides."""
    codes, payer, overriding = procedure(batch).tolist(), line_payer(batch).tolist(), is_overriding(batch)
    lines: list[int] = []
    shared: list[str] = []
    own: list[str] = []
    classes: list[str] = []
    own_classes: list[str] = []
    for first, stop in zip(batch.line_start[:-1].tolist(), batch.line_start[1:].tolist(), strict=True):
        for line in range(first, stop) if stop - first > 1 else ():
            partners = dict.fromkeys(code for code in codes[first:stop] if code != codes[line])
            for partner in sorted(partners)[:MOST_PARTNERS]:
                pair = SEPARATOR.join((codes[line], partner, "over" if overriding[line] else "plain"))
                lines.append(line)
                shared.append(pair)
                own.append(f"{payer[line]}{SEPARATOR}{pair}")
                group = SEPARATOR.join((codes[line][:2], partner[:2], "over" if overriding[line] else "plain"))
                classes.append(group)
                own_classes.append(f"{payer[line]}{SEPARATOR}{group}")
    keys = {
        "class_pair": np.array(classes, dtype=object),
        "payer_class_pair": np.array(own_classes, dtype=object),
        "pair": np.array(shared, dtype=object),
        "payer_pair": np.array(own, dtype=object),
    }
    return Pairs(line=np.array(lines, dtype=np.int64), keys=keys)


def diagnosis_pairs(batch: ClaimBatch, *, pointed_only: bool) -> Pairs:
    """Pair each line with the diagnoses that it points to (the principal one where it points to none), or with all."""
    codes, payer = procedure(batch).tolist(), line_payer(batch).tolist()
    lines: list[int] = []
    shared: list[str] = []
    own: list[str] = []
    for line, (owner, pointers) in enumerate(zip(batch.line_owner.tolist(), batch.line_pointers, strict=True)):
        diagnoses = batch.diagnoses[owner]
        wanted = [diagnoses[at] for at in pointers or (0,)] if pointed_only and diagnoses else diagnoses
        for code in dict.fromkeys(wanted):
            lines.append(line)
            shared.append(f"{codes[line]}{SEPARATOR}{code}")
            own.append(f"{payer[line]}{SEPARATOR}{codes[line]}{SEPARATOR}{code}")
    keys = {"any_diagnosis": np.array(shared, dtype=object), "payer_any_diagnosis": np.array(own, dtype=object)}
    return Pairs(line=np.array(lines, dtype=np.int64), keys=keys)
