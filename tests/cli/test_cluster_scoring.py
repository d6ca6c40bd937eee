import os
import signal
from pathlib import Path

import pytest
from distributed import LocalCluster

from claims.home import Home
from cli import scoring
from cli.scoring import FilesScored, score_files
from cli.workers import workers_at
from serving.scoring import Depth
from serving.settings import Settings
from tests.conftest import END


def score(home: Home, files: Path, out: Path, *, address: str | None, kill: int | None = None) -> FilesScored:
    """Score files; `kill` is the process to kill once the first part is scored."""
    alive = [] if kill is None else [kill]

    def seen(_: object) -> None:
        if alive:
            os.kill(alive.pop(), signal.SIGKILL)

    settings = Settings(home_path=home.path, today=END, score_log=False)
    with workers_at(address) as workers:
        return score_files(
            [files], out, settings=settings, as_of=None, workers=workers, depth=Depth.FIXES, seen=seen, progress=lambda *_: None
        )


@pytest.mark.slow
def test_a_cluster_scores_bit_for_bit_what_this_process_does_and_outlives_a_killed_worker(
    practice: Path, trained_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "PART_BYTES", 60_000)
    recent = tmp_path / "recent"
    recent.mkdir()
    for path in sorted((practice / "files" / "837").iterdir())[-8:]:
        (recent / path.name).write_bytes(path.read_bytes())
    here = score(trained_home, recent, tmp_path / "here.jsonl", address=None)
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        victim = next(iter(cluster.workers.values())).pid
        there = score(trained_home, recent, tmp_path / "there.jsonl", address=cluster.scheduler_address, kill=victim)
    assert (there, (tmp_path / "there.jsonl").read_bytes()) == (here, (tmp_path / "here.jsonl").read_bytes())
    assert here.scored > 500
