"""The log of draws by lot, as training reads it."""

from pathlib import Path

import pytest

from claims.draw_log import DrawLogError, read_draws
from serving.work_queue.exploration import Draw, settle_draw
from tests.serving.work_queue.queues import TODAY


def test_what_the_work_queue_logs_is_what_training_reads(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "exploration.jsonl"
    settle_draw(log, Draw(day=TODAY, keys=("r1", "r2"), eligible_count=40, probability=0.05))
    assert read_draws(log) == {"r1": 0.05, "r2": 0.05}


def test_no_log_means_no_draws(tmp_path: Path) -> None:
    assert read_draws(tmp_path / "none.jsonl") == {}


@pytest.mark.parametrize("line", ["{}", "nonsense", '{"keys": ["r1"], "probability": 0}', '{"keys": ["r1"], "probability": 1.5}'])
def test_a_line_that_is_no_draw_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    log = tmp_path / "exploration.jsonl"
    log.write_text('{"keys": ["r1"], "probability": 0.5}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(DrawLogError, match="line 2"):
        read_draws(log)
