"""Golden files, read to the JSON that stands beside them; regenerate with `python -m tests.claims.x12.golden`."""

from pathlib import Path

import pytest

from tests.claims.x12.golden.batch_json import GOLDEN_FILES, as_json


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: path.name)
def test_the_file_says_what_its_json_says(path: Path) -> None:
    assert as_json(path) == path.with_name(f"{path.name}.json").read_text(encoding="utf-8")


def test_there_is_a_golden_file_of_every_kind() -> None:
    assert {path.suffix for path in GOLDEN_FILES} == {".837", ".835", ".277", ".999"}
