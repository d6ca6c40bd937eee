from pathlib import Path

import pytest

from claims.imports.mapping.known_mappings import KnownMappings, read_known, remember
from claims.imports.mapping.mapping import MappingError, parse_mapping
from tests.claims.imports.mapping.exports import MAPPING


def test_columns_are_those_that_any_field_reads() -> None:
    text = MAPPING.replace('"Check Date"', '{ column = "Bill Date", plus_days = "Days" }')
    columns = parse_mapping(text, file="m.toml").columns
    assert {"Claim ID", "Denial Code", "Days"} <= set(columns)
    assert "Check Date" not in columns


def test_an_answer_takes_number_and_payer_from_the_claim() -> None:
    mapping = parse_mapping(MAPPING, file="m.toml")
    assert mapping.claim is not None
    assert mapping.answer is not None
    assert mapping.answer["payer_id"] == mapping.claim["payer_id"]


@pytest.mark.parametrize(
    ("old", "new", "trouble"),
    [
        ('payer_name = "Payer"', 'payer_nam = "Payer"', "m.toml, claim: expected keys among"),
        ('submitted_on = "Bill Date"\n', "", "m.toml, claim: expected submitted_on, got none"),
        ('name = "clinic"', 'name = "../up"', "m.toml, name: expected letters, digits and underscores"),
        ('charge_amount = "Charge"\n', "", "m.toml, line: expected charge_amount"),
        ('paid_on = "Check Date"\n', "", "m.toml, answer: expected paid_on, got none"),
        ("{ rest = true }", '{ rest = true, column = "Charge" }', "adjustment 1.adjustment_amount: expected one of column"),
        (
            '"Check Date"',
            '{ column = "Check Date", plus_days = 3, minus_days = 2 }',
            "expected plus_days or minus_days, got both",
        ),
        ('"Check Date"', "7", "m.toml, answer.paid_on: expected dict, got int"),
        ("[claim]", "[claim", "m.toml, file: expected TOML"),
        ('"Check Date"\n', '"Check Date"\nper = "row"\n', 'm.toml, answer.per: expected "line" or "claim"'),
    ],
)
def test_what_cannot_be_followed_is_refused_by_its_key(old: str, new: str, trouble: str) -> None:
    with pytest.raises(MappingError) as refused:
        parse_mapping(MAPPING.replace(old, new, 1), file="m.toml")
    assert trouble in str(refused.value)


def test_a_header_finds_the_remembered_mapping_that_reads_most_of_it(tmp_path: Path) -> None:
    wide, narrow = tmp_path / "wide.toml", tmp_path / "narrow.toml"
    wide.write_text(MAPPING)
    narrow.write_text(MAPPING.replace('"clinic"', '"narrow"').replace('modifiers = "Mod"\n', ""))
    for file, name in ((wide, "clinic"), (narrow, "narrow")):
        remember(tmp_path / "home", file, name=name)
    known = read_known(tmp_path / "home")
    columns = parse_mapping(MAPPING, file="m").columns
    fitting = known.fitting([*columns, "Other"])
    assert fitting is not None
    assert fitting.name == "clinic"
    assert known.fitting(columns[1:]) is None
    assert read_known(tmp_path / "nowhere") == KnownMappings()
