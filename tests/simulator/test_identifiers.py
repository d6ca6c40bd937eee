import pytest

from simulator.chance import stream
from simulator.identifiers import fill, fits, npi


def _luhn_sum(digits: str) -> int:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total


def test_npis_satisfy_the_luhn_check_with_their_prefix() -> None:
    random = stream(3, "npi")
    numbers = [npi(random) for _ in range(500)]
    assert all(len(number) == 10 and _luhn_sum("80840" + number) % 10 == 0 for number in numbers)


@pytest.mark.parametrize("pattern", ["1M99M99MM99", "AAA999999999", "WC9999999", "U9999999901"])
def test_a_filled_pattern_fits_itself(pattern: str) -> None:
    assert all(fits(pattern, fill(pattern, stream(seed, "fill"))) for seed in range(20))


@pytest.mark.parametrize("text", ["AB123", "1234567890", "ABC12345678X", "ABC-12345678"])
def test_other_shapes_do_not_fit(text: str) -> None:
    assert not fits("AAA999999999", text)
