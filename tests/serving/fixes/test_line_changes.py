from dataclasses import replace
from decimal import Decimal

from claims.claim import Claim
from serving.fixes.line_changes import diagnosis_pointers, modifiers, units
from tests import factories
from tests.serving.fixes import cases

CLAIM = factories.claim()


def _earlier(count: int, **line: object) -> list[Claim]:
    return [cases.earlier_claim(f"OLD{at}", line={"line_control_number": f"OLD{at}-1", **line}) for at in range(count)]


def test_modifier_of_paid_lines_is_added_and_none_is_taken_away() -> None:
    claim = factories.claim(lines=(factories.service_line(modifiers=("GC",)),))
    sent = _earlier(3, modifiers=("GC", "25"))
    (change,) = modifiers(cases.case(claim, *cases.paid(*sent)))
    assert change.value == "25"
    assert change.apply(claim).lines[0].modifiers == ("GC", "25")


def test_modifier_seen_too_seldom_is_not_proposed() -> None:
    assert not list(modifiers(cases.case(CLAIM, *cases.paid(*_earlier(2, modifiers=("25",))))))


def test_modifier_that_stands_in_place_of_the_own_one_is_not_proposed() -> None:
    claim = factories.claim(lines=(factories.service_line(modifiers=("LT",)),))
    assert not list(modifiers(cases.case(claim, *cases.paid(*_earlier(3, modifiers=("RT",))))))


def test_units_over_all_paid_ones_are_checked_against_the_usual() -> None:
    claim = factories.claim(lines=(factories.service_line(units=Decimal(9)),))
    (change,) = units(cases.case(claim, *cases.paid(*_earlier(3, units=Decimal(2)))))
    assert change.value == "2"
    changed = change.apply(claim)
    assert (changed.lines[0].units, changed.lines[0].charge_amount) == (Decimal(2), claim.lines[0].charge_amount)


def test_units_that_the_payer_paid_before_stay() -> None:
    claim = factories.claim(lines=(factories.service_line(units=Decimal(2)),))
    sent = [*_earlier(3, units=Decimal(1)), cases.earlier_claim("MORE", line={"units": Decimal(2), "line_control_number": "M"})]
    assert not list(units(cases.case(claim, *cases.paid(*sent))))


def test_units_are_never_raised() -> None:
    claim = factories.claim(lines=(factories.service_line(units=Decimal(1)),))
    assert not list(units(cases.case(claim, *cases.paid(*_earlier(3, units=Decimal(4))))))


def test_pointers_name_diagnoses_of_the_claim_only() -> None:
    claim = replace(CLAIM, diagnosis_codes=("E119", "I10", "M545"))
    found = list(diagnosis_pointers(cases.case(claim)))
    assert [change.value for change in found] == ["2:1", "3:1"]
    assert all(change.apply(claim).diagnosis_codes == claim.diagnosis_codes for change in found)


def test_single_diagnosis_leaves_nothing_to_point_to() -> None:
    assert not list(diagnosis_pointers(cases.case(CLAIM)))


def test_institutional_line_has_no_pointers() -> None:
    claim = replace(CLAIM, claim_type="837I", diagnosis_codes=("E119", "I10"))
    assert not list(diagnosis_pointers(cases.case(claim)))
