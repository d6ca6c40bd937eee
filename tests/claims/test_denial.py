"""Tables of cases for the one definition of "denied"."""

from decimal import Decimal

import pytest

from claims.denial import classify_adjustment, denial_codes, denied_adjustments, read_denial
from claims.root_cause import root_causes
from tests import factories as make

NOT_DENIALS = ["1", "2", "3", "23", "24", "45", "104", "253"]


@pytest.mark.parametrize("carc", NOT_DENIALS)
@pytest.mark.parametrize("nothing_allowed", [True, False])
def test_cost_share_contract_capitation_and_other_payers_are_no_denials(carc: str, nothing_allowed: bool) -> None:
    assert classify_adjustment(carc=carc, remark_codes=(), nothing_allowed=nothing_allowed) is None


@pytest.mark.parametrize(
    ("carc", "remarks", "category"),
    [
        ("27", (), "eligibility"),
        ("22", (), "coordination_of_benefits"),
        ("31", (), "patient_information"),
        ("197", (), "authorization"),
        ("288", (), "referral"),
        ("11", (), "coding"),
        ("97", (), "bundling"),
        ("119", (), "units_or_frequency"),
        ("50", (), "medical_necessity"),
        ("252", (), "documentation"),
        ("18", (), "duplicate"),
        ("29", (), "timely_filing"),
        ("16", (), "missing_information"),
        ("109", (), "wrong_payer"),
        ("B7", (), "provider_enrollment"),
        ("b7", (), "provider_enrollment"),
        ("204", (), "non_covered"),
        ("133", (), "payer_processing"),
        ("16", ("MA27",), "patient_information"),
        ("16", ("ma27",), "patient_information"),
        ("16", ("N999", "M20"), "coding"),
        ("16", ("N999",), "missing_information"),
        ("16", ("M20", "MA27"), "coding"),
        ("96", ("N115",), "medical_necessity"),
        ("96", ("N130",), "non_covered"),
        ("50", ("MA27",), "medical_necessity"),
    ],
)
def test_category_follows_the_code_and_where_it_is_wide_the_remark(carc: str, remarks: tuple[str, ...], category: str) -> None:
    assert classify_adjustment(carc=carc, remark_codes=remarks, nothing_allowed=False) == category


@pytest.mark.parametrize(("nothing_allowed", "category"), [(True, "payer_processing"), (False, None)])
def test_an_unknown_code_denies_only_where_nothing_was_allowed(nothing_allowed: bool, category: str | None) -> None:
    assert classify_adjustment(carc="9999", remark_codes=(), nothing_allowed=nothing_allowed) == category


def test_every_category_is_a_root_cause() -> None:
    codes = denial_codes()
    assert {*codes.category_of_carc.values(), *codes.category_of_rarc.values()} <= set(root_causes())


def test_no_code_has_two_meanings() -> None:
    codes = denial_codes()
    assert not codes.not_a_denial & set(codes.category_of_carc)
    assert codes.refined_carcs <= set(codes.category_of_carc)


@pytest.mark.parametrize("status", ["1", "2", "3", "4", "19"])
def test_the_claim_status_says_nothing(status: str) -> None:
    assert read_denial(make.denied(claim_status_code=status)) is not None
    paid = make.remittance(
        lines=(make.remittance_line(adjustments=(make.adjustment("CO", "45", 50),)),), claim_status_code=status
    )
    assert read_denial(paid) is None


@pytest.mark.parametrize("group", ["CO", "PR", "OA", "PI", "XX"])
def test_a_denial_is_one_whoever_must_bear_it(group: str) -> None:
    line = make.remittance_line(adjustments=(make.adjustment(group, "50", 150),))
    denial = read_denial(make.remittance(lines=(line,)))
    assert denial is not None
    assert denial.group_code == group


def test_a_reversal_denies_nothing() -> None:
    assert read_denial(make.reversal(make.denied())) is None


def test_money_given_back_is_no_denial() -> None:
    line = make.remittance_line(adjustments=(make.adjustment("CO", "50", -20),))
    assert read_denial(make.remittance(lines=(line,))) is None


@pytest.mark.parametrize(("amount", "is_denied"), [("0", False), ("0.01", True), ("0.02", True)])
def test_less_than_a_cent_is_no_denial(amount: str, is_denied: bool) -> None:
    line = make.remittance_line(adjustments=(make.adjustment("CO", "50", amount),))
    assert (read_denial(make.remittance(lines=(line,))) is not None) is is_denied


def test_a_denied_line_denies_the_claim_with_its_money_alone() -> None:
    lines = (
        make.remittance_line(1, adjustments=(make.adjustment("CO", "45", 50), make.adjustment("PR", "2", 20))),
        make.remittance_line(2, charge=60, adjustments=(make.adjustment("CO", "97", 60),), remark_codes=("M15", "N19")),
    )
    denial = read_denial(make.remittance(lines=lines))
    assert denial is not None
    assert (denial.denied_amount, denial.category, denial.carc, denial.rarc) == (Decimal(60), "bundling", "97", "M15")
    assert denial.line_positions == (1,)


def test_contract_and_denial_on_one_line_count_the_denial() -> None:
    line = make.remittance_line(adjustments=(make.adjustment("CO", "45", 50), make.adjustment("CO", "197", 100)))
    denial = read_denial(make.remittance(lines=(line,)))
    assert denial is not None
    assert denial.denied_amount == 100


def test_a_claim_level_denial_has_no_line() -> None:
    denial = read_denial(make.remittance(adjustments=(make.adjustment("CO", "29", 150),)))
    assert denial is not None
    assert denial.line_positions == ()


def test_the_adjustment_that_took_most_leads() -> None:
    lines = (
        make.remittance_line(1, adjustments=(make.adjustment("CO", "97", 40),)),
        make.remittance_line(2, adjustments=(make.adjustment("CO", "197", 90),)),
    )
    denial = read_denial(make.remittance(lines=lines))
    assert denial is not None
    assert (denial.carc, denial.denied_amount) == ("197", 130)


def test_a_line_without_remarks_reads_those_of_the_claim() -> None:
    line = make.remittance_line(adjustments=(make.adjustment("CO", "16", 150),))
    (found,) = denied_adjustments(make.remittance(lines=(line,), remark_codes=("MA27",)))
    assert (found.category, found.rarc) == ("patient_information", "MA27")


@pytest.mark.parametrize(
    ("other", "is_denied"), [(("PR", "3", 20), False), (("CO", "45", 20), True)], ids=["copay beside it", "contract beside it"]
)
def test_an_unknown_code_beside_a_cost_share_is_no_denial(other: tuple[str, str, int], is_denied: bool) -> None:
    line = make.remittance_line(adjustments=(make.adjustment("CO", "9999", 130), make.adjustment(*other)))
    assert line.paid_amount == 0
    assert (read_denial(make.remittance(lines=(line,))) is not None) is is_denied


@pytest.mark.parametrize(("responsibility", "is_denied"), [(0, True), (20, False)])
def test_an_unknown_claim_level_code_needs_nothing_paid_and_nothing_owed(responsibility: int, is_denied: bool) -> None:
    answer = make.remittance(
        adjustments=(make.adjustment("CO", "9999", 150),), patient_responsibility_amount=make.money(responsibility)
    )
    assert (read_denial(answer) is not None) is is_denied
