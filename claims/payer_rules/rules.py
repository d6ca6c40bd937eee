"""Owns what holds for a payer on a day: its own rule file first, then the practice's `payers.csv`, then the kind of plan."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import TypeVar

import pyarrow as pa

from claims.payer_rules.entries import Documents, Entry, Instruction, LeastAmount, NoAppeal, Replacement, Rule
from claims.payer_rules.entry_parsing import (
    APPEAL,
    APPEAL_DECISION,
    DOCUMENTS,
    EXPECTED_RESPONSE,
    LEAST_AMOUNT,
    NO_APPEAL,
    RECONSIDERATION,
    REPLACEMENT,
    TIMELY_FILING,
)
from claims.payer_rules.rule_files import PlanKind, plan_kinds

OWN_COLUMNS = ("filing_limit_days", "appeal_limit_days", "appeal_levels", "expected_response_days")
OWN_LIST = "the practice's payer list (payers.csv)"
_Kind = TypeVar("_Kind", bound=Entry)
Code = str | None


class PayerRules:
    """Rules by payer. A `code` is SBR09, the claim filing indicator; an unknown or absent one is taken for commercial.

    A row of `payers` holds from its `known_on`; an empty cell overrides nothing. `None` = no limit is known.
    """

    def __init__(self, own: dict[str, dict[str, list[tuple[date, int]]]], own_files: Sequence[PlanKind] = ()) -> None:
        self._own = own  # payer -> column -> (from, value), in order
        self._own_files = {payer: kind for kind in own_files for payer in kind.payer_ids}
        self._kinds = {code: kind for kind in plan_kinds() for code in kind.filing_indicator_codes}
        self._default = next(kind for kind in plan_kinds() if kind.is_default)

    def filing_limit_days(self, payer_id: str | None, code: Code, on: date) -> int | None:
        """Count the days a claim may be filed after its last service day, which is `on`."""
        return self._limit("filing_limit_days", TIMELY_FILING, payer_id, code, on)

    def appeal_limit_days(self, payer_id: str | None, code: Code, on: date, *, level: int = 1) -> int | None:
        """Count the days an appeal of this level may be filed after the denial (or last decision) of day `on`.

        The limit of the practice's list is that of the first level.
        """
        column = "appeal_limit_days" if level == 1 else ""
        return self._limit(column, APPEAL, payer_id, code, on, level=level)

    def appeal_levels(self, payer_id: str | None, code: Code, on: date) -> int | None:
        """Count the appeal levels that exist on a day."""
        filed = self._own_files.get(payer_id or "")
        levels = filed.appeal_levels(on=on) if filed else None
        if levels is None:
            levels = self._own_row("appeal_levels", payer_id, on)
        return self.plan_kind(code).appeal_levels(on=on) if levels is None else levels

    def expected_response_days(self, payer_id: str | None, code: Code, on: date) -> int | None:
        """Count the days after submission, on day `on`, within which an answer is due."""
        return self._limit("expected_response_days", EXPECTED_RESPONSE, payer_id, code, on)

    def appeal_decision_days(self, payer_id: str | None, code: Code, on: date, *, level: int = 1) -> int | None:
        """Count the days after an appeal of this level was filed, on day `on`, within which its decision is due."""
        return self._limit("", APPEAL_DECISION, payer_id, code, on, level=level)

    def reconsideration_days(self, payer_id: str | None, code: Code, on: date, *, category: str) -> int | None:
        """Count the days after a denial of day `on` in which it may be reconsidered or reopened before a formal appeal.

        `None` = the payer has no such step for this category.
        """
        return self._limit("", RECONSIDERATION, payer_id, code, on, category=category)

    def reconsideration_source(self, payer_id: str | None, code: Code, on: date, *, category: str) -> str | None:
        """Cite where the limit of a reconsideration is written; `None` = there is no such step."""
        rule = self._entry(Rule, RECONSIDERATION, payer_id, code, on, category=category)
        return rule.source if rule else None

    def takes_replacements(self, payer_id: str | None, code: Code, on: date) -> bool:
        """Tell whether a replacement claim (frequency 7) is taken; where no rule says so it is."""
        rule = self._entry(Replacement, REPLACEMENT, payer_id, code, on)
        return rule is None or rule.taken

    def no_appeal(self, payer_id: str | None, code: Code, on: date, *, category: str) -> NoAppeal | None:
        """Find the rule by which a denial of this category has no appeal."""
        return self._entry(NoAppeal, NO_APPEAL, payer_id, code, on, category=category)

    def least_amount(self, payer_id: str | None, code: Code, on: date, *, level: int) -> Decimal | None:
        """Find the least dollars in dispute that an appeal of this level is heard for."""
        rule = self._entry(LeastAmount, LEAST_AMOUNT, payer_id, code, on, level=level)
        return rule.amount if rule else None

    def documents(self, payer_id: str | None, code: Code, on: date, *, category: str) -> tuple[str, ...]:
        """List what must be enclosed for this category beyond what every payer asks for."""
        rule = self._entry(Documents, DOCUMENTS, payer_id, code, on, category=category)
        return rule.documents if rule else ()

    def source(self, section: str, code: Code, on: date, *, level: int = 1, payer_id: str | None = None) -> str | None:
        """Cite where the value of a section is written; `payers.csv` is not asked."""
        rule = self._entry(Rule, section, payer_id, code, on, level=level)
        return rule.source if rule else None

    def filing_limit_source(self, payer_id: str | None, code: Code, on: date) -> str:
        """Cite where the filing limit of a day is written."""
        return self._limit_source("filing_limit_days", TIMELY_FILING, payer_id, code, on) or "no source is known"

    def appeal_limit_source(self, payer_id: str | None, code: Code, on: date, *, level: int = 1) -> str | None:
        """Cite where the appeal limit of a day is written; `None` = no limit is known."""
        column = "appeal_limit_days" if level == 1 else ""
        return self._limit_source(column, APPEAL, payer_id, code, on, level=level)

    def instruction(
        self, section: str, code: Code, on: date, *, payer_id: str | None = None, level: int = 1
    ) -> Instruction | None:
        """Find how an appeal of a level or a reconsideration is asked for, or a claim corrected; `None` = nothing is known."""
        return self._entry(Instruction, section, payer_id, code, on, level=level)

    def plan_kind(self, code: Code) -> PlanKind:
        """Find the kind of plan of a claim filing indicator (SBR09)."""
        return self._kinds.get(code or "", self._default)

    def _files(self, payer_id: str | None, code: Code) -> Iterator[PlanKind]:
        if own := self._own_files.get(payer_id or ""):
            yield own
        yield self.plan_kind(code)

    def _entry(
        self,
        kind: type[_Kind],
        section: str,
        payer_id: str | None,
        code: Code,
        on: date,
        *,
        level: int = 1,
        category: str | None = None,
    ) -> _Kind | None:
        found = (
            file.find(kind, section, on=on, level=level, code=code, category=category) for file in self._files(payer_id, code)
        )
        return next((entry for entry in found if entry is not None), None)

    def _limit(
        self,
        column: str,
        section: str,
        payer_id: str | None,
        code: Code,
        on: date,
        *,
        level: int = 1,
        category: str | None = None,
    ) -> int | None:
        own = self._own_files.get(payer_id or "")
        rule = own.rule(section, on=on, level=level, code=code, category=category) if own else None
        if rule is None and (listed := self._own_row(column, payer_id, on)) is not None:
            return listed
        rule = rule or self.plan_kind(code).rule(section, on=on, level=level, code=code, category=category)
        return rule.days_from(on) if rule else None

    def _limit_source(
        self, column: str, section: str, payer_id: str | None, code: Code, on: date, *, level: int = 1
    ) -> str | None:
        own = self._own_files.get(payer_id or "")
        rule = own.rule(section, on=on, level=level, code=code) if own else None
        if rule is None and self._own_row(column, payer_id, on) is not None:
            return OWN_LIST
        return rule.source if rule else self.source(section, code, on, level=level)

    def _own_row(self, column: str, payer_id: str | None, on: date) -> int | None:
        rows = self._own.get(payer_id or "", {}).get(column, [])
        held = bisect_right(rows, on, key=itemgetter(0))
        return rows[held - 1][1] if held else None


def payer_rules(store_payers: pa.Table, own_files: Sequence[PlanKind] = ()) -> PayerRules:
    """Make the rules from the rows of `payers` and a practice's own files; of rows for one payer and day, the last counts."""
    own: dict[str, dict[str, list[tuple[date, int]]]] = {}
    rows = store_payers.select(["payer_id", "known_on", "load_id", "source_key", *OWN_COLUMNS]).to_pylist()
    for row in sorted(rows, key=lambda row: (row["known_on"], row["load_id"] or "", row["source_key"] or "")):
        for column in OWN_COLUMNS:
            if row[column] is not None:
                own.setdefault(row["payer_id"], {}).setdefault(column, []).append((row["known_on"], row[column]))
    return PayerRules(own, own_files)
