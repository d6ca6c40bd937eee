"""The decision as a table: claim facts in, action, words of its reason and blame out."""

from dataclasses import replace
from typing import Any

import pytest

from serving.work_queue.actions import Denied, Limit, Resubmission, next_action

PLAIN = Denied(
    category="medical_necessity", group_code="CO", carc="50", rarc=None, amount=150.0, days_left_to_appeal=60,
    days_left_to_file=60,
)  # fmt: skip
CODING = {"category": "coding", "carc": "4"}
UNPROCESSABLE = {"rarc": "MA130", "category": "missing_information", "carc": "16"}
LATE = {"category": "timely_filing", "carc": "29"}
DUPLICATE = {"category": "duplicate", "carc": "18"}
UNEXPLAINED = {"category": "payer_processing", "carc": "133"}
RECORDS = {"category": "documentation", "carc": "252"}


@pytest.mark.parametrize(
    ("facts", "action", "reason", "avoidable"),
    [
        # an appeal, its levels and its limit: the day before, the day of, the day after
        ({}, "appeal", "can be contested", None),
        ({"days_left_to_appeal": 1}, "appeal", "can be contested", None),
        ({"days_left_to_appeal": 0}, "appeal", "can be contested", None),
        ({"days_left_to_appeal": -1}, "write_off", "limit for an appeal has passed", True),
        ({"days_left_to_appeal": None}, "appeal", "can be contested", None),
        ({"appeal_level": 2, "appeal_levels": 2}, "appeal", "level 1 was decided against us: level 2 is open", None),
        ({"appeal_level": 2, "appeal_levels": 2, "days_left_to_appeal": 0}, "appeal", "level 2 is open", None),
        ({"appeal_level": 2, "appeal_levels": 2, "days_left_to_appeal": -1}, "write_off", "level 2 has passed", True),
        ({"appeal_level": 3, "appeal_levels": 2}, "write_off", "upheld at the last level of appeal (2)", False),
        ({"appeal_level": 2, "appeal_levels": 1, "category": "authorization"}, "write_off", "upheld at the last", True),
        ({"appeal_level": 3, "least_amount": 200.0, "amount": 200.0}, "appeal", "level 3 is open", None),
        ({"appeal_level": 3, "least_amount": 200.0, "amount": 199.99}, "write_off", "below the 200 dollars", False),
        # what waits for the payer
        ({"appeal_is_pending": True, "days_left_to_decide": 1}, "nothing_to_do", "level 1 is with the payer", None),
        ({"appeal_is_pending": True, "days_left_to_decide": 0}, "nothing_to_do", "level 1 is with the payer", None),
        ({"appeal_is_pending": True, "days_left_to_decide": -1}, "follow_up", "level 1 is overdue", None),
        ({"appeal_is_pending": True, "days_left_to_decide": None}, "nothing_to_do", "with the payer", None),
        ({"appeal_is_pending": True, "appeal_level": 2, "days_left_to_appeal": -5}, "nothing_to_do", "level 2", None),
        (CODING | {"resubmission": Resubmission.WAITING}, "nothing_to_do", "answer is awaited", None),
        (CODING | {"resubmission": Resubmission.OVERDUE}, "follow_up", "answer is overdue", None),
        (CODING | {"resubmission": Resubmission.REJECTED}, "nothing_to_do", "item of that rejection", None),
        ({"category": "wrong_payer", "resubmission": Resubmission.ANSWERED}, "nothing_to_do", "another payer has answered", None),
        # no appeal at all
        (UNPROCESSABLE, "new_claim", "unprocessable (MA130)", None),
        (UNPROCESSABLE | {"days_left_to_file": 1}, "new_claim", "send a new claim", None),
        (UNPROCESSABLE | {"days_left_to_file": 0}, "new_claim", "send a new claim", None),
        (UNPROCESSABLE | {"days_left_to_file": -1}, "write_off", "filing limit for a new claim has passed", True),
        ({"rarc": "MA44"}, "write_off", "decided by law", False),
        ({"group_code": "PR", "carc": "1"}, "bill_patient", "the patient's own share", None),
        ({"group_code": "PR", "carc": "2"}, "bill_patient", "the patient's own share", None),
        ({"group_code": "PR", "carc": "3"}, "bill_patient", "the patient's own share", None),
        ({"group_code": "CO", "carc": "45"}, "nothing_to_do", "paid as agreed", None),
        (LATE | {"no_appeal": "no initial determination"}, "write_off", "no initial determination", True),
        (LATE, "appeal", "proof of timely filing", None),
        (LATE | {"days_left_to_appeal": 0}, "appeal", "proof of timely filing", None),
        (LATE | {"days_left_to_appeal": -1}, "write_off", "filed late", True),
        (DUPLICATE | {"duplicate_of_paid": True}, "nothing_to_do", "exact duplicate", None),
        (DUPLICATE, "follow_up", "find the claim", None),
        # corrections and the filing limit: the day before, the day of, the day after
        (CODING | {"days_left_to_file": 1}, "correct_and_resubmit", "frequency 7", None),
        (CODING | {"days_left_to_file": 0}, "correct_and_resubmit", "frequency 7", None),
        (CODING | {"days_left_to_file": -1}, "appeal", "can be contested", None),
        (CODING | {"days_left_to_file": -1, "days_left_to_appeal": -1}, "write_off", "has passed", True),
        (CODING | {"days_left_to_file": None}, "correct_and_resubmit", "frequency 7", None),
        (CODING | {"appeal_level": 2}, "appeal", "level 2 is open", None),
        # a payer that takes no replacements
        (CODING | {"takes_replacements": False, "days_left_to_reconsider": 0}, "reconsideration", "reopening", None),
        (CODING | {"takes_replacements": False, "days_left_to_reconsider": -1}, "appeal", "can be contested", None),
        (CODING | {"takes_replacements": False}, "appeal", "can be contested", None),
        (CODING | {"days_left_to_file": -1, "days_left_to_reconsider": 9}, "reconsideration", "reopening", None),
        (
            {"category": "missing_information", "carc": "16", "takes_replacements": False, "days_left_to_reconsider": 9},
            "new_claim", "unprocessable (CARC 16)", None,
        ),
        # reconsideration before a formal appeal
        ({"days_left_to_reconsider": 0}, "reconsideration", "before a formal appeal", None),
        ({"days_left_to_reconsider": -1}, "appeal", "can be contested", None),
        ({"days_left_to_reconsider": 9, "appeal_level": 2}, "appeal", "level 2 is open", None),
        (UNEXPLAINED | {"days_left_to_reconsider": 9}, "reconsideration", "ask the payer to reconsider", None),
        (UNEXPLAINED, "follow_up", "nothing of ours explains it", None),
        (UNEXPLAINED | {"days_left_to_appeal": -1}, "write_off", "has passed", True),
        # records
        (RECORDS, "send_records", "asks for records", None),
        (RECORDS | {"days_left_to_appeal": 0}, "send_records", "asks for records", None),
        (RECORDS | {"days_left_to_appeal": -1}, "write_off", "has passed", True),
        # elsewhere
        ({"category": "coordination_of_benefits", "carc": "22"}, "bill_other_payer", "another payer goes first", None),
        ({"category": "wrong_payer", "carc": "109"}, "bill_other_payer", "another payer covers", None),
        ({"category": "eligibility", "carc": "27"}, "bill_other_payer", "find the plan", None),
        ({"group_code": "PR", "carc": "204", "category": "non_covered"}, "bill_patient", "leaves it to the patient", None),
        ({"group_code": "CO", "carc": "204", "category": "non_covered"}, "appeal", "can be contested", None),
    ],
)  # fmt: skip
def test_next_action_follows_from_the_facts(facts: dict[str, Any], action: str, reason: str, avoidable: bool | None) -> None:
    found = next_action(replace(PLAIN, **facts))
    assert (found.name, found.avoidable) == (action, avoidable)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("facts", "limit"),
    [
        ({}, Limit.APPEAL),
        (CODING, Limit.FILING),
        (UNPROCESSABLE, Limit.FILING),
        (RECORDS, Limit.APPEAL),
        (UNEXPLAINED | {"days_left_to_reconsider": 9}, Limit.RECONSIDERATION),
        (DUPLICATE, Limit.APPEAL),
        (DUPLICATE | {"days_left_to_appeal": -1}, Limit.NONE),
        ({"category": "wrong_payer", "carc": "109"}, Limit.NONE),
    ],
)
def test_each_action_has_the_limit_that_ends_it(facts: dict[str, Any], limit: Limit) -> None:
    assert next_action(replace(PLAIN, **facts)).limit is limit


def test_what_the_payer_has_waits() -> None:
    assert next_action(replace(PLAIN, appeal_is_pending=True)).waits
    assert not next_action(PLAIN).waits
