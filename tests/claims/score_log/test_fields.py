from dataclasses import replace
from decimal import Decimal

import pytest

from claims.claim import Claim, Paperwork
from claims.fix import FixKind, fixes
from claims.history.rows import claim_tables
from claims.score_log.fields import CARE, FIELDS, hash_claim, hash_rows
from tests import factories
from tests.factories import HASHER


def _changed(before: Claim, after: Claim) -> set[str]:
    first, second = hash_claim(before, hasher=HASHER), hash_claim(after, hasher=HASHER)
    return {name for name in FIELDS if first[name] != second[name]}


def _with_line(claim: Claim, **changes: object) -> Claim:
    return replace(claim, lines=(replace(claim.lines[0], **changes), *claim.lines[1:]))  # type: ignore[arg-type]


CLAIM = factories.claim("A-1")
PERSON = replace(CLAIM.subscriber.person, member_id="OTHER1")
CASES = {
    "authorization_number": replace(CLAIM, authorization_number="A19"),
    "referral_number": replace(CLAIM, referral_number="R9"),
    "modifier": _with_line(CLAIM, modifiers=("59",)),
    "units": _with_line(CLAIM, units=Decimal(7)),
    "diagnosis_pointer": _with_line(CLAIM, diagnosis_pointers=(2,)),
    "subscriber_id": replace(CLAIM, subscriber=replace(CLAIM.subscriber, person=PERSON)),
    "payer_order": replace(CLAIM, subscriber=replace(CLAIM.subscriber, payer_sequence_code="S")),
    "payer_id": replace(CLAIM, payer=replace(CLAIM.payer, payer_id="PAYER9")),
    "rendering_provider": replace(CLAIM, rendering_provider=factories.provider("1993999998", taxonomy_code=None)),
    "required_field": replace(CLAIM, clia_number="05D0000001"),
    "documentation": replace(CLAIM, paperwork=(Paperwork(report_type_code="OZ", transmission_code="EL"),)),
    CARE: _with_line(CLAIM, procedure_code="99499"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_each_change_shows_in_its_own_field_alone(name: str) -> None:
    assert _changed(CLAIM, CASES[name]) == {name}


def test_every_fix_that_edits_the_claim_has_a_field() -> None:
    assert {fix.id for fix in fixes().values() if fix.kind is FixKind.CLAIM_EDIT} <= set(FIELDS)


def test_a_claim_hashes_as_its_rows_in_the_history_do() -> None:
    claims = [CLAIM, *(replace(claim, patient_control_number=f"B-{at}") for at, claim in enumerate(CASES.values()))]
    tables = claim_tables(claims, hasher=HASHER, source_key=[f"{at:020d}" for at in range(len(claims))])
    found = [hashes for _, hashes in hash_rows(*tables, hasher=HASHER)]
    assert found == [hash_claim(claim, hasher=HASHER) for claim in claims]


def test_equal_values_of_two_claims_hash_apart() -> None:
    first, second = hash_claim(CLAIM, hasher=HASHER), hash_claim(replace(CLAIM, patient_control_number="A-2"), hasher=HASHER)
    assert not set(first.values()) & set(second.values())
