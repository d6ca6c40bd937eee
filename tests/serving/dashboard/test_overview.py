from datetime import date, timedelta
from decimal import Decimal

import pytest

from claims.adjudication import adjudicate
from features.batch import ClaimBatch
from serving.dashboard.overview import Overview, overview
from tests import factories

SENT = date(2026, 1, 12)
TODAY = date(2026, 4, 20)


@pytest.fixture(scope="module")
def shown() -> Overview:
    """Four claims of 150 dollars: one paid, one denied for medical necessity, one denied in part, one unanswered."""
    line = factories.remittance_line(adjustments=(factories.adjustment("CO", "197", 100),))
    claims = [factories.claim(f"C{at}", submitted_on=SENT) for at in range(3)] + [
        factories.claim("C3", submitted_on=date(2026, 4, 6))
    ]
    answers = (factories.remittance("C0"), factories.denied("C1", carc="50"), factories.remittance("C2", lines=(line,)))
    store = factories.fill_store(
        factories.MemoryHistory(),
        *(factories.claim_transaction(claim, control_number=f"{at:04d}") for at, claim in enumerate(claims)),
        factories.remittance_transaction(*answers, on=SENT + timedelta(days=20)),
    )
    batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    return overview(adjudicate(store), batch, today=TODAY)


def test_rate_is_over_answered_claims_only(shown: Overview) -> None:
    assert (shown.claims, shown.answered, shown.denied) == (4, 3, 2)
    assert shown.denial_rate == pytest.approx(2 / 3)


def test_dollars_are_what_the_denials_took(shown: Overview) -> None:
    assert shown.denied_dollars == pytest.approx(250)
    assert shown.dollar_denial_rate == pytest.approx(250 / 450)


def test_open_denials_have_their_dollars(shown: Overview) -> None:
    assert (shown.open_denials, Decimal(shown.open_dollars)) == (2, Decimal(250))


def test_causes_are_ordered_by_dollars(shown: Overview) -> None:
    assert [(bar.count, bar.dollars) for bar in shown.causes] == [(1, 150.0), (1, 100.0)]
    assert shown.causes[0].share == 1.0


def test_young_month_is_marked(shown: Overview) -> None:
    assert [(month.first_on, month.answered, month.is_mature) for month in shown.months] == [
        (date(2026, 1, 1), 3, True),
        (date(2026, 4, 1), 0, False),
    ]
    assert shown.months[1].rate is None


def test_months_count_what_was_submitted_and_what_was_answered(shown: Overview) -> None:
    assert [(month.submitted, month.answered, month.denied) for month in shown.months] == [(3, 3, 2), (1, 0, 0)]


def test_payers_have_their_names(shown: Overview) -> None:
    assert dict(shown.payer_names) == {"PAYER1": factories.payer().name}


def test_claim_rejected_and_answered_all_the_same_awaits_nothing() -> None:
    """Of three claims one was paid after its rejection, one only rejected, one has no word: one waits."""
    claims = [factories.claim(f"C{at}", submitted_on=SENT) for at in range(3)]
    rejections = [factories.acknowledgment(name, category_code="A3") for name in ("C0", "C1")]
    store = factories.fill_store(
        factories.MemoryHistory(),
        *(factories.claim_transaction(claim, control_number=f"{at:04d}") for at, claim in enumerate(claims)),
        factories.acknowledgment_transaction(*rejections, on=SENT + timedelta(days=2)),
        factories.remittance_transaction(factories.remittance("C0"), on=SENT + timedelta(days=20)),
    )
    batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    shown = overview(adjudicate(store), batch, today=TODAY)
    assert (shown.claims, shown.answered, shown.rejected, shown.awaiting) == (3, 1, 2, 1)
