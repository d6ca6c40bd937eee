"""Owns that the threads of the storage library stand back: a score goes before the writing of logs and the reading of history.

Delta tables are written and read by threads of their own. On a busy core they took as much time as the event loop, each two
seconds for a tenth of one: that was the tail of the latency (docs/speed.md). They never hold Python's lock, so that nobody who is
not served waits for one of them. Linux only, where a thread has a priority of its own; elsewhere nothing changes.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

STORAGE_THREADS = "tokio-rt-worker"  # what deltalake names them
NICENESS = 15  # beside a thread of niceness 0 about a thirtieth of the core
CHECK_SECONDS = 5.0  # threads come and go; one that such a thread started has its niceness already


def let_storage_stand_back() -> int:
    """Lower the priority of the threads that are there; gives their number."""
    if sys.platform != "linux":
        return 0
    found = 0
    for path in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has ended
            if (path / "comm").read_text().strip() == STORAGE_THREADS:
                os.setpriority(os.PRIO_PROCESS, int(path.name), NICENESS)
                found += 1
    return found
