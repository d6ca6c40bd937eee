import csv
from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest

from simulator import SimulationSummary
from simulator.priors import CAUSE_MIX

Columns = dict[str, list]


@pytest.fixture(scope="module")
def answers(world: SimulationSummary) -> Columns:
    columns: Columns = pq.read_table(world.out / "truth" / "claims.parquet").to_pydict()
    return columns


@pytest.fixture(scope="module")
def entered(answers: Columns) -> dict[str, np.ndarray]:
    keep = ~np.array(answers["rejected"])
    return {name: np.array(values, dtype=object)[keep] for name, values in answers.items()}


def test_the_answer_key_has_one_row_per_submission(world: SimulationSummary, answers: Columns) -> None:
    keys = list(zip(answers["claim_id"], answers["payer_id"], answers["submitted_on"], answers["frequency_code"], strict=True))
    assert len(keys) == len(set(keys)) == world.submission_count


def test_cause_chances_sum_to_the_denial_chance(answers: Columns) -> None:
    total = sum(np.array(answers[f"p_{cause}"]) for cause in CAUSE_MIX)
    assert np.abs(total - np.array(answers["denial_probability"])).max() < 1e-12


def test_the_denial_chance_is_calibrated_in_every_fifth(entered: dict[str, np.ndarray]) -> None:
    chance, denied = entered["denial_probability"].astype(float), entered["denied"].astype(float)
    for part in np.array_split(np.argsort(chance), 5):
        deviation = np.sqrt((chance[part] * (1 - chance[part])).sum()) / len(part)
        assert abs(chance[part].mean() - denied[part].mean()) < 4 * deviation


def test_each_cause_is_planted_as_often_as_its_chances_say(entered: dict[str, np.ndarray]) -> None:
    for cause in CAUSE_MIX:
        chance = entered[f"p_{cause}"].astype(float)
        planted = (entered["cause"] == cause).sum()
        assert abs(planted - chance.sum()) < 4.5 * np.sqrt((chance * (1 - chance)).sum()) + 1


def test_the_oracle_ranks_well_but_not_perfectly(entered: dict[str, np.ndarray]) -> None:
    chance, denied = entered["denial_probability"].astype(float), entered["denied"].astype(bool)
    ranks = np.argsort(np.argsort(chance)) + 1
    area = (ranks[denied].sum() - denied.sum() * (denied.sum() + 1) / 2) / (denied.sum() * (~denied).sum())
    assert 0.82 < area < 0.93


def test_first_submissions_are_denied_at_the_published_rate(entered: dict[str, np.ndarray]) -> None:
    first = (entered["submission_number"] == 1) & (entered["payer_sequence_code"] == "P")
    assert 0.09 < entered["denied"][first].astype(float).mean() < 0.15


def test_denials_name_edit_and_fix_and_money(entered: dict[str, np.ndarray]) -> None:
    denied = entered["denied"].astype(bool)
    assert all(entered["fix"][denied])
    assert all(entered["denied_amount"][denied] > 0)
    assert all(value is None for value in entered["cause"][~denied])


def test_overturn_chances_are_calibrated_over_decided_appeals(world: SimulationSummary) -> None:
    denials = pq.read_table(world.out / "truth" / "denials.parquet").to_pylist()
    chances: dict[tuple[str, str], float] = {(row["claim_id"], row["payer_id"]): row["p_overturn"] for row in denials}
    assert all(0 <= row["p_overturn"] <= 1 and 0 < row["recovered_share"] <= 1 for row in denials)
    with (world.out / "csv" / "appeals.csv").open(newline="") as file:
        appeals = [
            row
            for row in csv.DictReader(file)
            if row["level"] == "1" and row["outcome"] in {"overturned", "partially_overturned", "upheld"}
        ]
    expected = np.array([chances[(row["claim_id"], row["payer_id"])] for row in appeals])
    won = np.array([row["outcome"] != "upheld" for row in appeals])
    assert len(appeals) > 25
    assert abs(won.mean() - expected.mean()) < 4 * np.sqrt((expected * (1 - expected)).sum()) / len(expected)


def test_policy_changes_lie_inside_the_span(world: SimulationSummary) -> None:
    with (world.out / "truth" / "policies.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 10
    assert all(world.first_on < date.fromisoformat(row["effective_on"]) for row in rows)
    assert all(row["old"] != row["new"] and row["cause"] in CAUSE_MIX for row in rows)
