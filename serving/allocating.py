"""Owns that memory which a history took goes back to the system when a newer one has taken its place.

Measured by `python -m benchmarks.memory_paths` (docs/reliability.md). Arrow's own pool kept what a reading had used, and
the C library raises, with each large block that is freed, the size from which on it gives blocks back: both grew for as long
as files came in.
"""

import ctypes
import os
import sys
from contextlib import suppress

POOL_VARIABLE, SYSTEM_POOL = "ARROW_DEFAULT_MEMORY_POOL", "system"  # read when pyarrow is imported
LARGE_BYTES = 1 << 20
_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h; once set, it is not raised any more


def take_memory_from_the_system() -> None:
    """Let Arrow use the C library's memory, in this process and its workers, unless the operator chose a pool.

    Only of use before pyarrow is imported.
    """
    os.environ.setdefault(POOL_VARIABLE, SYSTEM_POOL)


def give_large_blocks_back() -> bool:
    """Let the C library give each block of a megabyte or more back when it is freed; tells whether it can. Linux with glibc."""
    if sys.platform != "linux":
        return False
    with suppress(AttributeError, OSError):
        return bool(ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, LARGE_BYTES))
    return False
