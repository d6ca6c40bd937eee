from datetime import date
from decimal import Decimal
from pathlib import Path

from cli.claim_csv import looks_like_claim_csv, read_claim_csv

TODAY = date(2026, 3, 2)
HEADER = "claim_id,payer_id,procedure_code,line_charge_amount,diagnosis_codes,modifiers,member_id,service_from_on\n"


def write(folder: Path, *rows: str) -> Path:
    path = folder / "claims.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_rows_of_one_claim_become_its_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "C1,P1,99213,150,E11.9;I10,25,M1,2026-02-20", "C1,P1,36415,18.50,E11.9;I10,,M1,2026-02-20")
    (claim,), rejected = read_claim_csv(path.read_bytes(), file=path.name, today=TODAY)
    assert rejected == []
    assert claim.charge_amount == Decimal("168.50")
    assert claim.diagnosis_codes == ("E119", "I10")
    assert [(line.procedure_code, line.modifiers) for line in claim.lines] == [("99213", ("25",)), ("36415", ())]
    assert claim.submitted_on == TODAY


def test_bad_cell_refuses_its_claim_and_no_other(tmp_path: Path) -> None:
    path = write(tmp_path, "C1,P1,99213,150,,,M1,2026-02-20", "C2,P1,99213,many,,,M1,2026-02-20")
    claims, (rejection,) = read_claim_csv(path.read_bytes(), file=path.name, today=TODAY)
    assert [claim.patient_control_number for claim in claims] == ["C1"]
    assert (rejection.position, rejection.place, rejection.patient_control_number) == (3, "charge_amount", "C2")
    assert "many" not in str(rejection)


def test_other_table_is_no_claim_csv(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("npi,payer_id\n1,2\n", encoding="utf-8")
    assert not looks_like_claim_csv(path.read_bytes())
    assert looks_like_claim_csv(write(tmp_path, "").read_bytes())


def test_windows_text_is_read_and_a_half_open_quote_costs_its_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(
        (HEADER + 'C1,P1,99213,150,,,M\xf6,2026-02-20\nC2,"P1,99213,1,,,M1,2026-02-20\nC3,P1,99213,2,,,M1,2026-02-20\n').encode(
            "cp1252"
        )
    )
    claims, _ = read_claim_csv(path.read_bytes(), file=path.name, today=TODAY)
    assert [claim.patient_control_number for claim in claims] == ["C1", "C2", "C3"]


def test_a_cell_longer_than_any_is_refused_with_its_claim(tmp_path: Path) -> None:
    path = write(tmp_path, f"C1,P1,99213,150,{'9' * 200_000},,M1,2026-02-20", "C2,P1,99213,150,,,M1,2026-02-20")
    claims, rejected = read_claim_csv(path.read_bytes(), file=path.name, today=TODAY)
    assert ([claim.patient_control_number for claim in claims], [one.position for one in rejected]) == (["C2"], [2])


def test_charges_that_add_up_beyond_a_trillion_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, *["C1,P1,99213,600000000000,,,M1,2026-02-20"] * 2)
    claims, (rejection,) = read_claim_csv(path.read_bytes(), file=path.name, today=TODAY)
    assert (claims, rejection.place) == ([], "lines")
