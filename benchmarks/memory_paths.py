"""Tell on which path a service's memory grows: one thing again and again in a process of its own, its memory after each so many.

`python -m benchmarks.memory_paths --home HOME --sample FILE.837 --path taken-up [--turns 24] [--plain]`; `--plain` leaves out
what `serving.allocating` does. The home is copied. One line per look, the last one is JSON.
"""

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

LOOKS = 8  # in a run
PLAIN_POOL = "mimalloc"  # what Arrow takes on its own


def main() -> None:
    """Measure one path."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--sample", type=Path, required=True, help="an 837 of the practice, of which new ones are made")
    parser.add_argument("--path", choices=("same", "ingest", "taken-up", "queue", "upload"), required=True)
    parser.add_argument("--today", type=date.fromisoformat, default=date(2025, 7, 1))
    parser.add_argument("--turns", type=int, default=24)
    parser.add_argument("--plain", action="store_true")
    asked = parser.parse_args()
    if asked.plain:
        os.environ["ARROW_DEFAULT_MEMORY_POOL"] = PLAIN_POOL
    from serving.allocating import give_large_blocks_back, take_memory_from_the_system  # before anything imports pyarrow

    take_memory_from_the_system()
    if not asked.plain:
        give_large_blocks_back()
    with _path(asked.path, asked.home, asked.sample, asked.today) as turn:
        looks = [_look(0)]
        for at in range(1, asked.turns + 1):
            turn()
            if at % max(asked.turns // LOOKS, 1) == 0:
                looks.append(_look(at))
    print(json.dumps({"path": asked.path, "plain": asked.plain, "looks": looks}))


@contextmanager
def _path(name: str, home: Path, sample: Path, today: date) -> Iterator[Callable[[], object]]:
    """Give one turn of a path over a state that has just started."""
    from benchmarks.reliability.work import Uploads
    from claims.history.ingest import ingest_paths
    from serving.collecting import set_aside
    from serving.settings import Settings
    from serving.state import ServiceState, sync_work_queue

    with tempfile.TemporaryDirectory(prefix="memory-paths-") as folder:
        settings = Settings(home_path=Path(shutil.copytree(home, Path(folder) / "home")), today=today, authentication="off")
        uploads, state = Uploads(sample), ServiceState(settings)
        store = state.work_queue
        set_aside()

        def ingest(file: tuple[str, bytes]) -> None:
            path = Path(folder) / file[0]
            path.write_bytes(file[1])
            ingest_paths([path], home=settings.home, now=datetime.now(UTC))

        def queue() -> None:
            serving = state.serving
            sync_work_queue(store, serving.snapshot, serving.appeal_success, as_of=today, now=datetime.now(UTC))

        def upload() -> object:
            ingest(uploads.make())
            state.refresh_history()
            return state.work_queue

        again = uploads.make()
        ingest(again)
        turns: dict[str, Callable[[], object]] = {
            "same": lambda: ingest(again),
            "ingest": lambda: ingest(uploads.make()),
            "taken-up": state.refresh_history,
            "queue": queue,
            "upload": upload,
        }
        yield turns[name]
        state.close()


def _look(turn: int) -> dict[str, int]:
    """Read what the process holds, in megabytes: all of it, what is no file, and what Arrow counts."""
    import pyarrow as pa

    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    held = {line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if line.startswith(("VmRSS", "RssAnon"))}
    threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    look = {
        "turn": turn, "resident": held["VmRSS"], "anonymous": held["RssAnon"],
        "arrow": pa.total_allocated_bytes() // 1024**2, "threads": threads,
    }  # fmt: skip
    print(look, flush=True)
    return look


if __name__ == "__main__":
    main()
