import numpy as np
import pyarrow as pa
import pytest

from claims.root_cause import root_causes
from training.distance import by_cause, calibration_floor, gap_closed
from training.metrics import log_loss

RANDOM = np.random.default_rng(2)
COUNT = 6000
CAUSES = list(root_causes())


def hazards() -> np.ndarray:
    made = np.zeros((COUNT, len(CAUSES)))
    made[:, 0] = RANDOM.gamma(0.5, 0.1, COUNT)
    made[:, 1] = RANDOM.gamma(0.5, 0.2, COUNT)
    return made


def shares(hazard: np.ndarray) -> np.ndarray:
    total = hazard.sum(axis=1)
    return hazard / total[:, None] * -np.expm1(-total)[:, None]


TRUE = hazards()
P = -np.expm1(-TRUE.sum(axis=1))
LABEL = RANDOM.random(COUNT) < P
CAUSE = np.where(RANDOM.random(COUNT) < TRUE[:, 0] / TRUE.sum(axis=1), CAUSES[0], CAUSES[1]).astype(object)


def test_the_oracle_closes_all_and_the_base_rate_nothing() -> None:
    whole = gap_closed(LABEL, P, P)
    none = gap_closed(LABEL, np.full(COUNT, LABEL.mean()), P)
    for name in ("log_loss", "auc"):
        assert whole[name]["share"] == pytest.approx(1)  # type: ignore[index, call-overload]
        assert none[name]["share"] == pytest.approx(0)  # type: ignore[index, call-overload]
    half = gap_closed(LABEL, np.sqrt(P * LABEL.mean()), P)["log_loss"]
    assert half["interval"][0] < half["share"] < half["interval"][1]  # type: ignore[index, call-overload]


def test_the_floor_is_what_a_right_model_shows() -> None:
    shown = [calibration_floor(P[:500]), calibration_floor(P)]
    assert shown[0] > 2 * shown[1] > 0


def test_a_cause_that_is_known_costs_nothing_and_the_blurred_one_all() -> None:
    blurred = TRUE.copy()
    blurred[:, 1] = TRUE[:, 1].mean()
    ours = shares(blurred)
    table = pa.table({f"p_{cause}": ours[:, at] for at, cause in enumerate(CAUSES[:2])})
    found = by_cause(table, np.arange(COUNT), label=LABEL, cause=CAUSE, truth=shares(TRUE))
    gap = log_loss(LABEL, -np.expm1(-blurred.sum(axis=1))) - log_loss(LABEL, P)
    assert set(found) == set(CAUSES[:2])
    assert found[CAUSES[0]]["gain_if_known"] == pytest.approx(0, abs=1e-9)  # type: ignore[index, call-overload]
    assert found[CAUSES[1]]["gain_if_known"] == pytest.approx(gap, abs=1e-9)  # type: ignore[index, call-overload]
    assert found[CAUSES[1]]["auc"] < found[CAUSES[1]]["oracle_auc"]  # type: ignore[index, call-overload]
