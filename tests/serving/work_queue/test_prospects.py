"""What the appeal model says of a denial, as work items take it."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from claims.adjudication import adjudicate
from features.batch import ClaimBatch
from features.denial_batch import DenialBatch
from features.history import History
from models.appeal_choice import AppealChoice
from models.bundle import ModelBundle
from models.calibration import Calibration
from models.confidence import Confidence, Curve
from models.feature_set import FeatureSet
from models.linear import LinearPart
from serving.work_queue.prospects import Prospect, Prospects
from tests import factories as make
from tests.models.factories import fit_member

NAMES = ("denied_amount_log", "days_since_denial")


def prospect(bundle: ModelBundle | None) -> Prospect:
    store = make.fill_store(
        make.MemoryHistory(),
        make.claim_transaction(make.claim(submitted_on=date(2026, 3, 1))),
        make.remittance_transaction(make.denied(carc="50"), on=date(2026, 4, 1)),
    )
    adjudication = adjudicate(store)
    batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    denials = DenialBatch.from_tables(adjudication.denials, batch, as_of=date(2026, 4, 20))
    history = History.from_parts(store, adjudication=adjudication, batch=batch)
    return Prospects.of(denials, history, bundle).at(0, payer_id="PAYER1", category="medical_necessity")


def bundle(**changes: Any) -> ModelBundle:
    random = np.random.default_rng(1)
    values = random.normal(size=(200, len(NAMES)))
    curve = Curve(lows=(-2.0, 0.0), highs=(-1.0, 1.0))
    fields: dict[str, Any] = {
        "name": "appeal_success",
        "title": "Appeal success",
        "subject": "denial",
        "features": FeatureSet.installed(NAMES),
        "members": (fit_member("appeal_success", values, values[:, 0] > 0, rounds=5),),
        "calibration": Calibration(),
        "confidence": Confidence(level=0.8, log_hazards=(-2.0, 1.0), familiar=curve, unfamiliar=curve),
    }
    return ModelBundle(**{**fields, **changes})


def test_without_a_model_there_is_a_rate_and_no_interval() -> None:
    found = prospect(None)
    assert found.chance == pytest.approx(0.5)
    assert (found.low, found.high, found.wait) == (None, None, None)


def test_the_share_and_the_wait_are_the_payers_own() -> None:
    wait = {"median": 31.0, "late": 60.0}
    tables = {
        "recovered_share": {"overall": 0.5, "by_payer": {"PAYER1": 0.3}, "category_factor": {"medical_necessity": 1.1}},
        "decision_days": {"by_level": {"1": {"median": 40.0, "late": 70.0}}, "by_level_payer": {"1": {"PAYER1": wait}}},
    }
    found = prospect(bundle(tables=tables))
    assert found.recovered_share == pytest.approx(0.33)
    assert found.wait is not None
    assert found.wait.median == 31.0


def test_a_bundle_of_the_old_kind_gives_its_share_by_category() -> None:
    found = prospect(bundle(tables={"recovered_share": {"overall": 0.5, "by_category": {"medical_necessity": 0.6}}}))
    assert found.recovered_share == pytest.approx(0.6)
    assert found.wait is None


def test_an_interval_is_wider_for_a_denial_that_nobody_appeals() -> None:
    def choice(intercept: float) -> dict[str, Any]:
        linear = LinearPart(intercept=intercept, weights=(0.0,), centers=(0.0,), lows=(0.0,), highs=(9.0,))
        return {"appeal_choice": AppealChoice(names=NAMES[:1], linear=linear, gamma=2.0).to_json()}

    plain, always, never = (prospect(bundle(tables=tables)) for tables in ({}, choice(30.0), choice(-30.0)))
    assert plain.low == pytest.approx(always.low)
    assert plain.high == pytest.approx(always.high)
    assert never.low < plain.low <= plain.chance <= plain.high < never.high  # type: ignore[operator]
