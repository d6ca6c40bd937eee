from datetime import date
from pathlib import Path

from benchmarks.scale.arrivals import hold_back
from claims.x12 import read_file
from simulator import simulate


def _transactions(folder: Path) -> list[str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in {".837", ".835", ".277ca", ".999"}]
    return sorted(one.content_key for path in files for one in read_file(path).transactions)


def test_the_last_day_moves_out_of_the_files_and_nothing_is_lost(tmp_path: Path) -> None:
    simulate(tmp_path / "world", claims=150, months=3, seed=3, start=date(2024, 1, 1))
    before = _transactions(tmp_path / "world")
    moved = hold_back(tmp_path / "world", tmp_path / "night")
    left, night = _transactions(tmp_path / "world"), _transactions(tmp_path / "night")
    assert (len(night), sorted(left + night)) == (moved, before)
    held = [one.envelope.created_on for path in (tmp_path / "night").iterdir() for one in read_file(path).transactions]
    assert moved
    assert set(held) == {max(held)}
