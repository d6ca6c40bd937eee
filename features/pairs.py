"""Owns the pairs that a line stands in: with another service of its claim, and with each diagnosis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.batch import ClaimBatch
from features.book import Page
from features.evaluation import Evaluation
from features.events import Ints
from features.keys import procedure
from features.packed_keys import Vocabulary, encode, learn
from features.pair_kernel import diagnosis_rows, service_rows
from features.registry import Column
from features.tables import EVER

# A claim of more lines is read by its neighbours only; the number of pairs stays in proportion to its length.
MOST_PARTNERS = 12
OVERRIDING_MODIFIERS = frozenset({"59", "25", "XE", "XS", "XP", "XU", "91", "76", "77"})
CLASS_CHARACTERS = 2  # of a procedure code

SERVICES, DIAGNOSES = "pairs", "diagnoses"  # kinds of books
PAIR_KEYS: dict[str, dict[str, tuple[str, ...]]] = {
    SERVICES: {
        "class_pair": ("class", "partner_class", "override"),
        "payer_class_pair": ("payer", "class", "partner_class", "override"),
        "pair": ("procedure", "partner", "override"),
        "payer_pair": ("payer", "procedure", "partner", "override"),
    },
    DIAGNOSES: {
        "any_diagnosis": ("procedure", "any_diagnosis"),
        "payer_any_diagnosis": ("payer", "procedure", "any_diagnosis"),
    },
}
PAIR_JOBS = {kind: tuple((table, EVER) for table in tables) for kind, tables in PAIR_KEYS.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Pairs in the order of their lines: `line` is the position of each pair's line, `other` the place of what it is beside.

    An evaluation keeps its pairs; they do not keep it, so that it goes when nobody holds it, not when rings are looked for.
    """

    kind: str
    line: Ints
    other: Ints
    others: Sequence[str]  # procedures, or diagnoses
    line_count: int  # of the batch

    def numbers_of(self, part: str, at: Evaluation) -> Ints:
        """Number a part of the pairs' keys, -1 = never seen."""
        if part == "override":
            return np.asarray(is_overriding(at.batch), dtype=np.int64)[self.line]
        known = at.history.vocabulary
        if part in ("partner", "partner_class", "any_diagnosis"):
            texts = np.array(_classes(self.others) if part == "partner_class" else list(self.others), dtype=object)
            return encode(known, part, texts)[self.other]
        if part == "class":
            return encode(known, part, np.array(_classes(procedure(at.batch).tolist()), dtype=object))[self.line]
        return at.numbers_of(part, on_lines=True)[self.line]

    def count(self, at: Evaluation, table: str, measure: str) -> Column:
        """Count what was known of each pair before its line's day."""
        book = at.history.books[self.kind, True]

        def open_book() -> Page:
            codes = book.codes(np.array([self.numbers_of(part, at) for part in book.parts]))
            return book.open(book.usual, codes, at.line_day[self.line])

        return book.count(at.once(("page", self), open_book), (table, EVER), measure)

    @cached_property
    def of_lines(self) -> Ints:
        """Give where the pairs of each line begin, and the end: shape (n_lines + 1,)."""
        return np.searchsorted(self.line, np.arange(self.line_count + 1))


def is_overriding(batch: ClaimBatch) -> list[bool]:
    """Tell which lines carry a modifier that says distinct or repeated service."""
    return [not OVERRIDING_MODIFIERS.isdisjoint(codes) for codes in batch.modifiers]


def line_pairs(at: Evaluation) -> Pairs:
    """Pair each line with the other services of its claim: own code, the other's, and whether its modifier overrides."""
    codes = procedure(at.batch).tolist()
    others, own = _numbered(codes, in_order=True)
    counts = np.diff(at.batch.line_start)
    most = int((counts * np.minimum(counts, MOST_PARTNERS)).sum())
    line, other = np.empty((2, most), dtype=np.int64)
    size = service_rows(own, at.batch.line_start, MOST_PARTNERS, line, other)
    return Pairs(kind=SERVICES, line=line[:size], other=other[:size], others=others, line_count=len(codes))


def diagnosis_pairs(at: Evaluation, *, pointed_only: bool) -> Pairs:
    """Pair each line with the diagnoses that it points to (the principal one where it points to none), or with all."""
    batch = at.batch
    others, codes = _numbered([code for of_claim in batch.diagnoses for code in of_claim])
    code_start = _starts(len(of_claim) for of_claim in batch.diagnoses)
    pointers = np.array([pointer for of_line in batch.line_pointers for pointer in of_line], dtype=np.int64)
    pointer_start = _starts(len(of_line) for of_line in batch.line_pointers)
    of_lines = np.diff(code_start)[batch.line_owner]
    most = int(np.maximum(np.diff(pointer_start), 1).sum() if pointed_only else of_lines.sum())
    line, other = np.empty((2, most), dtype=np.int64)
    size = diagnosis_rows(codes, code_start, batch.line_owner, pointers, pointer_start, pointed_only, line, other)
    return Pairs(kind=DIAGNOSES, line=line[:size], other=other[:size], others=others, line_count=len(of_lines))


def learn_pairs(vocabulary: Vocabulary, batch: ClaimBatch) -> None:
    """Take the parts of pairs' keys into a vocabulary that knows the procedures; a partner is a procedure."""
    codes = procedure(batch).tolist()
    learn(vocabulary, "class", np.array(_classes(codes), dtype=object))
    learn(vocabulary, "any_diagnosis", np.array([code for of_claim in batch.diagnoses for code in of_claim], dtype=object))
    vocabulary["partner"], vocabulary["partner_class"] = vocabulary["procedure"], vocabulary["class"]
    vocabulary["override"] = {"plain": 0, "over": 1}


def _classes(codes: Iterable[str]) -> list[str]:
    return [code[:CLASS_CHARACTERS] for code in codes]


def _numbered(texts: Sequence[str], *, in_order: bool = False) -> tuple[list[str], Ints]:
    """List distinct texts, in their order if asked for, and give the place of each."""
    distinct = sorted(set(texts)) if in_order else list(dict.fromkeys(texts))
    place = {text: at for at, text in enumerate(distinct)}
    return distinct, np.fromiter(map(place.__getitem__, texts), dtype=np.int64, count=len(texts))


def _starts(counts: Iterable[int]) -> Ints:
    return np.cumsum([0, *counts], dtype=np.int64)
