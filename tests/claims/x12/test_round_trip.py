"""What is written is read back the same: as records, and as bytes."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from claims.x12 import UnwritableRecord, parse_x12, write_transactions
from claims.x12.transactions import Delimiters, Transaction
from tests import factories
from tests.claims.x12 import records
from tests.claims.x12.golden.batch_json import GOLDEN_FILES

QUICK = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def without_key(transaction: Transaction) -> Transaction:
    return replace(transaction, content_key="")


@QUICK
@given(records.files())
def test_records_come_back_as_they_were_written(transactions: tuple[Transaction, ...]) -> None:
    batch = parse_x12(write_transactions(transactions), file="written")
    assert (batch.rejected, batch.warnings) == ((), ())
    assert tuple(map(without_key, batch.transactions)) == transactions


@QUICK
@given(records.files())
def test_bytes_come_back_as_they_were_written(transactions: tuple[Transaction, ...]) -> None:
    data = write_transactions(transactions)
    assert write_transactions(parse_x12(data, file="written").transactions) == data


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: path.name)
def test_what_was_read_is_written_to_the_same_records(path: Path) -> None:
    read = parse_x12(path.read_bytes(), file=path.name).transactions
    again = parse_x12(write_transactions(read), file=path.name)
    assert again.rejected == ()
    assert tuple(map(without_key, again.transactions)) == tuple(map(without_key, read))


def test_neighbours_of_one_group_share_their_envelope() -> None:
    first, second = factories.claim_transaction(control_number="0001"), factories.claim_transaction(control_number="0002")
    text = write_transactions([first, second]).decode()
    assert [text.count(f"{name}*") for name in ("ISA", "GS", "ST", "SE", "GE", "IEA")] == [1, 1, 2, 2, 1, 1]


def test_another_interchange_number_opens_another_interchange() -> None:
    first = factories.claim_transaction()
    second = replace(first, envelope=replace(first.envelope, interchange_control_number="000000002"))
    assert write_transactions([first, second]).count(b"ISA*") == 2


def test_a_claim_of_the_subscriber_after_one_of_a_dependent_opens_a_new_subscriber_loop() -> None:
    own, dependent = factories.claim("A"), factories.claim("B", patient=factories.person(first_name="KID"))
    transaction = factories.claim_transaction(own, dependent, factories.claim("C"))
    read = parse_x12(write_transactions([transaction]), file="written").transactions[0]
    assert [claim.patient is not None for claim in read.claims] == [False, True, False]


@pytest.mark.parametrize("text", ["A*B", "A~B", "A:B", "A^B", "A\nB", " A", "A "])
def test_a_text_that_would_move_elements_is_refused(text: str) -> None:
    with pytest.raises(UnwritableRecord) as refused:
        write_transactions([factories.claim_transaction(factories.claim(f"{text}"))])
    assert text not in str(refused.value)


def test_an_amount_without_end_is_refused() -> None:
    with pytest.raises(UnwritableRecord):
        write_transactions([factories.claim_transaction(factories.claim(charge_amount=Decimal("NaN")))])


def test_a_claim_of_another_day_than_its_transaction_is_refused() -> None:
    transaction = factories.claim_transaction()
    with pytest.raises(UnwritableRecord):
        write_transactions([replace(transaction, submitted_on=factories.RECEIVED_ON)])


def test_more_remark_codes_than_the_segments_hold_are_refused() -> None:
    remittance = factories.remittance(remark_codes=tuple(f"N{n}" for n in range(11)))
    with pytest.raises(UnwritableRecord):
        write_transactions([factories.remittance_transaction(remittance)])


def test_the_same_transaction_has_the_same_key_in_other_delimiters() -> None:
    plain = factories.claim_transaction()
    other = replace(
        plain, envelope=replace(plain.envelope, delimiters=Delimiters(element="|", component=">", segment="\n", line_end=""))
    )
    keys = {parse_x12(write_transactions([each]), file="written").transactions[0].content_key for each in (plain, other)}
    assert len(keys) == 1


def test_another_amount_gives_another_key() -> None:
    changed = [factories.claim_transaction(factories.claim(charge_amount=Decimal(amount))) for amount in (150, 151)]
    keys = {parse_x12(write_transactions([each]), file="written").transactions[0].content_key for each in changed}
    assert len(keys) == 2
