from datetime import date, timedelta

import numpy as np

from features.batch import ClaimBatch, day_number
from features.events import EventIndex
from features.own_values import last_parts, own_values
from features.text_keys import SEPARATOR
from tests import factories

FIRST = date(2026, 1, 5)
NPI = "1234567893"


def _batch(*taxonomies: str | None) -> ClaimBatch:
    claims = [
        factories.claim(
            f"C{at}",
            submitted_on=FIRST + timedelta(days=at),
            rendering_provider=factories.provider(NPI, taxonomy_code=taxonomy),
        )
        for at, taxonomy in enumerate(taxonomies)
    ]
    return ClaimBatch.from_claims(claims, hasher=factories.HASHER)


def test_newest_value_written_before_the_day_counts() -> None:
    values = own_values(_batch("OLD", "NEW", None))["rendering_taxonomy_code"]
    day = day_number(FIRST)
    assert [values.newest(NPI, day + ahead) for ahead in range(4)] == ["", "OLD", "NEW", "NEW"]


def test_value_of_another_key_is_none() -> None:
    assert own_values(_batch("OLD"))["rendering_taxonomy_code"].newest("1999999999", day_number(FIRST) + 9) == ""


def test_last_parts_are_listed_under_the_parts_before() -> None:
    keys = np.array(
        [SEPARATOR.join(parts) for parts in (("P1", "99213", "25"), ("P1", "99213", ""), ("P2", "99213", "25"))], object
    )
    index = EventIndex.build(keys, np.zeros(3, dtype=np.int64), {})
    assert last_parts(index) == {f"P1{SEPARATOR}99213": ("25", ""), f"P2{SEPARATOR}99213": ("25",)}
