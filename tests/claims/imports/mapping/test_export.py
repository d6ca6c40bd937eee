from datetime import date
from decimal import Decimal

import pytest

from claims.denial import read_denial
from claims.imports.mapping.export import ExportBatch, read_export
from claims.imports.mapping.mapping import parse_mapping
from claims.x12.transactions import ClaimTransaction, RemittanceTransaction
from tests.claims.imports.mapping.exports import MAPPING, PER_LINE


def read(text: str = PER_LINE, mapping: str = MAPPING) -> ExportBatch:
    return read_export(text.encode(), parse_mapping(mapping, file="m.toml"), file="x.csv")


def sent(batch: ExportBatch) -> list[ClaimTransaction]:
    return [one for one in batch.transactions if isinstance(one, ClaimTransaction)]


def answered(batch: ExportBatch) -> list[RemittanceTransaction]:
    return [one for one in batch.transactions if isinstance(one, RemittanceTransaction)]


def reasons(batch: ExportBatch) -> list[str]:
    return [str(refused.rejection) for refused in batch.refused]


def test_rows_of_one_number_make_one_claim_of_several_lines() -> None:
    first, second = (transaction.claims[0] for transaction in sent(read()))
    assert (first.patient_control_number, first.charge_amount, first.payer.payer_id) == ("A1", Decimal("190.00"), "60054")
    assert [(line.procedure_code, line.modifiers) for line in first.lines] == [("99213", ("25",)), ("93000", ())]
    assert first.diagnosis_codes == ("E119", "I10")
    assert first.subscriber.person.birth_on == date(1980, 5, 17)
    assert (second.charge_amount, second.lines[0].units) == (Decimal("1250.00"), Decimal("2.0"))
    assert second.submitted_on == date(2026, 1, 19)


def test_rows_with_a_payment_day_make_the_answer_and_others_wait_for_theirs() -> None:
    (answer,) = answered(read())
    (remittance,) = answer.remittances
    assert answer.payment.paid_on == date(2026, 2, 3)
    assert (remittance.charge_amount, remittance.paid_amount) == (Decimal("190.00"), Decimal("80.00"))
    reasons_by_line = [(line.adjustments[0].carc, line.adjustments[0].adjustment_amount) for line in remittance.lines]
    assert reasons_by_line == [("45", Decimal("70.00")), ("197", Decimal("40.00"))]


def test_a_denied_line_of_an_export_is_a_denial() -> None:
    (answer,) = answered(read())
    denial = read_denial(answer.remittances[0])
    assert denial is not None
    assert (denial.category, denial.denied_amount, denial.line_positions) == ("authorization", Decimal("40.00"), (1,))


def test_amounts_of_a_claim_that_every_row_repeats_count_once() -> None:
    text = PER_LINE.replace("$0.00,2/3/2026,CO-197", "$80.00,2/3/2026,CO-45")
    (answer,) = answered(read(text, MAPPING.replace('paid_amount = "Paid"', 'paid_amount = "Paid"\nper = "claim"')))
    (remittance,) = answer.remittances
    assert (remittance.paid_amount, remittance.charge_amount) == (Decimal("80.00"), Decimal("190.00"))
    assert [one.adjustment_amount for one in remittance.adjustments] == [Decimal("110.00")]


def test_a_row_may_hold_several_lines() -> None:
    text = "No,Payer,Sent,CPT1,Fee1,CPT2,Fee2\nA1,P,2026-01-02,99213,10,93000,5.5\nA2,P,2026-01-02,99213,10,,\n"
    mapping = 'name = "w"\n[claim]\npatient_control_number = "No"\npayer_id = "Payer"\nsubmitted_on = "Sent"\n'
    mapping += "".join(f'[[line]]\nprocedure_code = "CPT{at}"\ncharge_amount = "Fee{at}"\n' for at in (1, 2))
    assert [len(one.claims[0].lines) for one in sent(read(text, mapping))] == [2, 1]


@pytest.mark.parametrize(
    ("old", "new", "trouble"),
    [
        ("7/23/1970", "1970-07-23", "x.csv, position 4, Birth Date: expected a date as %m/%d/%Y, got 10 characters"),
        ("7/23/1970", "7/23/2030", "x.csv, position 4, birth_on: expected a day before the claim's, got a later one"),
        ('"$1,250.00"', '"1.250,00"', "x.csv, position 4, Charge: expected an amount"),
        ("A2,W124", ",W124", "x.csv, position 4, Claim ID: expected a value, got nothing"),
        ("Cigna", "Humana", "x.csv, position 4, Payer: expected one of the 2 values that the mapping lists, got another value"),
        (',,,\n', ',,\n', "x.csv, position 4, row: expected 15 cells, got 14 cells"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_row_and_column_without_its_value(old: str, new: str, trouble: str) -> None:
    batch = read(PER_LINE.replace(old, new))
    (reason,) = reasons(batch)
    assert reason.startswith(trouble)
    assert len(sent(batch)) == 1


def test_one_bad_row_costs_its_claim_with_all_rows_and_no_other() -> None:
    batch = read(PER_LINE.replace("93000,,1,$40.00", "93000,,1,forty"))
    assert [refused.rejection.position for refused in batch.refused] == [2, 3]
    assert reasons(batch)[0] == "x.csv, position 2, row: expected every row of this claim to fit, got another one refused"
    assert [one.claims[0].patient_control_number for one in sent(batch)] == ["A2"]
    assert answered(batch) == []


def test_a_reason_alone_needs_a_group() -> None:
    text = PER_LINE.replace("CO-197", "197")
    assert "x.csv, position 3, Denial Code: expected a group before the reason" in reasons(read(text))[1]
    mapped = MAPPING + 'group_code = { constant = "CO" }\n'
    assert reasons(read(text, mapped)) == []


def test_more_paid_than_charged_has_no_rest() -> None:
    (first, _) = reasons(read(PER_LINE.replace("$80.00", "$180.00")))
    assert "adjustment_amount: expected payment and shares up to the charge, got more" in first


def test_days_may_be_counted_from_another_column() -> None:
    text = PER_LINE.replace("Units,", "Wait,")
    moved = MAPPING.replace('"DOS"', '{ column = "Bill Date", minus_days = "Wait" }').replace('units = "Units"\n', "")
    assert [one.claims[0].service_from_on for one in sent(read(text, moved))] == [date(2026, 1, 8), date(2026, 1, 17)]


def test_rows_that_the_mapping_leaves_out_are_counted() -> None:
    where = 'only_where = { column = "Payer", is = ["aetna"] }\n'
    mapping = MAPPING.replace("[claim]\n", f"[claim]\n{where}")
    batch = read(mapping=mapping)
    assert (len(sent(batch)), batch.left_out) == (1, 1)
    assert "1 rows left out" in batch.notes[0]


def test_amounts_written_with_a_minus_are_taken_as_amounts_where_the_mapping_says_so() -> None:
    text = PER_LINE.replace("$80.00", "-80.00").replace("$0.00", "0.00")
    assert any("Paid: expected an amount of 0 or more" in reason for reason in reasons(read(text)))
    negative = MAPPING.replace('"Paid"', '{ column = "Paid", negative = true }')
    assert answered(read(text, negative))[0].payment.payment_amount == Decimal("80.00")


def test_keys_do_not_hang_on_columns_that_are_mapped_later() -> None:
    fewer = MAPPING.replace('modifiers = "Mod"\n', "").replace('rendering_provider_npi = "NPI"\n', "")
    assert [one.content_key for one in read(mapping=fewer).transactions] == [one.content_key for one in read().transactions]
