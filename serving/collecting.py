"""Owns when Python looks for garbage in rings. What a service holds for good is set aside, so that a look is short.

A full look over a history and its models stops every answer for as long as it takes (docs/speed.md): it comes at the start and
every ten minutes. In between only the young are looked at, and not often: the claims of a long batch live until it is answered,
and to look them all through again and again took a third of its time.
"""

import gc

YOUNG, MIDDLE, OLD = 20_000, 50, 1_000  # the collector's thresholds; Python's own are 700, 10, 10
SET_ASIDE_SECONDS = 600.0


def set_aside() -> None:
    """Collect what is garbage now, also of what was set aside before, and leave all that lives out of the looks to come."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def take_back() -> None:
    """Let what was set aside be collected again: at the end, when it must not pass for leaked."""
    gc.unfreeze()
