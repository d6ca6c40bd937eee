from datetime import date

import numpy as np
import pytest

from features.batch import day_number
from features.events import EventIndex
from features.registers import Found, Register

OLD, MIDDLE, NEW, TODAY = (day_number(date(2026, 1, day)) for day in (1, 5, 9, 10))


def _columns(*rows: tuple[str, int]) -> dict[str, np.ndarray]:
    return {
        "status": np.array([status for status, _ in rows], dtype=object),
        "plan_end": np.array([end for _, end in rows], dtype=np.int64),
    }


def _register(*rows: tuple[str, int, str, int]) -> Register:
    keys, known = np.array([row[0] for row in rows], dtype=object), np.array([row[1] for row in rows], dtype=np.int64)
    return Register(index=EventIndex.build(keys, known, {}), columns=_columns(*(row[2:] for row in rows)))


ROWS = (("a", OLD, "inactive", 1), ("a", MIDDLE, "active", 2), ("b", OLD, "active", 3))
ADDED = (("a", NEW, "not_found", 4), ("c", NEW, "active", 5))
KEYS = np.array(["a", "b", "c", "d"], dtype=object)
TODAYS = np.full(4, TODAY, dtype=np.int64)


def _layered() -> Register:
    keys, known = np.array([row[0] for row in ADDED], dtype=object), np.array([row[1] for row in ADDED], dtype=np.int64)
    return _register(*ROWS).with_newer(keys, known, _columns(*(row[2:] for row in ADDED)))


def _shown(found: Found) -> list[tuple[str, int]]:
    return list(zip(found.text("status").tolist(), found.day("plan_end").tolist(), strict=True))


def test_layer_answers_like_a_register_of_all_rows() -> None:
    together = _register(*ROWS, *ADDED)
    assert _shown(_layered().latest(KEYS, TODAYS)) == _shown(together.latest(KEYS, TODAYS))


def test_layer_is_not_seen_before_its_day() -> None:
    before = np.full(4, NEW, dtype=np.int64)
    assert _shown(_layered().latest(KEYS, before)) == _shown(_register(*ROWS).latest(KEYS, before))


@pytest.mark.parametrize("wanted", ["active", "inactive", "not_found", "none such"])
def test_best_row_is_the_one_of_a_register_of_all_rows(wanted: str) -> None:
    def fits(found: Found) -> np.ndarray:
        return np.asarray(found.text("status") == wanted, dtype=np.bool_)

    together = _register(*ROWS, *ADDED)
    assert _shown(_layered().best(KEYS, TODAYS, fits)) == _shown(together.best(KEYS, TODAYS, fits))


def test_old_register_stays_as_it_was() -> None:
    register = _register(*ROWS)
    register.with_newer(np.array(["a"], dtype=object), np.array([NEW]), _columns(("x", 9)))
    assert _shown(register.latest(KEYS[:1], TODAYS[:1])) == [("active", 2)]
