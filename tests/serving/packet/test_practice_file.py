from pathlib import Path

import pytest

from serving.errors import TemplateError
from serving.packet.practice_file import PracticeFile, read_practice_file

GOOD = """
[practice]
name = "RIVERSIDE CLINIC"
address = ["12 Elm St", "Oakland, CA 94612"]
[[payer]]
payer_id = "P1"
source = "provider manual 2026, p. 12"
checked_on = 2026-03-01
fax = "555-0100"
argument.authorization = ["No approval is needed for {procedure_codes}."]
"""


def _read(folder: Path, text: str) -> PracticeFile:
    path = folder / "packets.toml"
    path.write_text(text, encoding="utf-8")
    return read_practice_file(path)


def test_absent_file_is_an_empty_one(tmp_path: Path) -> None:
    assert read_practice_file(tmp_path / "packets.toml") == PracticeFile()


def test_letterhead_and_channel_are_read(tmp_path: Path) -> None:
    found = _read(tmp_path, GOOD)
    assert found.letterhead.name == "RIVERSIDE CLINIC"
    assert found.payers["P1"].where == ("Fax: 555-0100",)
    assert found.payers["P1"].argument == {"authorization": ("No approval is needed for {procedure_codes}.",)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("name =", "nam ="), r"packets.toml, practice.nam: expected one of .* got an unknown key"),
        (GOOD.replace('source = "provider manual 2026, p. 12"\n', ""), r"payer 1.source: expected a text, got nothing"),
        (GOOD.replace("checked_on = 2026-03-01\n", ""), r"payer 1.checked_on: expected the day it was read, got no date"),
        (GOOD.replace("{procedure_codes}", "{diagnosis}"), r"argument.authorization: expected facts among .* got diagnosis"),
        (GOOD.replace("argument.authorization", "argument.luck"), r"argument.luck: expected one of .* got an unknown key"),
        (GOOD + GOOD[GOOD.index("[[payer]]") :], r"payer 2.payer_id: expected each payer once"),
        ("practice = ", r"file: expected TOML"),
    ],
)
def test_an_unclear_file_is_refused_with_its_key(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=message):
        _read(tmp_path, text)
