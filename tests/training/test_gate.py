"""The gate's rule on made-up answers: what passes, what a chance difference does, what a harmed segment does."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from training.gate import Comparison, compare_answers, decide
from training.holdout import MODEL, cause_column


def answers(*, seed: int = 3, row_count: int = 4000, noise: float = 0.0, harmed: str = "", noise_seed: int = 9) -> pa.Table:
    """Answers of a model that knows the truth, blurred by `noise` on the logit; for one payer wrong altogether."""
    random, blur = np.random.default_rng(seed), np.random.default_rng(noise_seed)
    margin = random.normal(-2, 1.2, row_count)
    label = random.random(row_count) < 1 / (1 + np.exp(-margin))
    payer = np.array(["A", "B", "C"], dtype=object)[random.choice(3, row_count, p=[0.45, 0.1, 0.45])]
    shown = margin + blur.normal(0, noise or 1e-9, row_count) + np.where(payer == harmed, 2.0, 0.0)
    probability = 1 / (1 + np.exp(-shown))
    return pa.table(
        {
            "id": [f"s-{row}" for row in range(row_count)],
            "sent_on": [date(2026, 1, 1)] * row_count,
            "payer_id": pa.array(payer, pa.string()),
            "claim_kind": ["professional original"] * row_count,
            "label": label,
            "cause": np.where(label, "coding", "").astype(str),
            MODEL: probability,
            cause_column("coding"): probability,
        }
    )


def compared(champion: pa.Table, challenger: pa.Table) -> Comparison:
    found = compare_answers(champion, challenger, window="rows")
    assert found is not None
    return found


def test_a_clearly_better_model_passes() -> None:
    verdict = decide(compared(answers(noise=1.0), answers()), champion_version="1")
    assert verdict.promotes
    assert verdict.comparison is not None
    assert verdict.comparison.high < 0
    assert "none of 5 segments worse" in verdict.reason


def test_a_worse_model_is_kept_out() -> None:
    verdict = decide(compared(answers(), answers(noise=1.0)), champion_version="1")
    assert not verdict.promotes
    assert "not better beyond chance" in verdict.reason


def test_a_difference_of_chance_is_kept_out_though_its_point_estimate_is_better() -> None:
    left, right = answers(noise=0.3, noise_seed=1), answers(noise=0.3, noise_seed=2)
    found = [compared(left, right), compared(right, left)]
    lucky = min(found, key=lambda each: each.difference)
    assert lucky.difference < 0 < lucky.high
    assert not decide(lucky, champion_version="1").promotes


def test_a_better_model_that_harms_one_payer_is_kept_out_and_names_it() -> None:
    verdict = decide(compared(answers(noise=1.5), answers(harmed="B", noise=0.1)), champion_version="1")
    assert verdict.comparison is not None
    assert verdict.comparison.is_better
    assert not verdict.promotes
    assert [segment.name for segment in verdict.comparison.worse_segments] == ["B"]
    assert "payer B" in verdict.reason
    assert "payer B" in verdict.tags()["gate.segments_worse"]


def test_segments_with_noise_alone_are_not_called_worse() -> None:
    champion, challenger = answers(noise=0.3, noise_seed=1), answers(noise=0.3, noise_seed=2)
    assert compared(champion, challenger).worse_segments == ()
    assert compared(challenger, champion).worse_segments == ()


def test_only_rows_that_both_answered_count() -> None:
    champion = answers().slice(1000)
    assert compared(champion, answers()).row_count == 3000
    assert compare_answers(champion.slice(0, 90), answers(), window="rows") is None


def test_the_verdict_is_written_as_tags() -> None:
    tags = decide(compared(answers(noise=1.0), answers()), champion_version="7").tags()
    assert tags["gate.champion"] == "7"
    assert tags["gate.promotes"] == "true"
    assert tags["gate.row_count"] == "4000"
    assert float(tags["gate.better_share"]) == pytest.approx(1.0)
