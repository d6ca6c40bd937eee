import hashlib
from datetime import date
from pathlib import Path

import pytest

from claims.x12 import read_file
from simulator import SimulationSummary, simulate

START = date(2024, 1, 1)
X12_FOLDERS = ("837", "835", "277ca", "999")


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        simulate(tmp_path / name, claims=300, months=4, seed=5, start=START)
    assert _digests(tmp_path / "one") == _digests(tmp_path / "two")


def test_another_seed_draws_another_world(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate(tmp_path / str(seed), claims=200, months=3, seed=seed, start=START)
    worlds = [(tmp_path / str(seed) / "truth" / "world.json").read_text() for seed in (1, 2)]
    assert worlds[0] != worlds[1]


def test_a_world_is_not_written_over_another(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(ValueError, match="not empty"):
        simulate(tmp_path, claims=10, months=1, seed=1, start=START)


def test_every_x12_file_is_read_with_nothing_refused(world: SimulationSummary) -> None:
    batches = [read_file(path) for folder in X12_FOLDERS for path in sorted((world.out / folder).iterdir())]
    assert sum(len(batch.rejected) for batch in batches) == 0
    assert {t.kind for batch in batches for t in batch.transactions} == {"837P", "837I", "835", "277CA", "999"}


def test_asked_claims_are_the_visits_billed(world: SimulationSummary) -> None:
    assert world.claim_count == 2500
    assert 1.03 < world.submission_count / world.claim_count < 1.3


def test_practice_and_payers_have_the_asked_size(world: SimulationSummary) -> None:
    assert 10 <= world.payer_count <= 16
    assert 20 <= world.provider_count <= 60
    assert world.location_count >= 3
