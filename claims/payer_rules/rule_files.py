"""Owns reading the rule files: dated values by plan kind, each with its source. Refuses what is unclear, naming file and key."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TypeVar

from claims.errors import ClaimsError

TIMELY_FILING, APPEAL, EXPECTED_RESPONSE = "timely_filing", "appeal", "expected_response"
APPEAL_REQUEST, CORRECTION = "appeal_request", "correction"
_SECTIONS = (TIMELY_FILING, APPEAL, EXPECTED_RESPONSE)
_INSTRUCTION_SECTIONS = (APPEAL_REQUEST, CORRECTION)
_RULE_KEYS = {"effective_from", "effective_to", "limit", "source", "checked_on"}
_INSTRUCTION_KEYS = {"effective_from", "effective_to", "file_with", "how", "must_contain", "source", "checked_on"}
_FILE_KEYS = {"title", "filing_indicator_codes", "is_default", *_SECTIONS, *_INSTRUCTION_SECTIONS}
_UNITS = ("days", "years")
_T = TypeVar("_T")


class RuleFileError(ClaimsError):
    """A rule file says something that the loader does not accept."""

    def __init__(self, file: str, key: str, *, expected: str, got: str) -> None:
        super().__init__(f"{file}, {key}: expected {expected}, got {got}")
        self.file, self.key = file, key


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One limit in force from one day to another, both included."""

    section: str
    level: int  # of an appeal; 1 elsewhere
    effective_from: date
    effective_to: date | None  # None = still in force
    limit: int
    unit: str  # days, or calendar years
    source: str
    checked_on: date

    def holds_on(self, day: date) -> bool:
        """Tell whether the rule is in force on a day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def days_from(self, day: date) -> int:
        """Count the days of the limit when it runs from `day`; a calendar year may have 366."""
        if self.unit == "days":
            return self.limit
        year = day.year + self.limit
        try:
            end = day.replace(year=year)
        except ValueError:  # 29 February
            end = date(year, 2, 28)
        return (end - day).days


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """How a first appeal is asked for, or a claim corrected, from one day to another, both included. Words for people."""

    section: str
    effective_from: date
    effective_to: date | None  # None = still in force
    file_with: str  # who receives it
    how: str
    must_contain: tuple[str, ...]  # what the request must say; empty = the source names nothing
    source: str
    checked_on: date

    def holds_on(self, day: date) -> bool:
        """Tell whether the instruction is in force on a day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


@dataclass(frozen=True, kw_only=True)
class PlanKind:
    """The rules of one kind of plan, found by claim filing indicator (SBR09)."""

    name: str  # of its file
    title: str
    filing_indicator_codes: frozenset[str]
    is_default: bool
    rules: tuple[Rule, ...]
    instructions: tuple[Instruction, ...] = ()

    def instruction(self, section: str, *, on: date) -> Instruction | None:
        """Find the instruction in force on a day; `None` = none is known."""
        return next((one for one in self.instructions if one.section == section and one.holds_on(on)), None)

    def rule(self, section: str, *, on: date, level: int = 1) -> Rule | None:
        """Find the rule in force on a day; `None` = none is known."""
        return next((r for r in self.rules if r.section == section and r.level == level and r.holds_on(on)), None)

    def appeal_levels(self, *, on: date) -> int | None:
        """Count the appeal levels in force on a day; `None` = none is known."""
        return len({r.level for r in self.rules if r.section == APPEAL and r.holds_on(on)}) or None


@cache
def plan_kinds() -> tuple[PlanKind, ...]:
    """Read every rule file that ships with the product."""
    folder = files("claims.payer_rules").joinpath("data")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
    kinds = [parse_plan_kind(path.name, path.read_text(encoding="utf-8")) for path in paths]
    check_together(kinds)
    return tuple(kinds)


def parse_plan_kind(file: str, text: str) -> PlanKind:
    """Parse one rule file. Raises: RuleFileError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleFileError(file, "file", expected="TOML", got=str(error)) from None
    _refuse_unknown(file, "file", table, _FILE_KEYS)
    codes = table.get("filing_indicator_codes")
    if not isinstance(codes, list) or not codes:
        raise RuleFileError(file, "filing_indicator_codes", expected="a list of SBR09 codes", got="none")
    rules: list[Rule] = []
    for section in _SECTIONS:
        for number, entry in enumerate(table.get(section, []), start=1):
            rules.append(_parse_rule(file, section, f"{section} {number}", entry))
    _refuse_overlaps(file, rules)
    instructions = [
        _parse_instruction(file, section, f"{section} {number}", entry)
        for section in _INSTRUCTION_SECTIONS
        for number, entry in enumerate(table.get(section, []), start=1)
    ]
    _refuse_overlapping_instructions(file, instructions)
    return PlanKind(
        name=file.removesuffix(".toml"),
        title=_typed(file, "title", table, str),
        filing_indicator_codes=frozenset(codes),
        is_default=bool(table.get("is_default", False)),
        rules=tuple(rules),
        instructions=tuple(instructions),
    )


def check_together(kinds: Sequence[PlanKind]) -> None:
    """Check that each code leads to one file and that one file is the default. Raises: RuleFileError."""
    owners: dict[str, str] = {}
    for kind in kinds:
        for code in sorted(kind.filing_indicator_codes):
            if code in owners:
                got = f"{code} in {owners[code]}.toml too"
                raise RuleFileError(f"{kind.name}.toml", "filing_indicator_codes", expected="each code in one file", got=got)
            owners[code] = kind.name
    defaults = [kind.name for kind in kinds if kind.is_default]
    if len(defaults) != 1:
        raise RuleFileError("payer_rules/data", "is_default", expected="one default file", got=f"{len(defaults)}")


def _parse_rule(file: str, section: str, place: str, entry: Mapping[str, object]) -> Rule:
    allowed = _RULE_KEYS | ({"level"} if section == APPEAL else set())
    _refuse_unknown(file, place, entry, allowed)
    limit = _typed(file, f"{place}.limit", entry, dict)
    if len(limit) != 1 or next(iter(limit)) not in _UNITS:
        raise RuleFileError(file, f"{place}.limit", expected=f"one of {', '.join(_UNITS)}", got=", ".join(limit) or "nothing")
    ((unit, amount),) = limit.items()
    if not isinstance(amount, int) or amount <= 0:
        raise RuleFileError(file, f"{place}.limit.{unit}", expected="a whole number above 0", got=type(amount).__name__)
    source = _typed(file, f"{place}.source", entry, str).strip()
    if not source:
        raise RuleFileError(file, f"{place}.source", expected="where the value is written", got="nothing")
    rule = Rule(
        section=section,
        level=_typed(file, f"{place}.level", entry, int) if section == APPEAL else 1,
        effective_from=_typed(file, f"{place}.effective_from", entry, date),
        effective_to=_typed(file, f"{place}.effective_to", entry, date) if "effective_to" in entry else None,
        limit=amount,
        unit=unit,
        source=source,
        checked_on=_typed(file, f"{place}.checked_on", entry, date),
    )
    if rule.effective_to is not None and rule.effective_to < rule.effective_from:
        raise RuleFileError(file, f"{place}.effective_to", expected="a day on or after effective_from", got="an earlier one")
    return rule


def _parse_instruction(file: str, section: str, place: str, entry: Mapping[str, object]) -> Instruction:
    _refuse_unknown(file, place, entry, _INSTRUCTION_KEYS)
    contain = entry.get("must_contain", [])
    if not isinstance(contain, list) or not all(isinstance(one, str) for one in contain):
        raise RuleFileError(file, f"{place}.must_contain", expected="a list of texts", got=type(contain).__name__)
    for key in ("file_with", "how", "source"):
        if not _typed(file, f"{place}.{key}", entry, str).strip():
            raise RuleFileError(file, f"{place}.{key}", expected="a text", got="nothing")
    return Instruction(
        section=section,
        effective_from=_typed(file, f"{place}.effective_from", entry, date),
        effective_to=_typed(file, f"{place}.effective_to", entry, date) if "effective_to" in entry else None,
        file_with=_typed(file, f"{place}.file_with", entry, str),
        how=_typed(file, f"{place}.how", entry, str),
        must_contain=tuple(contain),
        source=_typed(file, f"{place}.source", entry, str),
        checked_on=_typed(file, f"{place}.checked_on", entry, date),
    )


def _refuse_overlapping_instructions(file: str, instructions: Sequence[Instruction]) -> None:
    for first, second in pairwise(sorted(instructions, key=lambda one: (one.section, one.effective_from))):
        if first.section == second.section and (first.effective_to is None or first.effective_to >= second.effective_from):
            got = f"two instructions on {second.effective_from}"
            raise RuleFileError(file, first.section, expected="periods that do not overlap", got=got)


def _typed(file: str, key: str, entry: Mapping[str, object], kind: type[_T]) -> _T:
    value = entry.get(key.rpartition(".")[2])
    if not isinstance(value, kind):
        raise RuleFileError(file, key, expected=kind.__name__, got="nothing" if value is None else type(value).__name__)
    return value


def _refuse_unknown(file: str, place: str, entry: Mapping[str, object], allowed: set[str]) -> None:
    for key in entry:
        if key not in allowed:
            raise RuleFileError(file, f"{place}.{key}", expected=f"one of {', '.join(sorted(allowed))}", got="an unknown key")


def _refuse_overlaps(file: str, rules: Sequence[Rule]) -> None:
    ordered = sorted(rules, key=lambda rule: (rule.section, rule.level, rule.effective_from))
    for first, second in pairwise(ordered):
        same = (first.section, first.level) == (second.section, second.level)
        if same and (first.effective_to is None or first.effective_to >= second.effective_from):
            key = f"{second.section} level {second.level}" if second.section == APPEAL else second.section
            raise RuleFileError(file, key, expected="periods that do not overlap", got=f"two rules on {second.effective_from}")
