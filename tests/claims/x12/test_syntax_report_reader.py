"""999: the fate of each transaction set of a group."""

import pytest

from claims.x12.transactions import SyntaxReportTransaction
from tests.claims.x12.envelopes import read


def report(*segments: str) -> SyntaxReportTransaction:
    (found,) = read("999", *segments).transactions
    assert isinstance(found, SyntaxReportTransaction)
    return found


def test_errors_name_segment_position_and_code() -> None:
    found = report("AK1*HC*17", "AK2*837*0001", "IK3*CLM*22**8", "IK4*2*782*1", "IK5*R*5*I5", "AK9*R*1*1*0")
    (answer,) = found.acknowledgments
    assert (answer.group_control_number, answer.accepted_code, answer.error_codes, answer.segment_errors) == (
        "17",
        "R",
        ("5", "I5"),
        ("CLM@22:8",),
    )


def test_the_names_of_the_997_are_understood() -> None:
    assert report("AK1*HC*17", "AK2*837*0001", "AK3*CLM*22**8", "AK5*R", "AK9*R*1*1*0").acknowledgments[0].segment_errors == (
        "CLM@22:8",
    )


def test_a_group_may_be_accepted_without_naming_its_sets() -> None:
    found = report("AK1*HC*17", "AK9*A*3*3*3")
    assert (found.group_control_number, found.group_accepted_code, found.acknowledgments) == ("17", "A", ())


@pytest.mark.parametrize(
    ("segments", "place"),
    [
        (("IK5*A", "AK1*HC*17", "AK9*A*1*1*1"), "IK5"),
        (("AK1*HC*17", "AK2*837*0001", "AK2*837*0002", "IK5*A", "AK9*A*1*1*1"), "AK2"),
        (("AK1*HC*17", "AK2*837*0001", "AK9*A*1*1*1"), "IK5"),
        (("AK1*HC*17", "AK2*837*0001", "IK5*A"), "AK9"),
        (("AK1*HC", "AK9*A*1*1*1"), "AK1 element 2 (group control number)"),
        (("AK9*A*1*1*1",), "AK1"),
    ],
)
def test_a_report_out_of_order_is_refused(segments: tuple[str, ...], place: str) -> None:
    batch = read("999", *segments)
    assert (batch.transactions, [rejection.place for rejection in batch.rejected]) == ((), [place])
