from datetime import date
from pathlib import Path

import pytest

from claims.payer_rules.entries import Replacement
from claims.payer_rules.entry_parsing import RuleFileError
from claims.payer_rules.rule_files import check_together, parse_own_file, parse_plan_kind, plan_kinds, read_own_files

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


OWN = """
title = "Our contract with Acme"
payer_ids = ["ACME"]
owner = "contracting"
review_on = 2027-01-31
[[appeal]]
level = 1
effective_from = 2026-01-01
limit = { days = 45 }
source = "contract of 2025-11-03, section 7"
checked_on = 2026-01-05
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OWN.replace('payer_ids = ["ACME"]', ""), r"acme.toml, payer_ids: expected a list of payer ids, got none"),
        (OWN + "is_default = true", r"acme.toml, appeal 1.is_default: expected one of"),
        ("is_default = true\n" + OWN, r"acme.toml, is_default: expected nothing"),
        ('filing_indicator_codes = ["CI"]\n' + OWN, r"acme.toml, filing_indicator_codes: expected nothing"),
        (OWN.replace("review_on = 2027-01-31\n", ""), r"acme.toml, appeal 1.review_on: expected date, got nothing"),
        (OWN.replace("days = 45", "days = 'x'"), r"acme.toml, appeal 1.limit.days: expected a whole number above 0, got str"),
        (OWN + "[[no_appeal]]\ncategories = ['late']\n", r"acme.toml, no_appeal 1.why: expected str, got nothing"),
        (
            OWN + "[[no_appeal]]\ncategories = ['late']\nwhy = 'x'\n",
            r"acme.toml, no_appeal 1.categories: expected ids of root causes, got an unknown one",
        ),
        (OWN + "[[least_amount]]\nlevel = 3\ndollars = 0\n", r"least_amount 1.dollars: expected whole dollars above 0"),
        (OWN + "[[replacement]]\ntaken = 1\n", r"replacement 1.taken: expected bool, got int"),
        (OWN + "[[documents]]\ndocuments = []\n", r"documents 1.documents: expected a list of texts, got nothing"),
        (OWN + "[appeal_decision]\nlevel = 1\n", r"appeal_decision: expected entries under \[\[appeal_decision\]\], got dict"),
    ],
)
def test_an_unclear_own_file_is_refused_with_file_and_key(text: str, message: str) -> None:
    with pytest.raises(RuleFileError, match=message):
        parse_own_file("acme.toml", text)


def test_shipped_files_speak_of_no_payer() -> None:
    with pytest.raises(RuleFileError, match="rules of one payer are a practice's own"):
        parse_plan_kind("x.toml", 'payer_ids = ["ACME"]\n' + GOOD)


def test_own_files_are_read_from_their_folder_and_name_a_payer_once(tmp_path: Path) -> None:
    assert read_own_files(tmp_path / "absent") == ()
    (tmp_path / "acme.toml").write_text(OWN, encoding="utf-8")
    assert [kind.payer_ids for kind in read_own_files(tmp_path)] == [{"ACME"}]
    (tmp_path / "again.toml").write_text(OWN, encoding="utf-8")
    with pytest.raises(RuleFileError, match=r"again.toml, payer_ids: expected each code in one file, got ACME in acme.toml"):
        read_own_files(tmp_path)


def test_entries_for_different_plans_or_denials_may_hold_at_once() -> None:
    entry = (
        "[[replacement]]\neffective_from = 2020-01-01\ntaken = {taken}\nonly_for = ['{code}']\n"
        "source = 'x'\nchecked_on = 2026-01-01\n"
    )
    kind = parse_plan_kind("x.toml", GOOD + entry.format(taken="true", code="MA") + entry.format(taken="false", code="MB"))
    found = [kind.find(Replacement, "replacement", on=date(2026, 1, 1), code=code) for code in ("MA", "MB", "CI")]
    assert [one and one.taken for one in found] == [True, False, None]
    with pytest.raises(RuleFileError, match="replacement: expected periods that do not overlap"):
        parse_plan_kind("x.toml", GOOD + 2 * entry.format(taken="true", code="MA"))
