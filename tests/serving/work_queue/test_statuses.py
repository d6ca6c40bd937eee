from pathlib import Path

import pytest

from serving.work_queue.statuses import MOVES, Mover, Status, diagram, may_move

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("before", list(Status))
def test_no_person_s_change_closes(before: Status) -> None:
    assert may_move(before, Status.CLOSED) == (before is Status.CLOSED)


def test_every_status_can_be_reached_and_left() -> None:
    assert {move.after for move in MOVES} == set(Status) == {move.before for move in MOVES}


def test_no_move_is_drawn_twice() -> None:
    assert len(set(MOVES)) == len(MOVES)


def test_payer_closes_whatever_is_not_closed() -> None:
    closed_by_payer = {move.before for move in MOVES if move.by is Mover.PAYER and move.after is Status.CLOSED}
    assert closed_by_payer == set(Status) - {Status.CLOSED}


def test_docs_draw_the_moves_that_the_code_knows() -> None:
    page = (ROOT / "docs/work_queue.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{diagram()}\n```" in page
