from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from claims.claim import Claim
from features.batch import ClaimBatch
from tests.factories import HASHER, SUBMITTED_ON, claim, payer, person, provider, subscriber
from training.groups import NOT_STATED, OTHERS, Groups, read_groups


def _read(*claims: Claim, plan_types: dict[str, str] | None = None) -> Groups:
    return read_groups(ClaimBatch.from_claims(claims, hasher=HASHER), plan_types or {})


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2008, 2, 21), "0 to 17"),  # eighteen the day after the service
        (date(2008, 2, 20), "18 to 44"),
        (date(1951, 2, 21), "65 to 74"),
        (date(1951, 2, 20), "75 and over"),
        (None, NOT_STATED),
    ],
)
def test_age_bands_end_on_birthdays(born: date | None, band: str) -> None:
    assert _read(claim(subscriber=subscriber(person=person(birth_on=born)))).kinds["age"].tolist() == [band]


@pytest.mark.parametrize(("code", "sex"), [("F", "female"), ("M", "male"), ("U", NOT_STATED), (None, NOT_STATED)])
def test_sex_is_what_the_claim_says(code: str | None, sex: str) -> None:
    assert _read(claim(subscriber=subscriber(person=person(sex_code=code)))).kinds["sex"].tolist() == [sex]


def test_the_practices_word_for_a_payer_comes_before_the_claims() -> None:
    medicaid = subscriber(claim_filing_indicator_code="MC")
    two = (claim(subscriber=medicaid), claim("PCN2", subscriber=medicaid, payer=payer("OTHER")))
    assert _read(*two, plan_types={"OTHER": "managed medicaid"}).kinds["payer type"].tolist() == ["medicaid", "managed medicaid"]


def test_provider_size_counts_the_year_before_each_claim() -> None:
    days = [SUBMITTED_ON + timedelta(days=day) for day in range(51)]
    claims = [claim(f"PCN{at}", submitted_on=day, rendering_provider=provider()) for at, day in enumerate(days)]
    late = claim("LATE", submitted_on=days[-1] + timedelta(days=400), rendering_provider=provider())
    sizes = _read(*claims, late).kinds["provider size"]
    assert set(sizes[:50]) == {"under 50 claims a year"}
    assert sizes[50:].tolist() == ["50 to 199", "under 50 claims a year"]


def test_the_smaller_of_many_locations_are_joined() -> None:
    claims = [claim(f"PCN{at}", billing_provider=provider(f"{1_000_000_000 + min(at, 24)}")) for at in range(40)]
    places = _read(*claims).kinds["location"]
    assert len(np.unique(places.astype(str))) == 21
    assert OTHERS in places
    assert places[-1] != OTHERS  # sixteen claims come from the last


def test_groups_follow_their_rows() -> None:
    groups = _read(claim(), claim("PCN2", subscriber=subscriber(person=replace(person(), sex_code="M"))))
    assert groups.take(np.array([1, 0])).kinds["sex"].tolist() == ["male", "female"]
