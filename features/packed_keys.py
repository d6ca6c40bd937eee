"""Owns keys as numbers: each part of a key is a number of its own vocabulary, and a key of several parts is packed into one."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import repeat

import numpy as np

from features.events import Ints
from features.registry import FeatureError
from features.text_keys import SEPARATOR

MOST_PACKED = 1 << 62

Vocabulary = dict[str, dict[str, int]]  # part -> text -> number, in the order first seen


class PackedKeys(Mapping[str, int]):
    """The keys of one table and the code of each. `numbers` are packed and rise; the code of a key is its place among them.

    As a mapping it knows keys by their text, parts joined; the texts are written out when first asked for.
    """

    def __init__(self, numbers: Ints, *, parts: Sequence[str], radix: Ints, vocabulary: Vocabulary) -> None:
        self.numbers = numbers
        self.parts = tuple(parts)
        self.radix = radix
        self._vocabulary = vocabulary

    def __getitem__(self, text: str) -> int:
        return self._by_text[text]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_text)

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def _by_text(self) -> dict[str, int]:
        columns, left = [], self.numbers
        for part, step in zip(self.parts, self.radix.tolist(), strict=True):
            texts = list(self._vocabulary[part])
            place, left = np.divmod(left, step)
            columns.append([texts[at] for at in place.tolist()])
        return {SEPARATOR.join(row): code for code, row in enumerate(zip(*columns, strict=True))}


def pack(vocabulary: Vocabulary, parts: Sequence[str], columns: Sequence[Ints]) -> tuple[PackedKeys, Ints]:
    """Give the keys that rows have and the code of each row's; `columns` number the parts in the vocabulary, known ones only."""
    radix = radix_of(vocabulary, parts)
    packed = np.zeros(len(columns[0]), dtype=np.int64)
    for column, step in zip(columns, radix.tolist(), strict=True):
        packed += column * step
    numbers, codes = np.unique(packed, return_inverse=True)
    return PackedKeys(numbers, parts=parts, radix=radix, vocabulary=vocabulary), codes.astype(np.int64).reshape(-1)


def learn(vocabulary: Vocabulary, part: str, texts: np.ndarray) -> Ints:
    """Number the texts of a part, new ones after those that are known."""
    known, given = vocabulary.setdefault(part, {}), texts.tolist()
    for text in dict.fromkeys(given):
        known.setdefault(text, len(known))
    return np.fromiter(map(known.__getitem__, given), dtype=np.int64, count=len(given))


def encode(vocabulary: Vocabulary, part: str, texts: np.ndarray) -> Ints:
    """Look texts up; -1 = never seen."""
    return np.fromiter(map(vocabulary[part].get, texts.tolist(), repeat(-1)), dtype=np.int64, count=len(texts))


def radix_of(vocabulary: Vocabulary, parts: Sequence[str]) -> Ints:
    """Give what each part is multiplied by in a packed key. Raises: FeatureError, when the keys do not fit a number."""
    steps = [1]
    for part in reversed(parts[1:]):
        steps.append(steps[-1] * max(len(vocabulary[part]), 1))
    if steps[-1] * max(len(vocabulary[parts[0]]), 1) > MOST_PACKED:
        raise FeatureError(f"key of {', '.join(parts)}: expected fewer than 2**62 combinations in the history, got more")
    return np.array(steps[::-1], dtype=np.int64)
