"""Ten claims written into a real history; numerator, denominator and waiting rows of every measure counted by hand.

A paid. B one line of two denied, appealed, overturned. C denied, replaced, the replacement paid. D rejected, sent again, paid.
E without an answer. F denied, appealed, upheld, written off by a person who touched it three times. G denied, replaced, denied
again. H denied, its appeal pending. I all patient share. J rejected and never sent again. Each is charged 150 dollars, B 250.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from claims.history.store import HistoryStore
from claims.remittance import Remittance
from claims.x12.transactions import Transaction
from serving.analytics.book import Book
from serving.analytics.definitions import measures
from serving.analytics.facts import build_facts
from serving.analytics.figures import Question
from serving.analytics.prevented import PREVENTED
from serving.work_queue.worked import WORKED
from tests import factories as make

DAY = make.SUBMITTED_ON
AS_OF = DAY + timedelta(days=200)
OF_REPLACEMENT = {"frequency_code": "7", "payer_claim_control_number": "ICN2"}
_numbers = iter(range(1, 1000))


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def sent(number: str, *, on: int = 0, **changes: Any) -> Transaction:
    return make.claim_transaction(make.claim(number, submitted_on=day(on), **changes), control_number=f"{next(_numbers):04}")


def answered(remittance: Remittance, *, on: int = 20) -> Transaction:
    return make.remittance_transaction(remittance, on=day(on), control_number=f"{next(_numbers):04}")


def paid(number: str, **changes: Any) -> Remittance:
    return make.remittance(number, lines=(make.remittance_line(adjustments=(make.adjustment("CO", "45", 50),)),), **changes)


def rejected(number: str, *, on: int) -> Transaction:
    answer = make.acknowledgment(number, category_code="A3")
    return make.acknowledgment_transaction(answer, on=day(on), control_number=f"{next(_numbers):04}")


def appeal(number: str, filed: int, outcome: str, *, decided: int | None = None, recovered: int = 0) -> dict[str, Any]:
    return {
        "patient_control_number": number, "payer_id": "PAYER1", "level": 1, "known_on": day(filed), "filed_on": day(filed),
        "decided_on": None if decided is None else day(decided), "outcome": outcome,
        "recovered_amount": make.money(recovered), "minutes_spent": 30.0,
    }  # fmt: skip


def transactions() -> list[Transaction]:
    two_lines = (make.service_line(1), make.service_line(2, charge=100, procedure_code="80053"))
    denied_line = make.remittance_line(2, charge=100, procedure_code="80053", adjustments=(make.adjustment("CO", "97", 100),))
    share = make.remittance_line(adjustments=(make.adjustment("PR", "1", 150),))
    return [
        sent("A"), answered(paid("A")),
        sent("B", lines=two_lines), answered(make.remittance("B", lines=(make.remittance_line(1), denied_line))),
        sent("C"), answered(make.denied("C", carc="16")), sent("C", on=25, frequency_code="7"),
        answered(paid("C", **OF_REPLACEMENT), on=50),
        sent("D"), rejected("D", on=2), sent("D", on=5), answered(paid("D"), on=25),
        sent("E", on=150),
        sent("F"), answered(make.denied("F", carc="197")),
        sent("G"), answered(make.denied("G", carc="11")), sent("G", on=25, frequency_code="7"),
        answered(make.denied("G", carc="50", **OF_REPLACEMENT), on=45),
        sent("H"), answered(make.denied("H"), on=30),
        sent("I"), answered(make.remittance("I", lines=(share,))),
        sent("J"), rejected("J", on=2),
    ]  # fmt: skip


APPEALS = [
    appeal("B", 30, "overturned", decided=60, recovered=80),
    appeal("F", 30, "upheld", decided=70),
    appeal("H", 45, "pending"),
]
TOUCHED = {
    "claim_id": "F", "payer": "PAYER1", "touch_count": 3, "last_touched_on": day(90), "closed_on": day(90),
    "work_outcome": "written_off", "work_avoidable": None,
    "underpaid_amount": 7.5,
}  # fmt: skip


# A fell from 0.5 to 0.25 at 100 dollars, E from 0.75 to 0.25 at 100; nothing says what became of B's 0.5 at 200.
SCORED = [
    {
        "submission_id": number, "probability_before": before, "probability_after": after, "amount_if_denied": amount,
        "expected_reason": "authorization", "expected_tier": "administrative", "expected_owner": "authorization desk",
    }
    for number, before, after, amount in (("A", 0.5, 0.25, 100.0), ("B", 0.5, None, 200.0), ("E", 0.75, 0.25, 100.0))
]  # fmt: skip


def prevented_table(store: HistoryStore) -> pa.Table:
    claims = store.read("claims", columns=["patient_control_number", "submission_id"]).to_pylist()
    ids = {row["patient_control_number"]: row["submission_id"] for row in claims}
    return pa.Table.from_pylist([row | {"submission_id": ids[row["submission_id"]]} for row in SCORED], schema=PREVENTED)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    folder = tmp_path_factory.mktemp("hand")
    store = make.fill_store(HistoryStore(str(folder / "history")), *transactions(), csv_rows={"appeals": APPEALS})
    facts = build_facts(store, folder / "facts.parquet", as_of=AS_OF)
    book = Book(facts, work=pa.Table.from_pylist([TOUCHED], schema=WORKED), prevented=lambda: prevented_table(store))
    yield book
    book.close()


# measure: numerator, denominator, known rows, rows that wait, claims behind it
COUNTED: dict[str, tuple[float, float | None, int, int, str]] = {
    "initial_denial_rate": (5, 8, 8, 1, "A B C D F G H I"),  # denied: B C F G H; D by its second sending; E waits
    "initial_denial_dollar_rate": (700, 1300, 8, 1, "A B C D F G H I"),  # 100 + 4 x 150 of 250 + 7 x 150
    "denial_rate": (6, 10, 10, 3, "A B C C D F G G H I"),  # G twice; first D, E and J wait
    "submitted_claims": (13, None, 13, 0, "A B C C D D E F G G H I J"),
    "denied_claims": (5, None, 5, 0, "B C F G H"),
    "denied_dollars": (700, None, 5, 0, "B C F G H"),
    "rejection_rate": (2, 12, 12, 1, "A B C C D D F G G H I J"),
    "first_pass_acceptance": (7, 9, 9, 1, "A B C D F G H I J"),  # not D and J
    "first_pass_resolution": (2, 9, 9, 1, "A B C D F G H I J"),  # A and I
    "clean_claim_rate": (4, 9, 9, 1, "A B C D F G H I J"),  # A B H I: C and G sent again, F touched
    "appeal_rate": (3, 5, 5, 0, "B C F G H"),
    "overturn_rate": (1, 2, 2, 1, "B F"),  # H pending
    "recovered_dollars": (180, None, 2, 0, "B C"),  # 80 by appeal, 100 by replacement
    "recovered_share": (180, 700, 5, 0, "B C F G H"),
    "write_off_dollars": (150, None, 1, 0, "F"),
    "avoidable_write_off_dollars": (150, None, 1, 0, "F"),
    "time_to_resolution": (140, 3, 3, 2, "B C F"),  # 60 - 20, 50 - 20, 90 - 20
    "time_to_appeal": (35, 3, 3, 0, "B F H"),  # 10, 10, 15
    "open_denied_dollars": (450, None, 3, 0, "F G H"),
    "unanswered_dollars": (150, None, 1, 0, "E"),
    "rejected_open_dollars": (150, None, 1, 0, "J"),
    "underpaid_dollars": (7.5, None, 1, 0, "F"),
    "closed_items": (1, None, 1, 0, "F"),
    "touches": (3, None, 1, 0, "F"),
    "touches_per_closed_item": (3, 1, 1, 0, "F"),
    "prevented_dollars": (75, None, 2, 1, "A E"),
    "prevented_denials": (0.75, None, 2, 1, "A E"),
    "prevented_dollars_counted": (50, None, 2, 1, "A B"),  # 50 expected and none denied; 100 expected and denied; E waits
}
MEDIANS = {"median_time_to_resolution": 40.0, "time_to_appeal": 10.0, "time_to_answer": 20.0}


def test_every_measure_is_counted_here() -> None:
    assert set(measures()) == set(COUNTED) | set(MEDIANS)


@pytest.mark.parametrize("measure", COUNTED)
def test_measure_counts_what_was_counted_by_hand(book: Book, measure: str) -> None:
    shown = book.ask(Question(measure=measure)).overall
    numerator, denominator, known, awaiting, behind = COUNTED[measure]
    assert (shown.numerator, shown.denominator, shown.n, shown.awaiting) == (numerator, denominator, known, awaiting)
    assert sorted(one.claim_id for one in book.claims(Question(measure=measure))) == behind.split()


@pytest.mark.parametrize("measure", MEDIANS)
def test_median_is_the_middle_one(book: Book, measure: str) -> None:
    assert book.ask(Question(measure=measure)).overall.value == MEDIANS[measure]


def test_case_stands_under_the_cause_it_was_first_denied_for(book: Book) -> None:
    segments = book.ask(Question(measure="open_denied_dollars", by=("reason",))).segments
    assert {one.keys["reason"]: one.value for one in segments} == {
        "authorization": 150, "coding": 150, "medical_necessity": 150,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("days_open", "bucket"),
    [(30, "0-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (91, "91-120"), (120, "91-120"), (121, ">120")],
)
def test_open_balance_ages_from_the_first_denial(tmp_path: Any, days_open: int, bucket: str) -> None:
    store = make.fill_store(make.MemoryHistory(), sent("H"), answered(make.denied("H"), on=30))
    facts = build_facts(store, tmp_path / "facts.parquet", as_of=day(30 + days_open))
    book = Book(facts)
    (shown,) = book.ask(Question(measure="open_denied_dollars", by=("aging",))).segments
    assert (shown.keys["aging"], shown.value) == (bucket, 150)
    book.close()


def test_measure_that_needs_a_work_queue_says_so_where_there_is_none(book: Book) -> None:
    bare = Book(book.facts)
    answer = bare.ask(Question(measure="touches"))
    assert answer.unavailable == "needs the work log, which is not there"
    assert answer.overall.value is None
    assert bare.ask(Question(measure="prevented_dollars")).unavailable == "needs the score log, which is not there"
    bare.close()


def test_prevented_dollars_stand_under_the_cause_that_the_score_named(book: Book) -> None:
    (shown,) = book.ask(Question(measure="prevented_dollars", by=("reason",))).segments
    assert (shown.keys["reason"], shown.value) == ("authorization", 75)
    assert (shown.low, shown.high) == pytest.approx((75 - 1.96 * 55.9017, 75 + 1.96 * 55.9017), abs=0.01)  # 25² + 50²
