"""74 files by eight other projects: each is read or refused as strangers.csv says, which was checked by eye (docs/x12.md)."""

import csv

import pytest

from tests.claims.x12.strangers_table import COLLECTION, TABLE, rows

WITHOUT = pytest.mark.skipif(
    not COLLECTION.is_dir(), reason="the strangers' X12 files (DENIALS_SHARED_DATA) are not on this machine"
)


@WITHOUT
def test_every_file_comes_to_what_the_table_says() -> None:
    with TABLE.open(newline="", encoding="utf-8") as table:
        expected = list(csv.DictReader(table))
    assert list(rows()) == expected


def test_the_table_holds_every_file_of_the_collection() -> None:
    with TABLE.open(newline="", encoding="utf-8") as table:
        found = list(csv.DictReader(table))
    assert len({row["file"] for row in found}) == 74
    assert {row["verdict"] for row in found} == {"read", "read in part", "refused"}
