import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from claims.claim import Claim
from claims.x12 import read_file
from claims.x12.transactions import ClaimTransaction, Transaction
from simulator import SimulationSummary, mailroom, simulate
from tests.claims.x12.outside_parser import outside_faults

ROOT = Path(__file__).resolve().parents[2]
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


def test_an_outside_parser_finds_no_fault_in_a_week_of_claims(world: SimulationSummary) -> None:
    assert outside_faults(sorted((world.out / "837").iterdir())[20].read_bytes()) == []


def test_asked_claims_are_the_visits_billed(world: SimulationSummary) -> None:
    assert world.claim_count == 2500
    assert 1.03 < world.submission_count / world.claim_count < 1.3


def test_practice_and_payers_have_the_asked_size(world: SimulationSummary) -> None:
    assert 10 <= world.payer_count <= 16
    assert 20 <= world.provider_count <= 60
    assert world.location_count >= 3


def test_the_payers_judge_exactly_what_the_files_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Claim] = []
    write = mailroom.write_transactions

    def write_and_keep(transactions: list[Transaction]) -> bytes:
        sent.extend(claim for t in transactions if isinstance(t, ClaimTransaction) for claim in t.claims)
        return write(transactions)

    monkeypatch.setattr(mailroom, "write_transactions", write_and_keep)
    simulate(tmp_path, claims=300, months=4, seed=4, start=START)
    read = [
        claim
        for path in sorted((tmp_path / "837").iterdir())
        for t in read_file(path).transactions
        if isinstance(t, ClaimTransaction)
        for claim in t.claims
    ]
    assert read == sent


def test_a_claim_costs_milliseconds(world: SimulationSummary) -> None:
    assert world.seconds / world.claim_count < 0.012


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    simulate(tmp_path, claims=120, months=2, seed=8, start=START, progress=lambda done, of: seen.append((done, of)))
    assert seen[-1] == (120, 120)
    assert seen == sorted(seen)


def test_hash_seed_of_the_process_changes_no_byte(tmp_path: Path) -> None:
    code = (
        "import sys; from datetime import date; from pathlib import Path; from simulator import simulate; "
        "simulate(Path(sys.argv[1]), claims=400, months=4, seed=5, start=date(2024, 1, 1))"
    )
    for seed in ("0", "1"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / seed)], check=True, env=environment, cwd=ROOT)
    written = [
        {path.relative_to(tmp_path / seed): path.read_bytes() for path in (tmp_path / seed).rglob("*.*")} for seed in ("0", "1")
    ]
    assert written[0] == written[1]
