from datetime import date

import pytest

from claims.payer_rules.entry_parsing import RuleFileError
from claims.payer_rules.rule_files import check_together, parse_plan_kind, plan_kinds

GOOD = """
title = "A plan"
filing_indicator_codes = ["CI"]
owner = "compliance"
review_on = 2027-05-20
[[timely_filing]]
effective_from = 2020-01-01
limit = { days = 90 }
source = "a manual"
checked_on = 2026-11-20
"""
MORE = """
[[timely_filing]]
effective_from = 2019-06-01
effective_to = 2020-01-01
limit = { days = 60 }
source = "an older manual"
checked_on = 2026-11-20
"""


def test_every_shipped_file_loads_with_source_and_check_day() -> None:
    rules = [rule for kind in plan_kinds() for rule in kind.rules]
    assert len(plan_kinds()) >= 8
    assert all(rule.source and rule.owner and rule.checked_on <= date(2026, 11, 25) < rule.review_on for rule in rules)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("source =", "sauce ="), r"x.toml, timely_filing 1.sauce: expected one of .* got an unknown key"),
        (GOOD.replace('source = "a manual"\n', ""), r"x.toml, timely_filing 1.source: expected str, got nothing"),
        (GOOD.replace('"a manual"', '" "'), r"x.toml, timely_filing 1.source: expected where the value is written, got nothing"),
        (GOOD.replace("checked_on = 2026-11-20", ""), r"x.toml, timely_filing 1.checked_on: expected date"),
        (GOOD.replace("2020-01-01", '"2020"'), r"x.toml, timely_filing 1.effective_from: expected date, got str"),
        (GOOD.replace("days = 90", "weeks = 90"), r"x.toml, timely_filing 1.limit: expected one of days, years, got weeks"),
        (GOOD.replace("days = 90", "days = 0"), r"x.toml, timely_filing 1.limit.days: expected a whole number above 0"),
        (GOOD + MORE, r"x.toml, timely_filing: expected periods that do not overlap, got two rules on 2020-01-01"),
        (GOOD + MORE.replace("2020-01-01", "2019-05-31"), r"timely_filing 2.effective_to: expected a day on or after"),
        (GOOD.replace("timely_filing", "filing"), r"x.toml, file.filing: expected one of .* got an unknown key"),
        (GOOD.replace('["CI"]', "[]"), r"x.toml, filing_indicator_codes: expected a list of SBR09 codes, got none"),
        ("title = ", r"x.toml, file: expected TOML"),
    ],
)
def test_an_unclear_file_is_refused_with_file_and_key(text: str, message: str) -> None:
    with pytest.raises(RuleFileError, match=message):
        parse_plan_kind("x.toml", text)


def test_periods_that_touch_do_not_overlap() -> None:
    kind = parse_plan_kind("x.toml", GOOD + MORE.replace("2020-01-01", "2019-12-31"))
    found = [kind.rule("timely_filing", on=day) for day in (date(2019, 12, 31), date(2020, 1, 1))]
    assert [rule.limit for rule in found if rule] == [60, 90]


def test_a_code_in_two_files_is_refused() -> None:
    one, two = parse_plan_kind("one.toml", GOOD + "\n"), parse_plan_kind("two.toml", GOOD)
    with pytest.raises(
        RuleFileError, match=r"two.toml, filing_indicator_codes: expected each code in one file, got CI in one.toml"
    ):
        check_together([one, two])


def test_one_file_must_be_the_default() -> None:
    with pytest.raises(RuleFileError, match="expected one default file, got 0"):
        check_together([parse_plan_kind("one.toml", GOOD)])


REQUEST = """
[[appeal_request]]
effective_from = 2020-01-01
file_with = "the plan"
how = "in writing"
must_contain = ["the member's name"]
source = "a manual"
checked_on = 2026-11-24
"""


def test_every_shipped_instruction_has_source_and_check_day() -> None:
    found = [one for kind in plan_kinds() for one in kind.instructions]
    assert {one.section for one in found} == {"appeal_request", "correction", "reconsideration_request"}
    assert all(one.source and one.file_with and one.how and one.checked_on <= date(2026, 11, 25) < one.review_on for one in found)


def test_an_instruction_holds_from_its_day() -> None:
    kind = parse_plan_kind("x.toml", GOOD + REQUEST)
    days = (date(2019, 12, 31), date(2020, 1, 1))
    found = [kind.instruction("appeal_request", on=day) for day in days]
    assert [one and one.must_contain for one in found] == [None, ("the member's name",)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (REQUEST.replace("how =", "hou ="), r"x.toml, appeal_request 1.hou: expected one of .* got an unknown key"),
        (REQUEST.replace('"in writing"', '" "'), r"x.toml, appeal_request 1.how: expected a text, got nothing"),
        (REQUEST.replace('source = "a manual"\n', ""), r"x.toml, appeal_request 1.source: expected str, got nothing"),
        (
            REQUEST.replace('["the member\'s name"]', '"a name"'),
            r"appeal_request 1.must_contain: expected a list of texts, got str",
        ),
        (REQUEST + REQUEST, r"x.toml, appeal_request: expected periods that do not overlap"),
    ],
)
def test_an_unclear_instruction_is_refused(text: str, message: str) -> None:
    with pytest.raises(RuleFileError, match=message):
        parse_plan_kind("x.toml", GOOD + text)
