"""What lives is left out of later looks for garbage, and what died since is found all the same."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from serving.collecting import no_looks, set_aside, settle, take_back


class Ring:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


def test_what_lives_is_left_out_of_later_looks() -> None:
    ring = Ring()
    set_aside()
    assert gc.get_freeze_count() > 1_000
    assert not any(one is ring for one in gc.get_objects())


def test_a_ring_that_was_set_aside_and_died_is_freed_by_the_next_turn() -> None:
    ring = Ring()
    gone = weakref.ref(ring)
    set_aside()
    del ring
    gc.collect()
    assert gone() is not None
    set_aside()
    assert gone() is None


def test_at_the_end_nothing_is_set_aside() -> None:
    set_aside()
    take_back()
    assert gc.get_freeze_count() == 0


def test_nothing_is_looked_for_in_the_block_and_again_after_it() -> None:
    with no_looks():
        assert not gc.isenabled()
        with no_looks():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_settling_begins_to_look_and_leaves_out_what_was_made_meanwhile() -> None:
    gc.disable()
    ring = Ring()
    settle()
    assert gc.isenabled()
    assert not any(one is ring for one in gc.get_objects())
