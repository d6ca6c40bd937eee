"""Chances beside a slow obvious count."""

from datetime import date

import numpy as np
import pytest

from features.batch import NO_DAY, day_number
from serving.work_queue.chances import learn_chances
from serving.work_queue.sent_claims import NOBODY, SentClaims

TODAY = date(2026, 6, 1)
NOW = day_number(TODAY)
DUE = NOW - 500


def sent(*claims: dict[str, object]) -> SentClaims:
    """Make claims from their differences to one sent long ago, paid in time."""
    plain: dict[str, object] = {
        "charge": 100.0, "sent_day": DUE - 30, "answered_day": DUE - 10, "paid": 60.0, "rejected_day": NO_DAY, "due_day": DUE,
        "next_sent": NOBODY, "next_to_payer": NOBODY, "was_accepted_before": False, "payer_ids": "P1", "codes": "CI",
        "frequency_codes": "1", "service_to": DUE - 40,
    }  # fmt: skip
    rows = [plain | claim for claim in claims]
    columns = {name: np.array([row[name] for row in rows], dtype=_kind(value)) for name, value in plain.items()}
    ids = np.array([f"s{at}" for at in range(len(rows))], dtype=object)
    return SentClaims(ids=ids, numbers=ids, **columns)


def _kind(value: object) -> object:
    return object if isinstance(value, str) else type(value) if isinstance(value, bool | float) else np.int64


SILENT = {"answered_day": NO_DAY, "paid": 0.0}


def test_without_history_chances_are_those_of_the_priors() -> None:
    chances = learn_chances(sent(SILENT | {"due_day": NOW - 5}), {}, as_of=TODAY)
    assert (chances.of_rejection("coding"), chances.of_silence(5), chances.share_of("P1")) == (0.5, 0.5 * 0.5, 0.5)


def test_rejected_claims_count_by_what_came_of_sending_them_again() -> None:
    rejected = SILENT | {"rejected_day": DUE - 25}
    claims = sent(
        rejected | {"next_sent": 3}, rejected | {"next_sent": 4}, rejected, {}, {"paid": 0.0},
    )  # fmt: skip
    chances = learn_chances(claims, {0: "coding", 1: "coding", 2: "coding"}, as_of=TODAY)
    base = (1 + 12 * 0.5) / (2 + 12)  # of two answered claims one was paid
    any_cause = (1 + 12 * base) / (2 + 12)
    assert chances.of_rejection("duplicate") == pytest.approx(any_cause)
    assert chances.of_rejection("coding") == pytest.approx((1 + 12 * any_cause) / (2 + 12))


def test_asking_brings_the_money_of_what_would_stay_silent() -> None:
    late = {"answered_day": DUE + 40}
    claims = sent({}, late, late | {"paid": 0.0}, SILENT, SILENT | {"due_day": NOW - 100}, SILENT | {"frequency_codes": "8"})
    chances = learn_chances(claims, {}, as_of=TODAY)
    base = (2 + 12 * 0.5) / (3 + 12)
    paid_late = (1 + 12 * base) / (2 + 12)
    at_once = (2 + 0.5) / (4 + 1) * paid_late  # two of four stayed silent for 90 days
    after_30 = (1 + 0.5) / (3 + 1) * paid_late  # one of them may still be answered in time
    after_60 = (1 + 0.5) / (1 + 1) * base  # nobody was answered so late
    assert chances.followed_up[:3] == pytest.approx((at_once, after_30, after_60))
    assert [chances.of_silence(days) for days in (1, 29, 30, 59, 60)] == pytest.approx(
        [at_once, at_once, after_30, after_30, after_60]
    )


def test_paid_share_of_a_payer_leans_on_that_of_all() -> None:
    claims = sent({"paid": 30.0}, {"paid": 90.0, "payer_ids": "P2"}, {"paid": 0.0, "payer_ids": "P2"})
    overall = (1.2 + 12 * 0.5) / (2 + 12)
    chances = learn_chances(claims, {}, as_of=TODAY)
    assert chances.share_of("P1") == pytest.approx((0.3 + 12 * overall) / 13)
    assert chances.share_of("P2") == pytest.approx((0.9 + 12 * overall) / 13)
    assert chances.share_of("P3") == pytest.approx(overall)
