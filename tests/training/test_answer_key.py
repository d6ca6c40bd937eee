"""The answer key of another world is refused in one line."""

import pytest

from training.errors import TrainingError
from training.truth import _match


def test_key_that_knows_none_of_the_held_out_rows_is_refused() -> None:
    with pytest.raises(TrainingError, match="expected some of the 2 held-out rows of the model, got none"):
        _match([("a",), None], {("b",): 0})


def test_rows_that_the_key_knows_are_found_in_their_order() -> None:
    rows, at = _match([("a",), None, ("b",)], {("b",): 5, ("a",): 7})
    assert rows.tolist() == [0, 2]
    assert at.tolist() == [7, 5]
