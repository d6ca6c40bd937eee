"""Owns reading one entry of a rule file. An unknown key, a missing source or a value of another type is refused by name."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from claims.errors import ClaimsError
from claims.payer_rules.entries import Documents, Entry, Instruction, LeastAmount, NoAppeal, Replacement, Rule
from claims.root_cause import root_causes

TIMELY_FILING, APPEAL, EXPECTED_RESPONSE = "timely_filing", "appeal", "expected_response"
APPEAL_DECISION, RECONSIDERATION = "appeal_decision", "reconsideration"
APPEAL_REQUEST, CORRECTION, RECONSIDERATION_REQUEST = "appeal_request", "correction", "reconsideration_request"
REPLACEMENT, NO_APPEAL, LEAST_AMOUNT, DOCUMENTS = "replacement", "no_appeal", "least_amount", "documents"
LIMIT_SECTIONS = (TIMELY_FILING, APPEAL, EXPECTED_RESPONSE, APPEAL_DECISION, RECONSIDERATION)
INSTRUCTION_SECTIONS = (APPEAL_REQUEST, CORRECTION, RECONSIDERATION_REQUEST)
SECTIONS = (*LIMIT_SECTIONS, *INSTRUCTION_SECTIONS, REPLACEMENT, NO_APPEAL, LEAST_AMOUNT, DOCUMENTS)
_COMMON_KEYS = {"effective_from", "effective_to", "only_for", "source", "checked_on", "review_on", "owner"}
_UNITS = ("days", "years")
_LEVELED = {APPEAL, APPEAL_DECISION, APPEAL_REQUEST, LEAST_AMOUNT}
_LEVEL_REQUIRED = _LEVELED - {APPEAL_REQUEST}
_BY_CATEGORY = {RECONSIDERATION, NO_APPEAL, DOCUMENTS}
_T = TypeVar("_T")
_Table = Mapping[str, object]


class RuleFileError(ClaimsError):
    """A rule file says something that the loader does not accept."""

    def __init__(self, file: str, key: str, *, expected: str, got: str) -> None:
        super().__init__(f"{file}, {key}: expected {expected}, got {got}")
        self.file, self.key = file, key


def parse_entry(file: str, section: str, place: str, entry: _Table, *, defaults: _Table) -> Entry:
    """Parse one entry; `review_on` and `owner` are the file's where it has none. Raises: RuleFileError."""
    kind, own_keys, read = _READERS[section]
    allowed = _COMMON_KEYS | own_keys
    allowed |= {"level"} if section in _LEVELED else set()
    allowed |= {"categories"} if section in _BY_CATEGORY else set()
    refuse_unknown(file, place, entry, allowed)
    own = read(file, place, entry)
    levelled = section in _LEVEL_REQUIRED or "level" in entry
    common: dict[str, Any] = {
        "section": section,
        "level": typed(file, f"{place}.level", entry, int) if levelled else 1,
        "only_for": frozenset(_texts(file, f"{place}.only_for", entry)),
        "categories": _categories(file, f"{place}.categories", entry),
        "effective_from": typed(file, f"{place}.effective_from", entry, date),
        "effective_to": typed(file, f"{place}.effective_to", entry, date) if "effective_to" in entry else None,
        "source": _text(file, f"{place}.source", entry, expected="where the value is written"),
        "checked_on": typed(file, f"{place}.checked_on", entry, date),
        "review_on": typed(file, f"{place}.review_on", {**defaults, **entry}, date),
        "owner": _text(file, f"{place}.owner", {**defaults, **entry}, expected="who keeps it"),
    }
    made = kind(**common, **own)
    if made.effective_to is not None and made.effective_to < made.effective_from:
        raise RuleFileError(file, f"{place}.effective_to", expected="a day on or after effective_from", got="an earlier one")
    return made


def typed(file: str, key: str, entry: _Table, kind: type[_T]) -> _T:
    """Read a value of a type. Raises: RuleFileError."""
    value = entry.get(key.rpartition(".")[2])
    if not isinstance(value, kind):
        raise RuleFileError(file, key, expected=kind.__name__, got="nothing" if value is None else type(value).__name__)
    return value


def refuse_unknown(file: str, place: str, entry: _Table, allowed: set[str]) -> None:
    """Check that every key is known. Raises: RuleFileError."""
    for key in entry:
        if key not in allowed:
            raise RuleFileError(file, f"{place}.{key}", expected=f"one of {', '.join(sorted(allowed))}", got="an unknown key")


def _limit(file: str, place: str, entry: _Table) -> dict[str, Any]:
    limit = typed(file, f"{place}.limit", entry, dict)
    if len(limit) != 1 or next(iter(limit)) not in _UNITS:
        raise RuleFileError(file, f"{place}.limit", expected=f"one of {', '.join(_UNITS)}", got=", ".join(limit) or "nothing")
    ((unit, amount),) = limit.items()
    if not isinstance(amount, int) or amount <= 0:
        raise RuleFileError(file, f"{place}.limit.{unit}", expected="a whole number above 0", got=type(amount).__name__)
    return {"limit": amount, "unit": unit}


def _instruction(file: str, place: str, entry: _Table) -> dict[str, Any]:
    return {
        "must_contain": _texts(file, f"{place}.must_contain", entry),
        "file_with": _text(file, f"{place}.file_with", entry),
        "how": _text(file, f"{place}.how", entry),
        "form": _text(file, f"{place}.form", entry) if "form" in entry else None,
    }


def _replacement(file: str, place: str, entry: _Table) -> dict[str, Any]:
    return {"taken": typed(file, f"{place}.taken", entry, bool)}


def _no_appeal(file: str, place: str, entry: _Table) -> dict[str, Any]:
    return {"why": _text(file, f"{place}.why", entry)}


def _least_amount(file: str, place: str, entry: _Table) -> dict[str, Any]:
    dollars = typed(file, f"{place}.dollars", entry, int)
    if dollars <= 0:
        raise RuleFileError(file, f"{place}.dollars", expected="whole dollars above 0", got="none or less")
    return {"amount": Decimal(dollars)}


def _documents(file: str, place: str, entry: _Table) -> dict[str, Any]:
    documents = _texts(file, f"{place}.documents", entry)
    if not documents:
        raise RuleFileError(file, f"{place}.documents", expected="a list of texts", got="nothing")
    return {"documents": documents}


def _text(file: str, key: str, entry: _Table, *, expected: str = "a text") -> str:
    value = typed(file, key, entry, str).strip()
    if not value:
        raise RuleFileError(file, key, expected=expected, got="nothing")
    return value


def _texts(file: str, key: str, entry: _Table) -> tuple[str, ...]:
    values = entry.get(key.rpartition(".")[2], [])
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise RuleFileError(file, key, expected="a list of texts", got=type(values).__name__)
    return tuple(values)


def _categories(file: str, key: str, entry: _Table) -> frozenset[str]:
    found = _texts(file, key, entry)
    for one in found:
        if one not in root_causes():
            raise RuleFileError(file, key, expected="ids of root causes", got="an unknown one")
    return frozenset(found)


_Read = Callable[[str, str, _Table], dict[str, Any]]
_INSTRUCTION_KEYS = {"file_with", "how", "form", "must_contain"}
_READERS: dict[str, tuple[type[Entry], set[str], _Read]] = {
    **{section: (Rule, {"limit"}, _limit) for section in LIMIT_SECTIONS},
    **dict.fromkeys(INSTRUCTION_SECTIONS, (Instruction, _INSTRUCTION_KEYS, _instruction)),
    REPLACEMENT: (Replacement, {"taken"}, _replacement),
    NO_APPEAL: (NoAppeal, {"why"}, _no_appeal),
    LEAST_AMOUNT: (LeastAmount, {"dollars"}, _least_amount),
    DOCUMENTS: (Documents, {"documents"}, _documents),
}
