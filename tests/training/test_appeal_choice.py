"""The choice which denials are appealed: who counts, what is learned, and the weights that would undo it."""

from datetime import date, timedelta

import numpy as np
import pytest

from claims.adjudication import adjudicate
from claims.history.appeals import known_appeals
from features.batch import ClaimBatch, day_number
from features.history import History
from features.matrix import FeatureMatrix
from tests import factories as make
from training.appeal_choice import Choices, choice_weights, first_filings, fit_choice, learn_choice, read_choices

DENIED_ON = date(2026, 1, 5)


def _choices(*, end: date) -> Choices:
    carcs = {"OLD": ("50", None), "OWN": ("1", None), "NORIGHT": ("16", "MA130"), "APPEALED": ("50", None)}
    answers = [
        make.remittance_transaction(
            make.denied(name, carc=carc, remark_codes=(rarc,) if rarc else ()), on=DENIED_ON, control_number=f"{at:04d}"
        )
        for at, (name, (carc, rarc)) in enumerate(carcs.items())
    ]
    young = make.remittance_transaction(make.denied("YOUNG", carc="50"), on=end - timedelta(days=5), control_number="0099")
    claims = make.claim_transaction(
        *(make.claim(name, submitted_on=DENIED_ON - timedelta(days=20)) for name in (*carcs, "YOUNG"))
    )
    filed = {
        "known_on": DENIED_ON + timedelta(days=30),
        "filed_on": DENIED_ON + timedelta(days=30),
        "patient_control_number": "APPEALED",
        "payer_id": "PAYER1",
        "level": 1,
        "outcome": "pending",
    }
    store = make.fill_store(make.MemoryHistory(), claims, *answers, young, csv_rows={"appeals": [filed]})
    adjudication = adjudicate(store)
    batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    return read_choices(
        adjudication.denials,
        batch,
        History.from_parts(store, adjudication=adjudication, batch=batch),
        contested=first_filings(known_appeals(store), adjudication.denials),
        end=day_number(end),
        names=("denied_amount_log",),
    )


def test_only_denials_that_an_appeal_was_open_to_long_enough_count() -> None:
    choices = _choices(end=DENIED_ON + timedelta(days=60))
    assert len(choices) == 2
    assert choices.appealed.tolist().count(True) == 1


def test_a_denial_younger_than_appeals_take_to_file_is_no_choice_yet() -> None:
    assert len(_choices(end=DENIED_ON + timedelta(days=30))) == 0


def _made(count: int) -> Choices:
    random = np.random.default_rng(4)
    dollars = random.normal(5, 1, count)
    appealed = random.random(count) < 1 / (1 + np.exp(-(dollars - 6)))
    values = dollars[:, None]
    ids = np.array([str(row) for row in range(count)], dtype=object)
    matrix = FeatureMatrix(values=values, names=("denied_amount_log",), ids=ids)
    return Choices(matrix=matrix, denied_day=np.arange(count, dtype=np.int64), appealed=appealed)


def test_dollars_that_pull_appeals_are_found() -> None:
    linear = fit_choice(_made(2000))
    assert linear is not None
    assert linear.weights[0] == pytest.approx(1.0, abs=0.2)


def test_too_few_appeals_teach_no_choice() -> None:
    assert fit_choice(_made(40)) is None
    assert learn_choice(_made(40), gamma=1.5) is None


def test_weights_undo_the_choice() -> None:
    made = _made(20_000)
    linear = fit_choice(made)
    assert linear is not None
    chosen = made.matrix.values[made.appealed]
    weight = choice_weights(1 / (1 + np.exp(-linear.margin(chosen))), clipped=False)
    everyone = made.matrix.values.mean()
    assert abs(np.average(chosen[:, 0], weights=weight) - everyone) < 0.3 * abs(chosen.mean() - everyone)


def test_clipped_weights_stay_near_one_another() -> None:
    weight = choice_weights(np.array([0.001, 0.5, 0.9]))
    assert weight.max() / weight.min() <= 25
    assert weight.mean() == pytest.approx(1.0)


def test_a_draw_by_lot_bounds_the_weight_of_what_was_hardly_ever_chosen() -> None:
    chance = np.array([0.001, 0.5])
    without, drawn = choice_weights(chance, clipped=False), choice_weights(chance, drawn=np.array([0.2, 0.2]), clipped=False)
    assert drawn[0] / drawn[1] < without[0] / without[1] / 50
