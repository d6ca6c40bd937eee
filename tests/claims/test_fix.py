from dataclasses import replace
from decimal import Decimal

import pytest

from claims.fix import FixKind, care_given, fixes
from claims.root_cause import root_causes
from tests import factories

CLAIM = factories.claim(rendering_provider=factories.provider("1234567893"), place_of_service_code="11")
LINE = CLAIM.lines[0]


def test_vocabulary_is_closed() -> None:
    assert list(fixes()) == [
        "authorization_number",
        "referral_number",
        "modifier",
        "units",
        "diagnosis_pointer",
        "subscriber_id",
        "payer_order",
        "payer_id",
        "rendering_provider",
        "required_field",
        "documentation",
        "eligibility_check",
        "enrollment_hold",
        "duplicate",
        "submit_now",
    ]


def test_every_fix_speaks_for_known_causes_and_says_what_to_verify() -> None:
    for fix in fixes().values():
        assert set(fix.causes) <= set(root_causes())
        assert fix.causes
        assert fix.verify.endswith(".")
        assert isinstance(fix.kind, FixKind)


@pytest.mark.parametrize(
    "changed",
    [
        replace(CLAIM, lines=(replace(LINE, procedure_code="99215"),)),
        replace(CLAIM, lines=(replace(LINE, charge_amount=Decimal("151.00")),)),
        replace(CLAIM, lines=(replace(LINE, service_from_on=factories.SUBMITTED_ON),)),
        replace(CLAIM, lines=(replace(LINE, place_of_service_code="22"),)),
        replace(CLAIM, lines=(LINE, replace(LINE, line_number=2))),
        replace(CLAIM, lines=()),
        replace(CLAIM, diagnosis_codes=("I10",)),
        replace(CLAIM, diagnosis_codes=("E119", "I10")),
        replace(CLAIM, charge_amount=Decimal("1.00")),
        replace(CLAIM, subscriber=factories.subscriber(person=factories.person(sex_code="M"))),
    ],
)
def test_care_given_sees_every_forbidden_change(changed: object) -> None:
    assert care_given(changed) != care_given(CLAIM)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        replace(CLAIM, authorization_number="A1"),
        replace(CLAIM, payer=factories.payer("P9")),
        replace(CLAIM, lines=(replace(LINE, modifiers=("25",), units=Decimal(2), diagnosis_pointers=(2,)),)),
        replace(CLAIM, subscriber=factories.subscriber(person=factories.person(member_id="OTHER"))),
    ],
)
def test_care_given_is_the_same_after_an_allowed_change(changed: object) -> None:
    assert care_given(changed) == care_given(CLAIM)  # type: ignore[arg-type]
