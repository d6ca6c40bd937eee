"""The tables beside P(overturn): what few appeals may say against what is known without them."""

import numpy as np
import pytest

from models.appeal_tables import AppealMinutes, DecisionDays, RecoveredShares
from tests.training.factories import appeal_facts
from training.appeal_tables import decided_by, learn_appeal_tables, learn_decision_days, learn_minutes, learn_recovered_shares

PAID = {"allowed": {"LOW": 20_000.0, "HIGH": 60_000.0}, "charged": {"LOW": 100_000.0, "HIGH": 100_000.0}}
MANY = {"LOW": 1000, "HIGH": 1000}


def test_a_payer_without_won_appeals_gets_the_share_that_it_allows_of_paid_claims() -> None:
    shares = learn_recovered_shares(appeal_facts(won=[("OTHER", 0.4)] * 30, **PAID, paid_count=MANY))
    low, high = (shares.of(payer_id=payer, category="coding") for payer in ("LOW", "HIGH"))
    assert 2.7 < high / low < 3.0  # allowed shares are 3 to 1; 50 claims of the overall share pull them together


def test_two_won_appeals_move_a_payer_less_than_forty() -> None:
    few = learn_recovered_shares(appeal_facts(won=[("LOW", 0.8)] * 2, **PAID, paid_count=MANY))
    many = learn_recovered_shares(appeal_facts(won=[("LOW", 0.8)] * 40, **PAID, paid_count=MANY))
    assert few.by_payer["LOW"] < many.by_payer["LOW"] < 0.8


def test_a_category_that_recovers_more_than_its_payers_is_seen_once_there_are_many() -> None:
    won = [("P1", 0.4)] * 100
    better = np.array([True, False] * 50)
    facts = appeal_facts(won=won, category=np.where(better, "authorization", "coding").astype(object))
    facts = appeal_facts(won=[("P1", 0.6 if one else 0.3) for one in better], category=facts.category)
    shares = learn_recovered_shares(facts)
    assert shares.of(payer_id="P1", category="authorization") > 1.3 * shares.of(payer_id="P1", category="coding")


def test_shares_of_no_appeals_at_all_are_what_payers_allow() -> None:
    shares = learn_recovered_shares(appeal_facts(**PAID, paid_count=MANY))
    assert shares.overall == pytest.approx(0.4)


def test_a_bundle_of_shares_by_category_still_reads() -> None:
    shares = RecoveredShares.from_tables({"recovered_share": {"overall": 0.5, "by_category": {"coding": 0.4}}})
    assert shares.of(payer_id="P1", category="coding") == pytest.approx(0.4)
    assert shares.of(payer_id="P1", category="bundling") == pytest.approx(0.5)


def test_without_recorded_minutes_the_assumed_ones_hold() -> None:
    assert AppealMinutes().of(level=1, category="coding", prior={"medical_necessity": 75}, otherwise=45) == 45
    assert AppealMinutes().of(level=2, category="medical_necessity", prior={"medical_necessity": 75}, otherwise=45) == 75


def test_recorded_minutes_stretch_a_category_that_has_none_of_its_own() -> None:
    minutes = learn_minutes(appeal_facts(won=[("P1", 0.4)] * 200, minutes=np.full(200, 30.0)))
    assert minutes.of(level=1, category="coding", prior={"medical_necessity": 75}, otherwise=45) == pytest.approx(30.0, abs=0.5)
    clinical = minutes.of(level=1, category="medical_necessity", prior={"medical_necessity": 75}, otherwise=45)
    assert clinical == pytest.approx(50.0, abs=1.5)


def test_an_appeal_whose_minutes_nobody_wrote_down_counts_for_none() -> None:
    minutes = learn_minutes(appeal_facts(won=[("P1", 0.4)] * 4, minutes=np.array([np.nan, 0.0, 20.0, 40.0])))
    assert minutes.by_level["1"]["coding"].count == 2
    assert minutes.by_level["1"]["coding"].mean == 30.0


def test_pending_appeals_lengthen_the_wait() -> None:
    waited = np.array([10, 20, 30, 40], dtype=np.int64)
    assert decided_by(waited, np.array([True, True, True, True]), 0.5) == 20
    # Half of all four are decided only on day 30 if the second is still open: 1/4, then 1/4 + 3/4 * 1/2 of them.
    assert decided_by(waited, np.array([True, False, True, True]), 0.5) == 30


def test_waits_of_a_payer_with_few_decisions_stay_near_those_of_all() -> None:
    won = [("USUAL", 0.4)] * 50 + [("RARE", 0.4)]
    days = learn_decision_days(appeal_facts(won=won, waited=np.array([30] * 50 + [90], dtype=np.int64)))
    rare, usual = days.of(level=1, payer_id="RARE"), days.of(level=1, payer_id="USUAL")
    assert rare is not None
    assert usual is not None
    assert usual.median == pytest.approx(30)
    assert 30 < rare.median < 40
    assert days.of(level=2, payer_id="USUAL") == usual
    assert DecisionDays(by_level={"2": usual}).of(level=1, payer_id="USUAL") is None
    assert days.of(level=1, payer_id="STRANGER") == days.by_level["1"]


def test_tables_read_as_they_were_written() -> None:
    facts = appeal_facts(won=[("P1", 0.4)] * 5)
    tables = learn_appeal_tables(facts)
    assert RecoveredShares.from_tables(tables) == learn_recovered_shares(facts)
    assert AppealMinutes.from_tables(tables) == learn_minutes(facts)
    assert DecisionDays.from_tables(tables) == learn_decision_days(facts)
