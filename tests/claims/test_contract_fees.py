from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from claims.contract_fees import ContractFee, ContractFeeError, read_contract_fees

HEADER = "payer_id,procedure_code,modifiers,effective_from,effective_to,allowed_amount\n"
ROW = "P1,99213,,2026-01-01,2026-12-31,92.50\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "contract_fees.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_absent_file_has_no_fees(tmp_path: Path) -> None:
    assert read_contract_fees(tmp_path / "contract_fees.csv") == ()


def test_fees_are_read_with_sorted_modifiers(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "P1,99213,59 25,2026-01-01,,92.50\n")
    assert read_contract_fees(path) == (
        ContractFee(
            payer_id="P1",
            procedure_code="99213",
            modifiers=("25", "59"),
            effective_from=date(2026, 1, 1),
            effective_to=None,
            allowed_amount=Decimal("92.50"),
        ),
    )


def test_optional_columns_may_be_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "allowed_amount,payer_id,procedure_code,effective_from\n92.50,P1,99213,2026-01-01\n")
    assert [fee.modifiers for fee in read_contract_fees(path)] == [()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "payer_id,allowed_amount\n",
            "csv, header: expected columns .*, got none of procedure_code, effective_from",
        ),
        (HEADER + ROW.replace("P1", " "), "row 2, payer_id: expected a value, got nothing"),
        (
            HEADER + ROW + ROW.replace("2026-01-01", "1/2/2026"),
            "row 3, effective_from: expected a day YYYY-MM-DD",
        ),
        (HEADER + ROW.replace("2026-12-31", "2025-12-31"), "row 2, effective_to: expected a day on or after effective_from"),
        (HEADER + ROW.replace("92.50", "ninety"), "row 2, allowed_amount: expected dollars above 0, got another text"),
        (HEADER + ROW.replace("92.50", "0"), "row 2, allowed_amount: expected dollars above 0"),
        (HEADER + ROW.replace("92.50", "NaN"), "row 2, allowed_amount: expected dollars above 0"),
        (HEADER + ROW + ROW.replace("2026-01-01", "2026-06-01"), "99213 of payer P1: expected periods that do not overlap"),
    ],
)
def test_unclear_file_is_refused_with_row_and_column(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ContractFeeError, match=message):
        read_contract_fees(written(tmp_path, text))
