from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from claims.claim import Claim
from claims.history.rows import claim_tables, id_format
from claims.history.schema import SCHEMAS
from tests import factories as make


def row(claim: Claim) -> dict[str, object]:
    return claim_tables([claim], hasher=make.HASHER, load_id="L", source_key="f" * 64)[0].to_pylist()[0]


def test_tables_have_the_columns_of_the_schema() -> None:
    claims, lines = claim_tables([make.claim()], hasher=make.HASHER)
    assert claims.schema.equals(SCHEMAS["claims"])
    assert lines.schema.equals(SCHEMAS["claim_lines"])


def test_no_claims_give_empty_tables() -> None:
    claims, lines = claim_tables([], hasher=make.HASHER)
    assert (claims.num_rows, lines.num_rows) == (0, 0)


def test_a_batch_equals_batches_of_one() -> None:
    claims = [make.claim(f"P{i}", lines=tuple(make.service_line(n) for n in range(1, i))) for i in range(1, 6)]
    together = claim_tables(claims, hasher=make.HASHER, source_key=[f"{i:064}" for i in range(5)])
    alone = [claim_tables([c], hasher=make.HASHER, source_key=f"{i:064}") for i, c in enumerate(claims)]
    assert together[0].to_pylist() == [line for tables in alone for line in tables[0].to_pylist()]
    assert together[1].to_pylist() == [line for tables in alone for line in tables[1].to_pylist()]


def test_submission_id_counts_the_claims_of_a_transaction() -> None:
    claims = [make.claim(number) for number in "ABC"]
    table, _ = claim_tables(claims, hasher=make.HASHER, source_key=["a" * 64, "a" * 64, "b" * 64])
    assert table["submission_id"].to_pylist() == ["a" * 20 + "-0", "a" * 20 + "-1", "b" * 20 + "-0"]


def test_a_claim_is_known_from_its_submission() -> None:
    assert row(make.claim(submitted_on=date(2026, 4, 1)))["known_on"] == date(2026, 4, 1)


def test_no_name_and_no_member_id_enters_a_row() -> None:
    claim = make.claim(subscriber=make.subscriber(person=make.person(last_name="QUIXOTE", member_id="ZZ987654321")))
    written = str([table.to_pylist() for table in claim_tables([claim], hasher=make.HASHER)])
    assert "QUIXOTE" not in written
    assert "JANE" not in written
    assert "ZZ987654321" not in written


@pytest.mark.parametrize(
    ("member_id", "shape"), [("ABC123", "AAA999"), ("1eg4-te5", "9AA9-AA9"), (" X1 ", "A9"), ("", ""), (None, "")]
)
def test_id_format_keeps_the_shape_alone(member_id: str | None, shape: str) -> None:
    assert id_format(member_id) == shape


@pytest.mark.parametrize(
    ("born", "age"),
    [(date(2000, 2, 19), 26), (date(2000, 2, 20), 26), (date(2000, 2, 21), 25), (date(2026, 2, 20), 0), (None, None)],
)
def test_age_is_whole_years_on_the_first_service_day(born: date | None, age: int | None) -> None:
    claim = make.claim(subscriber=make.subscriber(person=make.person(birth_on=born)))
    assert row(claim)["patient_age_years"] == age


def test_the_patient_of_a_dependent_claim_is_the_patient_loop() -> None:
    child = make.person(member_id=None, birth_on=date(2020, 1, 1), sex_code="M", first_name="TIM", address=None)
    claim = make.claim(patient=child, patient_relationship_code="19", subscriber=make.subscriber(relationship_code=None))
    written = row(claim)
    assert (written["patient_age_years"], written["patient_sex_code"], written["relationship_code"]) == (6, "M", "19")
    assert written["has_patient_address"] is False
    assert written["subscriber_key"] == row(make.claim())["subscriber_key"]
    assert written["patient_key"] != row(make.claim())["patient_key"]


def test_other_payers_stand_in_order_with_what_they_paid() -> None:
    others = (
        make.other_subscriber(paid_amount=Decimal("80.00")),
        make.other_subscriber(payer=make.payer("PAYER3"), payer_sequence_code="T", paid_amount=Decimal("5.50")),
    )
    written = row(make.claim(other_subscribers=others))
    assert written["other_payer_ids"] == ["PAYER2", "PAYER3"]
    assert written["other_payer_sequence_codes"] == ["S", "T"]
    assert written["other_payer_paid_amount"] == Decimal("85.50")


def test_no_other_payment_is_missing_not_zero() -> None:
    assert row(make.claim(other_subscribers=(make.other_subscriber(),)))["other_payer_paid_amount"] is None


def test_lines_carry_their_own_fields() -> None:
    line = make.service_line(2, modifiers=("25", "59"), rendering_provider=make.provider("1999999992"), units=Decimal("1.5"))
    written = claim_tables([make.claim(lines=(line,))], hasher=make.HASHER)[1].to_pylist()[0]
    assert written["modifiers"] == ["25", "59"]
    assert written["units"] == 1.5
    assert written["rendering_provider_npi"] == "1999999992"
    assert written["line_number"] == 2


def test_every_column_of_a_full_claim_is_filled() -> None:
    claim = make.claim(
        claim_type="837I",
        payer_claim_control_number="ICN9",
        authorization_number="AUTH1",
        referral_number="REF1",
        clia_number="05D0000000",
        related_cause_codes=("AA",),
        delay_reason_code="1",
        note="seen twice",
        paperwork=(make.paperwork(),),
        drg_code="470",
        admission_type_code="1",
        patient_status_code="01",
        onset_on=date(2026, 2, 1),
        accident_on=date(2026, 2, 1),
        admitted_on=date(2026, 2, 1),
        patient_paid_amount=Decimal("20.00"),
        rendering_provider=make.provider("1999999992"),
        referring_provider=make.provider("1888888882"),
        facility_provider=make.provider("1777777772", name="NORTH SITE"),
        other_subscribers=(make.other_subscriber(paid_amount=Decimal(1)),),
    )
    empty = [name for name, value in row(claim).items() if value in (None, "", [], False)]
    assert empty == []


def test_an_empty_claim_leaves_gaps_rather_than_failing() -> None:
    bare = replace(make.provider(None), taxonomy_code=None, address=None)
    claim = make.claim(billing_provider=bare, payer=make.payer(None), lines=(), diagnosis_codes=(), place_of_service_code=None)
    written = row(claim)
    assert (written["payer_id"], written["billing_state_code"], written["service_from_on"], written["line_count"]) == (
        None,
        None,
        None,
        0,
    )
