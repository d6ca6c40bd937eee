from dataclasses import replace

import pytest

from serving.work_queue.actions import Denied, next_action

PLAIN = Denied(
    category="medical_necessity",
    group_code="CO",
    carc="50",
    rarc=None,
    claim_filing_indicator_code="CI",
    days_left_to_appeal=60,
    days_left_to_file=60,
    duplicate_of_paid=False,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "appeal"),
        ({"days_left_to_appeal": 0}, "appeal"),
        ({"days_left_to_appeal": -1}, "write_off"),
        ({"days_left_to_appeal": None}, "appeal"),
        ({"rarc": "MA130", "category": "missing_information", "carc": "16"}, "new_claim"),
        ({"rarc": "MA44"}, "write_off"),
        ({"group_code": "PR", "carc": "1"}, "bill_patient"),
        ({"group_code": "PR", "carc": "204", "category": "non_covered"}, "bill_patient"),
        ({"group_code": "CO", "carc": "204", "category": "non_covered"}, "appeal"),
        ({"category": "timely_filing", "carc": "29", "claim_filing_indicator_code": "MB"}, "write_off"),
        ({"category": "timely_filing", "carc": "29", "claim_filing_indicator_code": "CI"}, "appeal"),
        ({"category": "duplicate", "carc": "18", "duplicate_of_paid": True}, "nothing_to_do"),
        ({"category": "duplicate", "carc": "18", "duplicate_of_paid": False}, "follow_up"),
        ({"category": "coding", "carc": "4"}, "correct_and_resubmit"),
        ({"category": "coding", "carc": "4", "days_left_to_file": 0}, "correct_and_resubmit"),
        ({"category": "coding", "carc": "4", "days_left_to_file": -1}, "appeal"),
        ({"category": "coordination_of_benefits", "carc": "22"}, "bill_other_payer"),
        ({"category": "wrong_payer", "carc": "109"}, "bill_other_payer"),
        ({"category": "documentation", "carc": "252"}, "send_records"),
        ({"category": "payer_processing", "carc": "133"}, "follow_up"),
    ],
)
def test_next_action_follows_the_rules(changes: dict[str, object], expected: str) -> None:
    assert next_action(replace(PLAIN, **changes)).name == expected  # type: ignore[arg-type]


def test_every_action_says_why() -> None:
    assert next_action(PLAIN).reason
