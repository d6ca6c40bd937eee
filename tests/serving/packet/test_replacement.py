from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from claims.claim import Claim
from claims.x12 import parse_x12, write_transactions
from claims.x12.transactions import ClaimTransaction
from serving.errors import NotReplaceable, RefusedInput
from serving.packet.corrections import VerifiedChange
from serving.packet.replacement import make_replacement
from tests import factories as make
from tests.claims.x12.outside_parser import outside_faults, sendable
from tests.serving.packet.cases import TODAY, World, world

NOW = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
CANARY = "ZZCANARY"


def change(field: str = "authorization_number", value: str = "A1", *, line: int | None = None) -> VerifiedChange:
    return VerifiedChange(field=field, value=value, verified_in="the record", line_number=line)


def original(*claims: Claim) -> bytes:
    return write_transactions([make.claim_transaction(*(claims or (make.claim(),)))])


def replaced(
    world: World, *changes: VerifiedChange, body: bytes | None = None, leave_out: Sequence[str] = ()
) -> ClaimTransaction:
    made = make_replacement(
        world.case,
        original() if body is None else body,
        changes or (change(),),
        claim_rows=world.claims.claims,
        line_rows=world.claims.lines,
        hasher=make.HASHER,
        today=TODAY,
        now=NOW,
        leave_out=frozenset(leave_out),
    )
    batch = parse_x12(made.content, file="replacement")
    assert not batch.rejected
    assert not batch.warnings
    (transaction,) = batch.transactions
    assert isinstance(transaction, ClaimTransaction)
    return transaction


def test_replacement_is_the_original_with_frequency_number_day_and_change(tmp_path: Path) -> None:
    transaction = replaced(world(tmp_path))
    expected = replace(
        make.claim(), frequency_code="7", payer_claim_control_number="ICN1", authorization_number="A1", submitted_on=TODAY
    )
    assert transaction.claims == (expected,)
    assert transaction.submitted_on == TODAY


def test_raw_segments_say_frequency_7_and_f8(tmp_path: Path) -> None:
    """Read with nothing of ours: split by the delimiters that ISA declares."""
    found = world(tmp_path)
    made = make_replacement(
        found.case, original(), [change()], claim_rows=found.claims.claims, line_rows=found.claims.lines, hasher=make.HASHER,
        today=TODAY, now=NOW,
    ).content.decode()  # fmt: skip
    element, end = made[3], made[105]
    segments = [segment.strip().split(element) for segment in made.split(end) if segment.strip()]
    assert [segment[5] for segment in segments if segment[0] == "CLM"] == ["11:B:7"]
    assert ["REF", "F8", "ICN1"] in segments
    assert ["REF", "G1", "A1"] in segments
    count = [segment[0] for segment in segments].index("SE") - [segment[0] for segment in segments].index("ST") + 1
    assert [segment[1] for segment in segments if segment[0] == "SE"] == [str(count)]


def test_an_outside_parser_finds_no_fault(tmp_path: Path) -> None:
    sent = sendable()
    found = world(tmp_path, claim=sent.claims[0])
    made = make_replacement(
        found.case, write_transactions([sent]), [change()], claim_rows=found.claims.claims, line_rows=found.claims.lines,
        hasher=make.HASHER, today=TODAY, now=NOW,
    ).content  # fmt: skip
    assert outside_faults(made) == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (change("diagnosis_codes", "E119, I10"), {"diagnosis_codes": ("E119", "I10")}),
        (change("referral_number", "R1"), {"referral_number": "R1"}),
        (change("place_of_service_code", "22"), {"place_of_service_code": "22"}),
        (change("accident_on", "2026-02-19"), {"accident_on": date(2026, 2, 19)}),
    ],
)
def test_claim_field_is_corrected(asked: VerifiedChange, expected: dict[str, object], tmp_path: Path) -> None:
    claim = replaced(world(tmp_path), asked).claims[0]
    assert {name: getattr(claim, name) for name in expected} == expected


def test_line_is_corrected_and_the_charge_follows(tmp_path: Path) -> None:
    claim = replaced(world(tmp_path), change("modifiers", "25", line=1), change("charge_amount", "120.50", line=1)).claims[0]
    assert (claim.lines[0].modifiers, claim.lines[0].charge_amount, claim.charge_amount) == (
        ("25",), Decimal("120.50"), Decimal("120.50"),
    )  # fmt: skip


def test_member_id_is_the_subscriber_s_and_the_name_the_patient_s(tmp_path: Path) -> None:
    child = make.claim(patient=make.person(first_name="JOHN", member_id=None), patient_relationship_code="19",
                       subscriber=make.subscriber(relationship_code=None))  # fmt: skip
    found = world(tmp_path, claim=child)
    claim = replaced(found, change("member_id", "NEW1"), change("first_name", "JON"), body=original(child)).claims[0]
    assert claim.patient is not None
    assert (claim.subscriber.person.member_id, claim.subscriber.person.first_name) == ("NEW1", "JANE")
    assert (claim.patient.first_name, claim.patient.member_id) == ("JON", None)


def test_the_claim_is_found_among_others(tmp_path: Path) -> None:
    others = (make.claim("PCN0"), make.claim(), make.claim("PCN2"))
    assert [claim.patient_control_number for claim in replaced(world(tmp_path), body=original(*others)).claims] == ["PCN1"]


def test_no_payer_control_number_no_replacement(tmp_path: Path) -> None:
    found = world(tmp_path, answer=make.denied(carc="197", payer_claim_control_number=None))
    with pytest.raises(NotReplaceable, match=r"payer's claim control number \(CLP07\).*got none"):
        replaced(found)


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (make.claim(CANARY), "got none with it"),
        (make.claim(diagnosis_codes=("I10",)), "differs in diagnosis_codes"),
        (make.claim(lines=(make.service_line(modifiers=("25",)),)), "differs in modifiers"),
        (make.claim(lines=(make.service_line(), make.service_line(2, charge=0))), "differs in number of lines"),
        (make.claim(subscriber=make.subscriber(person=make.person(last_name=CANARY))), "differs in patient_key"),
    ],
)
def test_another_claim_than_the_one_sent_is_refused_without_its_values(claim: Claim, message: str, tmp_path: Path) -> None:
    with pytest.raises(NotReplaceable, match=message) as refused:
        replaced(world(tmp_path), body=original(claim))
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (change("charge", "1"), "expected a field that can be corrected"),
        (change("modifiers", "25"), "expected a field that can be corrected"),
        (change("modifiers", "25", line=9), "expected the number of a line"),
        (change("charge_amount", CANARY, line=1), "expected a value of its kind"),
        (change("charge_amount", "-5", line=1), "expected a value of its kind"),
        (change("onset_on", CANARY), "expected a value of its kind"),
        (change("place_of_service_code", "11"), "got the same"),
        (change("place_of_service_code", ""), "expected a place of service"),
        (change("diagnosis_codes", "E11.9"), "expected diagnosis codes of letters and digits"),
        (change("diagnosis_pointers", "2", line=1), "expected pointers to diagnoses"),
        (change("service_to_on", "2026-02-19", line=1), "expected services that end after they begin"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(asked: VerifiedChange, message: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedInput, match=message) as refused:
        replaced(world(tmp_path), asked)
    assert CANARY not in str(refused.value)


def test_segments_that_would_be_lost_are_named_and_left_out_only_on_request(tmp_path: Path) -> None:
    body = original().replace(b"LX*1~", b"K3*STATE DATA~\nHCP*03*100~\nLX*1~")
    found = world(tmp_path)
    with pytest.raises(NotReplaceable, match=r"got HCP, K3 too"):
        replaced(found, body=body)
    assert replaced(found, body=body, leave_out=("HCP", "K3")).claims[0].authorization_number == "A1"


def test_two_replacements_do_not_share_their_numbers(tmp_path: Path) -> None:
    one = replaced(world(tmp_path / "a")).envelope
    other = replaced(
        world(tmp_path / "b", claim=make.claim("PCN2"), answer=make.denied("PCN2")), body=original(make.claim("PCN2"))
    )
    assert len(one.interchange_control_number) == 9
    assert one.interchange_control_number != other.envelope.interchange_control_number


def test_trailing_zeros_of_amounts_are_no_loss(tmp_path: Path) -> None:
    body = original().replace(b"*150*", b"*150.00*")
    assert replaced(world(tmp_path), body=body).claims[0].charge_amount == Decimal(150)
