"""The storage library's threads give way to those that answer."""

import os
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from claims.history import delta
from serving.standing_back import NICENESS, let_storage_stand_back

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux only")


def test_the_storage_librarys_threads_give_way_and_our_own_do_not(tmp_path: Path) -> None:
    delta.append(str(tmp_path / "table"), pa.table({"number": [1]}))
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert let_storage_stand_back() > 0
    named = {int(path.name): (path / "comm").read_text().strip() for path in Path("/proc/self/task").iterdir()}
    niceness = {thread: os.getpriority(os.PRIO_PROCESS, thread) for thread in named}
    storage = {thread for thread, name in named.items() if name == "tokio-rt-worker"}
    assert {niceness[thread] for thread in storage} == {NICENESS}
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
