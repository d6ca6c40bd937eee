"""Owns the practice's own packet file: its letterhead, where payers take appeals, and its own arguments by payer and category."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from claims.root_cause import root_causes
from serving.errors import TemplateError
from serving.packet.templates import FACT_NAMES, refuse_unknown_facts


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """Who writes; what is `None` becomes a gap."""

    name: str | None = None
    address: tuple[str, ...] = ()
    phone: str | None = None
    fax: str | None = None
    tax_id: str | None = None
    signer_name: str | None = None
    signer_title: str | None = None


@dataclass(frozen=True, kw_only=True)
class PayerChannel:
    """How one payer takes appeals, and what the practice argues there. `source`, `checked_on`: where and when it was read."""

    payer_id: str
    source: str
    checked_on: date
    address: tuple[str, ...] = ()
    fax: str | None = None
    portal: str | None = None
    form: str | None = None
    argument: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by category, in place of ours
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by category, beside ours
    citations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by category, beside ours: the payer's own policies

    @property
    def where(self) -> tuple[str, ...]:
        """List the ways in, each as a line."""
        ways = (("Fax", self.fax), ("Portal", self.portal), ("Form", self.form))
        mail = (f"Mail: {', '.join(self.address)}",) if self.address else ()
        return (*mail, *(f"{name}: {value}" for name, value in ways if value))


@dataclass(frozen=True, kw_only=True)
class PracticeFile:
    """What the practice wrote down; empty where it wrote nothing."""

    letterhead: Letterhead = field(default_factory=Letterhead)
    payers: Mapping[str, PayerChannel] = field(default_factory=dict)


def read_practice_file(path: Path) -> PracticeFile:
    """Read the file; an absent one is an empty one. Raises: TemplateError, naming the key."""
    if not path.exists():
        return PracticeFile()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise TemplateError(path.name, "file", expected="TOML in UTF-8", got="another text") from None
    _refuse_unknown(path.name, "file", table, {"practice", "payer"})
    payers: dict[str, PayerChannel] = {}
    for number, entry in enumerate(table.get("payer", []), start=1):
        channel = _read_channel(path.name, f"payer {number}", entry)
        if channel.payer_id in payers:
            raise TemplateError(path.name, f"payer {number}.payer_id", expected="each payer once", got="one twice")
        payers[channel.payer_id] = channel
    return PracticeFile(letterhead=_read_letterhead(path.name, table.get("practice", {})), payers=payers)


def _read_letterhead(file: str, entry: Mapping[str, Any]) -> Letterhead:
    _refuse_unknown(file, "practice", entry, {each.name for each in fields(Letterhead)})
    values: dict[str, Any] = {key: _text(file, f"practice.{key}", value) for key, value in entry.items() if key != "address"}
    return Letterhead(address=_texts(file, "practice.address", entry.get("address", [])), **values)


def _read_channel(file: str, place: str, entry: Mapping[str, Any]) -> PayerChannel:
    _refuse_unknown(file, place, entry, {each.name for each in fields(PayerChannel)})
    for key in ("payer_id", "source"):
        if key not in entry:
            raise TemplateError(file, f"{place}.{key}", expected="a text", got="nothing")
    if not isinstance(entry.get("checked_on"), date):
        raise TemplateError(file, f"{place}.checked_on", expected="the day it was read", got="no date")
    by_category: dict[str, Any] = {
        key: _by_category(file, f"{place}.{key}", entry.get(key, {})) for key in ("argument", "documents", "citations")
    }
    optional: dict[str, Any] = {
        key: _text(file, f"{place}.{key}", entry[key]) for key in ("fax", "portal", "form") if key in entry
    }
    return PayerChannel(
        payer_id=_text(file, f"{place}.payer_id", entry["payer_id"]),
        source=_text(file, f"{place}.source", entry["source"]),
        checked_on=entry["checked_on"],
        address=_texts(file, f"{place}.address", entry.get("address", [])),
        **optional,
        **by_category,
    )


def _by_category(file: str, key: str, entry: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(entry, dict):
        raise TemplateError(file, key, expected="a table by category", got=type(entry).__name__)
    _refuse_unknown(file, key, entry, set(root_causes()))
    found = {category: _texts(file, f"{key}.{category}", texts) for category, texts in entry.items()}
    for category, texts in found.items():
        refuse_unknown_facts(file, f"{key}.{category}", texts, FACT_NAMES)
    return found


def _text(file: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TemplateError(file, key, expected="a text", got="nothing" if value == "" else type(value).__name__)
    return value.strip()


def _texts(file: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TemplateError(file, key, expected="a list of texts", got=type(value).__name__)
    return tuple(_text(file, key, one) for one in value)


def _refuse_unknown(file: str, place: str, entry: object, allowed: set[str]) -> None:
    if not isinstance(entry, dict):
        raise TemplateError(file, place, expected="a table", got=type(entry).__name__)
    for key in entry:
        if key not in allowed:
            raise TemplateError(file, f"{place}.{key}", expected=f"one of {', '.join(sorted(allowed))}", got="an unknown key")
