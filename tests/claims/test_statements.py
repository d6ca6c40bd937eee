"""Statements come out of their files bare, so that they can stand inside another."""

import sys
from pathlib import Path

import pytest

from claims.statements import read_statements


def test_comment_above_a_name_is_no_part_of_the_statement_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package_of_statements"
    package.mkdir()
    (package / "__init__.py").touch()
    text = "-- name: first\n-- kept\nSELECT 1; \n\n-- What the second\n-- is for.\n-- name: second\nSELECT 2 -- kept too\n"
    (package / "some.sql").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        found = read_statements("some.sql", package=package.name)
    finally:
        sys.modules.pop(package.name, None)
    assert found == {"first": "-- kept\nSELECT 1", "second": "SELECT 2 -- kept too"}
