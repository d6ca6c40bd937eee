import numpy as np

from models.maturity import UNKNOWN, learn_maturity
from models.spec import MaturityRule
from tests.training.factories import dataset

RULE = MaturityRule(quantile=0.95, smallest_count=30)


def test_each_payer_has_its_own_days() -> None:
    rows = dataset()
    found = learn_maturity(payer_id=rows.payer_id, sent=rows.sent, known=rows.known, end=rows.end, rule=RULE)
    assert 18 <= found.days_by_payer["QUICK"] <= 20
    assert 57 <= found.days_by_payer["SLOW"] <= 60


def test_a_payer_with_few_answers_takes_the_days_of_all() -> None:
    rows = dataset(200)
    payer = rows.payer_id.copy()
    payer[:5] = "RARE"
    found = learn_maturity(payer_id=payer, sent=rows.sent, known=rows.known, end=rows.end, rule=RULE)
    assert "RARE" not in found.days_by_payer
    assert found.of(np.array(["RARE", "NEVER SEEN"], dtype=object)).tolist() == [found.overall_days] * 2


def test_fast_answers_of_recent_weeks_do_not_shorten_it() -> None:
    random = np.random.default_rng(4)
    sent = np.sort(random.integers(0, 100, 21_000))
    sent[-20_000:] = random.integers(85, 100, 20_000)  # a payer whose volume has just exploded
    lag = random.integers(5, 41, 21_000)
    known = np.where(sent + lag < 100, sent + lag, UNKNOWN)
    payer = np.full(21_000, "P", dtype=object)
    found = learn_maturity(payer_id=payer, sent=sent, known=known, end=100, rule=RULE)
    naive = int(np.quantile(lag[known < 100], 0.95))
    assert naive < 36
    assert found.days_by_payer["P"] >= 38


def test_answers_after_the_end_teach_nothing() -> None:
    rows = dataset()
    early = learn_maturity(payer_id=rows.payer_id, sent=rows.sent, known=rows.known, end=rows.end - 100, rule=RULE)
    later = rows.known.copy()
    later[(later >= rows.end - 100) & rows.is_known] += 500
    again = learn_maturity(payer_id=rows.payer_id, sent=rows.sent, known=later, end=rows.end - 100, rule=RULE)
    assert early == again
