import json
from pathlib import Path

from tests.claims.imports.mapping.exports import PER_LINE
from tests.cli.test_commands import run


def test_a_proposed_mapping_ingests_its_export_and_is_remembered(tmp_path: Path) -> None:
    export, mapping = tmp_path / "export.csv", tmp_path / "clinic.toml"
    export.write_text(PER_LINE)
    code, shown, _ = run(tmp_path / "home", "map", export, "--out", mapping, "--json")
    facts = json.loads(shown)
    assert (code, facts["claims"], facts["answers"], facts["missing"]) == (0, 2, 1, [])
    code, shown, _ = run(tmp_path / "home", "ingest", export, "--map", mapping, "--json")
    assert (code, json.loads(shown)[0]["accepted"]) == (0, 3)
    export.write_text(PER_LINE.replace("A2,", "A4,"))
    code, shown, _ = run(tmp_path / "home", "ingest", export, "--json")
    assert (code, json.loads(shown)[0]["kind"], json.loads(shown)[0]["accepted"]) == (0, "mapped clinic", 1)


def test_what_is_missing_makes_exit_code_1_and_no_value_is_shown(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text(PER_LINE.replace("Bill Date", "When"))
    code, shown, trouble = run(tmp_path / "home", "map", export)
    assert code == 1
    assert "missing: claim.submitted_on: the day the claim was sent" in trouble
    assert "W123" not in shown + trouble
    assert "1980" not in shown + trouble


def test_an_edited_mapping_is_not_overwritten(tmp_path: Path) -> None:
    export, mapping = tmp_path / "export.csv", tmp_path / "m.toml"
    export.write_text(PER_LINE)
    mapping.write_text("mine")
    code, _, trouble = run(tmp_path / "home", "map", export, "--out", mapping)
    assert (code, mapping.read_text()) == (2, "mine")
    assert "expected a file that is not there yet" in trouble


def test_a_file_of_other_columns_is_refused(tmp_path: Path) -> None:
    export = tmp_path / "notes.csv"
    export.write_text("a,b\n1,2\n")
    code, _, trouble = run(tmp_path / "home", "map", export)
    assert code == 2
    assert "notes.csv: expected a CSV whose header names columns of claims" in trouble
