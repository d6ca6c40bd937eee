"""The words of an explanation: tables of facts in, sentences out."""

import numpy as np
import pytest

from models.reasons import reason
from models.usual import TABLE, Usual, learn_usual, read_usual

RARE = Usual(low=0.0, middle=0.0, high=0.0, mean=0.03, missing=0.0)
RATE = Usual(low=0.001, middle=0.02, high=0.1, mean=0.04, missing=0.0)
SPAN = Usual(low=3.0, middle=12.0, high=30.0, mean=14.0, missing=0.25)

CASES = (
    ("eligibility_unchecked", 1.0, RARE, {}, "Eligibility never checked (so on 3 % of paid claims)."),
    ("eligibility_unchecked", 0.0, RARE, {}, "Not the case here: eligibility never checked (so on 3 % of paid claims)."),
    ("eligibility_unchecked", 1.0, None, {}, "Eligibility never checked."),
    ("eligibility_check_age", 212.0, SPAN, {}, "Days since eligibility was last checked: 212 days, usually 3 to 30 days."),
    ("eligibility_check_age", None, SPAN, {},
     "Days since eligibility was last checked: not known here, known on 75 % of paid claims."),
    ("payer_procedure_authorization_rate_ever", 0.31, RATE, {"place": "Line 2, 70553: ", "answers": 48},
     "Line 2, 70553: Denials of this procedure at this payer for authorization: 31 % (48 answers), usually 2 %."),
    ("payer_denial_rate_90d", 0.004, None, {"answers": 1}, "Denial rate of this payer, last 90 days: 0.4 % (1 answer)."),
    ("payer_denial_rate_90d", 0.0004, None, {}, "Denial rate of this payer, last 90 days: under 0.1 %."),
    ("payer_denial_change_90d", 0.12, None, {}, "Change of denial rate of this payer, last 90 days: +12 points."),
    ("service_authorization_habit_unmet", 0.97, RATE, {"place": "Line 1, 70553: ", "answers": 120},
     "Line 1, 70553: Paid lines of this service carried an authorization number; this one has none (97 %; 120 paid ones seen)."),
    ("payer_eligibility_eligibility_rate_ever", 0.68, RATE, {"subject": "inactive", "answers": 8},
     "Denials of claims with such an eligibility check at this payer for eligibility [inactive]: 68 % (8 answers), usually 2 %."),
    ("largest_charge", 3900.0, Usual(low=110.0, middle=300.0, high=1300.0, mean=500.0, missing=0.0), {},
     "Highest charge of a line: 3,900 dollars, usually 110 to 1,300 dollars."),
    ("my_own_column", 2.5, SPAN, {}, "my_own_column: 2.5, usually 3 to 30."),
)  # fmt: skip


@pytest.mark.parametrize(("name", "observed", "usual", "rest", "wanted"), CASES, ids=[case[4][:40] for case in CASES])
def test_a_fact_is_said_in_a_sentence(
    name: str, observed: float | None, usual: Usual | None, rest: dict[str, object], wanted: str
) -> None:
    assert reason(name, observed=observed, usual=usual, **rest) == wanted  # type: ignore[arg-type]


def test_usual_values_survive_the_bundle_and_leave_out_empty_columns() -> None:
    values = np.column_stack([np.arange(100.0), np.full(100, np.nan), np.where(np.arange(100) < 25, np.nan, 1.0)])
    found = read_usual({TABLE: learn_usual(values, ("a", "b", "c"))})
    assert set(found) == {"a", "c"}
    assert (found["a"].low, found["a"].high, found["a"].missing) == (10.0, 89.0, 0.0)
    assert (found["c"].middle, found["c"].missing) == (1.0, 0.25)


def test_a_bundle_without_usual_values_tells_none() -> None:
    assert read_usual({}) == {}
    assert read_usual({TABLE: {"a": 3}}) == {}
