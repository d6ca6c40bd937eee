"""Owns reading the rule files: dated entries by kind of plan or by payer, each with its source.

Refuses what is unclear, naming file and key. The files that ship with the product and a practice's own go through one parser.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import TypeVar

from claims.payer_rules.entries import Entry, Instruction, Rule
from claims.payer_rules.entry_parsing import (
    APPEAL,
    INSTRUCTION_SECTIONS,
    SECTIONS,
    RuleFileError,
    parse_entry,
    refuse_unknown,
    typed,
)

_FILE_KEYS = {"title", "filing_indicator_codes", "payer_ids", "is_default", "owner", "review_on", *SECTIONS}
_Kind = TypeVar("_Kind", bound=Entry)


@dataclass(frozen=True, kw_only=True)
class PlanKind:
    """The entries of one file: of one kind of plan, found by claim filing indicator (SBR09), or of a practice's own payers."""

    name: str  # of its file
    title: str
    filing_indicator_codes: frozenset[str]
    payer_ids: frozenset[str] = frozenset()
    is_default: bool
    entries: tuple[Entry, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """List the limits."""
        return tuple(entry for entry in self.entries if isinstance(entry, Rule))

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """List the ways to send."""
        return tuple(entry for entry in self.entries if isinstance(entry, Instruction))

    def find(
        self, kind: type[_Kind], section: str, *, on: date, level: int = 1, code: str | None = None, category: str | None = None
    ) -> _Kind | None:
        """Find the entry in force on a day; `None` = none is known."""
        for entry in self._entries.get((section, level), ()):
            if isinstance(entry, kind) and entry.holds_on(on) and entry.fits(code=code, category=category):
                return entry
        return None

    @cached_property
    def _entries(self) -> dict[tuple[str, int], list[Entry]]:
        found: dict[tuple[str, int], list[Entry]] = {}
        for entry in self.entries:
            found.setdefault((entry.section, entry.level), []).append(entry)
        return found

    def rule(
        self, section: str, *, on: date, level: int = 1, code: str | None = None, category: str | None = None
    ) -> Rule | None:
        """Find the limit in force on a day; `None` = none is known."""
        return self.find(Rule, section, on=on, level=level, code=code, category=category)

    def instruction(self, section: str, *, on: date, level: int = 1) -> Instruction | None:
        """Find the instruction in force on a day; `None` = none is known."""
        return self.find(Instruction, section, on=on, level=level)

    def appeal_levels(self, *, on: date) -> int | None:
        """Count the appeal levels in force on a day; `None` = none is known."""
        found = (entry for (section, _), entries in self._entries.items() if section == APPEAL for entry in entries)
        return len({entry.level for entry in found if entry.holds_on(on)}) or None


@cache
def plan_kinds() -> tuple[PlanKind, ...]:
    """Read every rule file that ships with the product."""
    folder = files("claims.payer_rules").joinpath("data")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
    kinds = [parse_plan_kind(path.name, path.read_text(encoding="utf-8")) for path in paths]
    check_together(kinds)
    return tuple(kinds)


def read_own_files(folder: Path) -> tuple[PlanKind, ...]:
    """Read a practice's own rule files (HOME/payer_rules/*.toml), by payer; none where the folder is absent.

    Raises: RuleFileError.
    """
    kinds = [parse_own_file(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.toml"))]
    _refuse_shared((kind.name, "payer_ids", kind.payer_ids) for kind in kinds)
    return tuple(kinds)


def parse_plan_kind(file: str, text: str) -> PlanKind:
    """Parse one file of a kind of plan. Raises: RuleFileError."""
    table = _parse(file, text)
    if "payer_ids" in table:
        raise RuleFileError(file, "payer_ids", expected="nothing: rules of one payer are a practice's own", got="a list")
    return _plan_kind(file, table, codes=_codes(file, "filing_indicator_codes", table, "a list of SBR09 codes"))


def parse_own_file(file: str, text: str) -> PlanKind:
    """Parse one file of a practice's own payers. Raises: RuleFileError."""
    table = _parse(file, text)
    for key in ("filing_indicator_codes", "is_default"):
        if key in table:
            raise RuleFileError(file, key, expected="nothing: a practice's own file names payer_ids", got="a value")
    return _plan_kind(file, table, payers=_codes(file, "payer_ids", table, "a list of payer ids"))


def check_together(kinds: Sequence[PlanKind]) -> None:
    """Check that each code leads to one file and that one file is the default. Raises: RuleFileError."""
    _refuse_shared((kind.name, "filing_indicator_codes", kind.filing_indicator_codes) for kind in kinds)
    defaults = [kind.name for kind in kinds if kind.is_default]
    if len(defaults) != 1:
        raise RuleFileError("payer_rules/data", "is_default", expected="one default file", got=f"{len(defaults)}")


def _parse(file: str, text: str) -> Mapping[str, object]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleFileError(file, "file", expected="TOML", got=str(error)) from None
    refuse_unknown(file, "file", table, _FILE_KEYS)
    return table


def _codes(file: str, key: str, table: Mapping[str, object], expected: str) -> frozenset[str]:
    codes = table.get(key)
    if not isinstance(codes, list) or not codes or not all(isinstance(code, str) for code in codes):
        raise RuleFileError(file, key, expected=expected, got="none")
    return frozenset(codes)


def _plan_kind(
    file: str, table: Mapping[str, object], *, codes: frozenset[str] = frozenset(), payers: frozenset[str] = frozenset()
) -> PlanKind:
    title = typed(file, "title", table, str)
    found = [
        parse_entry(file, section, f"{section} {number}", entry, defaults=table)
        for section in SECTIONS
        for number, entry in enumerate(_entries(file, section, table), start=1)
    ]
    for first, second in combinations(found, 2):
        if first.meets(second):
            key = f"{first.section} level {first.level}" if first.section == APPEAL else first.section
            kind = "instructions" if first.section in INSTRUCTION_SECTIONS else "rules"
            day = max(first.effective_from, second.effective_from)
            raise RuleFileError(file, key, expected="periods that do not overlap", got=f"two {kind} on {day}")
    return PlanKind(
        name=file.removesuffix(".toml"),
        title=title,
        filing_indicator_codes=codes,
        payer_ids=payers,
        is_default=bool(table.get("is_default", False)),
        entries=tuple(found),
    )


def _entries(file: str, section: str, table: Mapping[str, object]) -> list[Mapping[str, object]]:
    entries = table.get(section, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RuleFileError(file, section, expected=f"entries under [[{section}]]", got=type(entries).__name__)
    return entries


def _refuse_shared(named: Iterable[tuple[str, str, frozenset[str]]]) -> None:
    owners: dict[str, str] = {}
    for name, key, codes in named:
        for code in sorted(codes):
            if code in owners:
                got = f"{code} in {owners[code]}.toml too"
                raise RuleFileError(f"{name}.toml", key, expected="each code in one file", got=got)
            owners[code] = name
