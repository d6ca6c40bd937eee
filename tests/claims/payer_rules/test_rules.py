from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from claims.history.schema import SCHEMAS
from claims.payer_rules import PayerRules, payer_rules
from claims.payer_rules.rule_files import parse_own_file
from claims.payer_rules.rules import OWN_LIST


def rules(*rows: dict[str, Any]) -> PayerRules:
    blank: dict[str, Any] = dict.fromkeys(SCHEMAS["payers"].names) | {"known_on": date(1900, 1, 1), "payer_id": "P1"}
    return payer_rules(pa.Table.from_pylist([blank | row for row in rows], schema=SCHEMAS["payers"]))


@pytest.mark.parametrize(
    ("code", "on", "days"),
    [
        ("MB", date(2009, 12, 31), None),
        ("MB", date(2010, 1, 1), 365),
        ("MB", date(2010, 1, 2), 365),
        ("MB", date(2023, 2, 28), 365),
        ("MB", date(2023, 3, 1), 366),  # 29 February 2024 lies in between
        ("MB", date(2024, 2, 29), 365),
        ("MA", date(2026, 1, 1), 365),
        ("16", date(2026, 1, 1), 365),
        ("MC", date(2026, 1, 1), 365),
        ("CH", date(2026, 1, 1), 365),
        ("BL", date(2026, 1, 1), 180),
        ("CI", date(2026, 1, 1), 90),
        ("12", date(2026, 1, 1), 90),
        ("WC", date(2026, 1, 1), None),
        ("XX", date(2026, 1, 1), 90),
        (None, date(2026, 1, 1), 90),
    ],
)
def test_filing_limit_by_plan_kind(code: str | None, on: date, days: int | None) -> None:
    assert rules().filing_limit_days("P1", code, on) == days


@pytest.mark.parametrize(
    ("code", "on", "level", "days"),
    [
        ("16", date(2024, 12, 30), 1, 60),
        ("16", date(2024, 12, 31), 1, 60),
        ("16", date(2025, 1, 1), 1, 65),
        ("16", date(2025, 1, 2), 1, 65),
        ("MB", date(2026, 1, 1), 1, 120),
        ("MB", date(2026, 1, 1), 2, 180),
        ("MB", date(2026, 1, 1), 5, 60),
        ("MB", date(2026, 1, 1), 6, None),
        ("CI", date(2026, 1, 1), 1, 180),
        ("WC", date(2026, 1, 1), 1, None),
    ],
)
def test_appeal_limit_by_plan_kind_and_level(code: str, on: date, level: int, days: int | None) -> None:
    assert rules().appeal_limit_days("P1", code, on, level=level) == days


@pytest.mark.parametrize(("code", "levels"), [("MB", 5), ("16", 2), ("MC", 2), ("CI", 2), ("WC", None)])
def test_appeal_levels_by_plan_kind(code: str, levels: int | None) -> None:
    assert rules().appeal_levels("P1", code, date(2026, 1, 1)) == levels


@pytest.mark.parametrize(("code", "days"), [("MB", 30), ("16", 30), ("MC", 30), ("BL", 35), ("CI", 35), ("WC", 45), ("VA", 30)])
def test_expected_response_by_plan_kind(code: str, days: int) -> None:
    assert rules().expected_response_days("P1", code, date(2026, 1, 1)) == days


def test_the_practices_own_row_goes_first_where_it_says_something() -> None:
    own = rules({"filing_limit_days": 120, "appeal_levels": 3})
    on = date(2026, 1, 1)
    assert own.filing_limit_days("P1", "MB", on) == 120
    assert own.appeal_levels("P1", "MB", on) == 3
    assert own.appeal_limit_days("P1", "MB", on) == 120
    assert own.filing_limit_days("P2", "MB", on) == 365


def test_the_practices_own_appeal_limit_is_that_of_the_first_level() -> None:
    own = rules({"appeal_limit_days": 65})
    assert own.appeal_limit_days("P1", "MB", date(2026, 1, 1)) == 65
    assert own.appeal_limit_days("P1", "MB", date(2026, 1, 1), level=2) == 180


@pytest.mark.parametrize(
    ("on", "days"), [(date(2026, 6, 30), 180), (date(2026, 7, 1), 90), (date(2026, 7, 2), 90), (date(2020, 1, 1), 180)]
)
def test_a_dated_row_holds_from_its_day(on: date, days: int) -> None:
    own = rules({"filing_limit_days": 90, "known_on": date(2026, 7, 1)}, {"filing_limit_days": 180})
    assert own.filing_limit_days("P1", "CI", on) == days


def test_of_two_rows_for_one_day_the_last_loaded_counts() -> None:
    own = rules({"filing_limit_days": 90, "load_id": "2"}, {"filing_limit_days": 180, "load_id": "1"})
    assert own.filing_limit_days("P1", "CI", date(2026, 1, 1)) == 90


def test_a_default_cites_its_source() -> None:
    assert rules().source("timely_filing", "MB", date(2026, 1, 1)) == "42 CFR 424.44(a)"


@pytest.mark.parametrize(
    ("row", "code", "level", "source"),
    [
        ({}, "MB", 1, "42 CFR 405.942(a)"),
        ({}, "MB", 2, "42 CFR 405.962(a)"),
        ({}, "WC", 1, None),
        ({"appeal_limit_days": 65}, "CI", 1, "the practice's payer list (payers.csv)"),
        ({"filing_limit_days": 65}, "CI", 1, "29 CFR 2560.503-1(h)(3)(i)"),
        ({"appeal_limit_days": 65}, "MB", 2, "42 CFR 405.962(a)"),
    ],
)
def test_source_of_an_appeal_limit(row: dict[str, Any], code: str, level: int, source: str | None) -> None:
    assert rules(row).appeal_limit_source("P1", code, date(2026, 1, 1), level=level) == source


@pytest.mark.parametrize(
    ("code", "on", "source"),
    [
        ("MB", date(2005, 12, 31), None),
        ("MB", date(2006, 1, 1), "42 CFR 405.944"),
        ("WC", date(2026, 1, 1), None),
        ("16", date(2026, 1, 1), "42 CFR 422.574(b) and 422.582(a)"),
    ],
)
def test_appeal_request_by_plan_kind(code: str, on: date, source: str | None) -> None:
    found = rules().instruction("appeal_request", code, on)
    assert (found and found.source) == source


DENIED_ON = date(2026, 3, 2)
OWN = """
title = "Our contract"
payer_ids = ["P1"]
owner = "contracting"
review_on = 2027-01-31
[[appeal]]
level = 1
effective_from = 2026-03-02
effective_to = 2026-03-31
limit = { days = 45 }
source = "contract of 2025-11-03, section 7"
checked_on = 2026-01-05
"""


@pytest.mark.parametrize(
    ("on", "days"), [(date(2026, 3, 1), 30), (date(2026, 3, 2), 45), (date(2026, 3, 31), 45), (date(2026, 4, 1), 30)]
)
def test_own_file_goes_before_the_payer_list_on_its_days(on: date, days: int) -> None:
    blank: dict[str, Any] = dict.fromkeys(SCHEMAS["payers"].names) | {"known_on": date(1900, 1, 1), "payer_id": "P1"}
    listed = pa.Table.from_pylist([blank | {"appeal_limit_days": 30, "appeal_levels": 3}], schema=SCHEMAS["payers"])
    found = payer_rules(listed, (parse_own_file("own.toml", OWN),))
    assert found.appeal_limit_days("P1", "CI", on) == days
    assert found.appeal_limit_days("P2", "CI", on) == 180
    source = found.appeal_limit_source("P1", "CI", on)
    assert source == ("contract of 2025-11-03, section 7" if days == 45 else OWN_LIST)


@pytest.mark.parametrize(
    ("code", "category", "days"),
    [
        ("MB", "coding", 365),
        ("MB", "authorization", None),
        ("MA", "coding", None),
        ("CI", "payer_processing", 180),
        ("CI", "coding", None),
    ],
)
def test_reconsideration_before_an_appeal_is_open_where_a_rule_names_it(code: str, category: str, days: int | None) -> None:
    assert rules().reconsideration_days("P1", code, DENIED_ON, category=category) == days


@pytest.mark.parametrize(("code", "taken"), [("MB", False), ("MA", True), ("CI", True), ("WC", True), (None, True)])
def test_replacements_are_taken_unless_a_rule_says_not(code: str | None, taken: bool) -> None:
    assert rules().takes_replacements("P1", code, DENIED_ON) is taken


@pytest.mark.parametrize(
    ("code", "category", "barred"), [("MB", "timely_filing", True), ("MB", "coding", False), ("CI", "timely_filing", False)]
)
def test_late_filing_has_no_appeal_where_a_rule_says_so(code: str, category: str, barred: bool) -> None:
    assert (rules().no_appeal("P1", code, DENIED_ON, category=category) is not None) is barred


@pytest.mark.parametrize(
    ("on", "level", "dollars"),
    [(date(2025, 12, 31), 3, 190), (date(2026, 1, 1), 3, 200), (date(2026, 1, 1), 5, 1960), (date(2026, 1, 1), 2, None),
     (date(2027, 1, 1), 3, None)],
)  # fmt: skip
def test_least_amount_of_a_level_changes_with_the_year(on: date, level: int, dollars: int | None) -> None:
    assert rules().least_amount("P1", "MB", on, level=level) == dollars


@pytest.mark.parametrize(("code", "level", "days"), [("MB", 1, 60), ("MB", 3, 90), ("MC", 1, 30), ("WC", 1, None)])
def test_decision_of_an_appeal_is_due_after_its_days(code: str, level: int, days: int | None) -> None:
    assert rules().appeal_decision_days("P1", code, DENIED_ON, level=level) == days
