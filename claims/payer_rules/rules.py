"""Owns the limits that hold for a payer on a day: the practice's own `payers.csv` first, else the rules of the plan's kind."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import date

import pyarrow as pa

from claims.payer_rules.rule_files import APPEAL, EXPECTED_RESPONSE, TIMELY_FILING, Instruction, PlanKind, plan_kinds

OWN_COLUMNS = ("filing_limit_days", "appeal_limit_days", "appeal_levels", "expected_response_days")
OWN_LIST = "the practice's payer list (payers.csv)"


class PayerRules:
    """Limits by payer. `filing_indicator_code` is SBR09; an unknown or absent one is taken for commercial.

    A row of `payers` holds from its `known_on`; an empty cell overrides nothing. `None` = no limit is known.
    """

    def __init__(self, own: dict[str, dict[str, list[tuple[date, int]]]]) -> None:
        self._own = own  # payer -> column -> (from, value), in order
        self._kinds = {code: kind for kind in plan_kinds() for code in kind.filing_indicator_codes}
        self._default = next(kind for kind in plan_kinds() if kind.is_default)

    def filing_limit_days(self, payer_id: str | None, filing_indicator_code: str | None, on: date) -> int | None:
        """Count the days a claim may be filed after its last service day, which is `on`."""
        return self._find("filing_limit_days", payer_id, filing_indicator_code, on, _limit(TIMELY_FILING))

    def appeal_limit_days(
        self, payer_id: str | None, filing_indicator_code: str | None, on: date, *, level: int = 1
    ) -> int | None:
        """Count the days an appeal of this level may be filed after the denial (or last decision) of day `on`.

        The practice's own limit is that of the first level.
        """
        column = "appeal_limit_days" if level == 1 else ""
        return self._find(column, payer_id, filing_indicator_code, on, _limit(APPEAL, level=level))

    def appeal_levels(self, payer_id: str | None, filing_indicator_code: str | None, on: date) -> int | None:
        """Count the appeal levels that exist on a day."""
        return self._find("appeal_levels", payer_id, filing_indicator_code, on, lambda kind, day: kind.appeal_levels(on=day))

    def expected_response_days(self, payer_id: str | None, filing_indicator_code: str | None, on: date) -> int | None:
        """Count the days after submission, on day `on`, within which an answer is due."""
        return self._find("expected_response_days", payer_id, filing_indicator_code, on, _limit(EXPECTED_RESPONSE))

    def source(self, section: str, filing_indicator_code: str | None, on: date, *, level: int = 1) -> str | None:
        """Cite where the default value of a section is written."""
        rule = self.plan_kind(filing_indicator_code).rule(section, on=on, level=level)
        return rule.source if rule else None

    def filing_limit_source(self, payer_id: str | None, filing_indicator_code: str | None, on: date) -> str:
        """Cite where the filing limit of a day is written: the practice's own list, else the default rule's source."""
        if self._own_row("filing_limit_days", payer_id, on) is not None:
            return OWN_LIST
        return self.source(TIMELY_FILING, filing_indicator_code, on) or "no source is known"

    def appeal_limit_source(
        self, payer_id: str | None, filing_indicator_code: str | None, on: date, *, level: int = 1
    ) -> str | None:
        """Cite where the appeal limit of a day is written, own list first; `None` = no limit is known."""
        if level == 1 and self._own_row("appeal_limit_days", payer_id, on) is not None:
            return OWN_LIST
        return self.source(APPEAL, filing_indicator_code, on, level=level)

    def instruction(self, section: str, filing_indicator_code: str | None, on: date) -> Instruction | None:
        """Find how plans of this kind take an `appeal_request` or a `correction` on a day; `None` = nothing is known."""
        return self.plan_kind(filing_indicator_code).instruction(section, on=on)

    def plan_kind(self, filing_indicator_code: str | None) -> PlanKind:
        """Find the kind of plan of a claim filing indicator (SBR09)."""
        return self._kinds.get(filing_indicator_code or "", self._default)

    def _own_row(self, column: str, payer_id: str | None, on: date) -> int | None:
        rows = self._own.get(payer_id or "", {}).get(column, [])
        held = bisect_right(rows, on, key=lambda row: row[0])
        return rows[held - 1][1] if held else None

    def _find(
        self,
        column: str,
        payer_id: str | None,
        filing_indicator_code: str | None,
        on: date,
        default: Callable[[PlanKind, date], int | None],
    ) -> int | None:
        own = self._own_row(column, payer_id, on)
        return default(self.plan_kind(filing_indicator_code), on) if own is None else own


def payer_rules(store_payers: pa.Table) -> PayerRules:
    """Make the rules from the rows of `payers`; of rows for one payer and one day, the last loaded counts."""
    own: dict[str, dict[str, list[tuple[date, int]]]] = {}
    rows = store_payers.select(["payer_id", "known_on", "load_id", "source_key", *OWN_COLUMNS]).to_pylist()
    for row in sorted(rows, key=lambda row: (row["known_on"], row["load_id"] or "", row["source_key"] or "")):
        for column in OWN_COLUMNS:
            if row[column] is not None:
                own.setdefault(row["payer_id"], {}).setdefault(column, []).append((row["known_on"], row[column]))
    return PayerRules(own)


def _limit(section: str, *, level: int = 1) -> Callable[[PlanKind, date], int | None]:
    def find(kind: PlanKind, on: date) -> int | None:
        rule = kind.rule(section, on=on, level=level)
        return rule.days_from(on) if rule else None

    return find
