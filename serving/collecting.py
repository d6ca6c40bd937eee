"""Owns when Python looks for garbage in rings. What a service holds for good is set aside, so that a look is short.

While a service starts nothing is looked for: imports and a history are made to stay. A full look over a history and its models
stops every answer for as long as it takes (docs/speed.md): it comes every ten minutes. In between only the young are looked at,
and not often: the claims of a long batch live until it is answered, and to look them all through again and again took a third of
its time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG, MIDDLE, OLD = 20_000, 50, 1_000  # the collector's thresholds; Python's own are 700, 10, 10
SET_ASIDE_SECONDS = 600.0


def look_no_more() -> None:
    """Look for no garbage until `settle`."""
    gc.disable()


@contextmanager
def no_looks() -> Iterator[None]:
    """Look for no garbage in this block."""
    were_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if were_on:
            gc.enable()


def settle() -> None:
    """Leave all that was made so far out of the looks to come, and begin to look; garbage in it is for `set_aside` to find."""
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.enable()


def set_aside() -> None:
    """Collect what is garbage now, also of what was set aside before, and leave all that lives out of the looks to come."""
    gc.unfreeze()
    gc.collect()
    settle()


def take_back() -> None:
    """Let what was set aside be collected again: at the end, when it must not pass for leaked."""
    gc.unfreeze()
