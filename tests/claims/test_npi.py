import pytest

from claims.npi import is_npi, is_one_slip_away


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234567893", True),
        ("1234567890", False),
        ("1234576893", False),
        ("123456789", False),
        ("12345678931", False),
        ("", False),
    ],
)
def test_check_digit_is_the_one_of_the_standard(text: str, expected: bool) -> None:
    assert is_npi(text) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("1234567893", "1234567898", True),
        ("1234567893", "1234576893", True),
        ("1234567893", "1234567893", False),
        ("1234567893", "1234567811", False),
        ("1234567893", "123456789", False),
        ("1234567893", "1324576893", False),
    ],
)
def test_one_slip_is_a_digit_or_two_neighbours_changed_round(left: str, right: str, expected: bool) -> None:
    assert is_one_slip_away(left, right) is expected
