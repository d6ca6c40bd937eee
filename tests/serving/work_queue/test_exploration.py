import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from serving.work_queue.exploration import draw_for_day, settle_draw
from tests.serving.work_queue.queues import TODAY, item

ITEMS = [item(f"k{at}", minutes=15) for at in range(40)]
RARE = {one.key for one in ITEMS[:20]}


def test_each_rare_item_is_drawn_as_often_as_its_logged_probability_says() -> None:
    days = [TODAY + timedelta(days=at) for at in range(4_000)]
    draws = [draw_for_day(ITEMS, RARE, day=day, minutes_per_day=120, share=0.05) for day in days]
    assert draws[0].probability == pytest.approx(0.05 * 120 / 15 / 20)
    for one in ITEMS[:20]:
        drawn = sum(one.key in draw.keys for draw in draws) / len(draws)
        assert drawn == pytest.approx(draws[0].probability, abs=0.0095)  # 4 standard errors


def test_only_rare_work_that_is_open_and_in_time_is_drawn() -> None:
    closed_off = [
        replace(ITEMS[0], days_left=-1), replace(ITEMS[1], status="waiting"), replace(ITEMS[2], next_action="write_off"),
        replace(ITEMS[3], denied_amount=5.0), ITEMS[30],
    ]  # fmt: skip
    draw = draw_for_day(closed_off, RARE, day=TODAY, minutes_per_day=10_000, share=1.0)
    assert draw.keys == ()
    assert draw.eligible_count == 0


def test_same_day_draws_the_same_whatever_the_order_of_items() -> None:
    one = draw_for_day(ITEMS, RARE, day=TODAY, minutes_per_day=480, share=0.2)
    assert len(one.keys) == 6
    assert one == draw_for_day(ITEMS[::-1], RARE, day=TODAY, minutes_per_day=480, share=0.2)
    assert one.keys != draw_for_day(ITEMS, RARE, day=TODAY, minutes_per_day=480, share=0.2, seed=1).keys


def test_a_day_is_logged_once_with_its_probability(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "exploration.jsonl"
    draw = draw_for_day(ITEMS, RARE, day=TODAY, minutes_per_day=480, share=0.2)
    assert settle_draw(path, draw) == draw
    assert settle_draw(path, replace(draw, keys=("k3",))) == draw
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 1
    assert lines[0]["probability"] == pytest.approx(6.4 / 20)
    assert set(lines[0]["keys"]) <= RARE
