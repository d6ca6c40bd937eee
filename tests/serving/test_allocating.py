"""Arrow takes memory from the system where nobody chose otherwise, and what a large block took is gone when it is freed."""

import subprocess
import sys

import pytest

POOL = """
import os, sys
os.environ.update({given!r})
from serving.allocating import take_memory_from_the_system
take_memory_from_the_system()
assert "pyarrow" not in sys.modules
import pyarrow
print(pyarrow.default_memory_pool().backend_name)
"""
BLOCKS = """
from pathlib import Path
from serving.allocating import LARGE_BYTES, give_large_blocks_back
{setting}
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
resident()
largest = bytearray(16 * LARGE_BYTES)
del largest  # the C library keeps freed blocks up to this size from now on, unless told otherwise
before, blocks, kept = resident(), [], []
for _ in range(8):
    blocks.append(bytearray(b"x") * (2 * LARGE_BYTES))
    kept.append(bytearray(b"x") * 100_000)  # stands behind the block, where both come from the heap
del blocks
print((resident() - before) // LARGE_BYTES)
"""


def _run(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize(("given", "pool"), [({}, "system"), ({"ARROW_DEFAULT_MEMORY_POOL": "mimalloc"}, "mimalloc")])
def test_arrow_takes_memory_from_the_system_where_nobody_chose(
    given: dict[str, str], pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL", raising=False)
    assert _run(POOL.format(given=given)) == pool


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of glibc")
def test_large_blocks_are_given_back_when_freed() -> None:
    assert int(_run(BLOCKS.format(setting="give_large_blocks_back()"))) <= 1
    assert int(_run(BLOCKS.format(setting=""))) >= 8
