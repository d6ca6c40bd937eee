"""Owns the table of docs/scaling.md: `python -m benchmarks.scale.table` prints it from the kept figures."""

from collections.abc import Iterator, Mapping

from benchmarks.scale.figures import read

GIGABYTE = 1e9


def lines() -> Iterator[str]:
    """Give one row per step and size."""
    kept = read()
    worlds, growth = _mapping(kept, "worlds"), _mapping(kept, "growth")
    yield "| step | claims | wall s | CPU s | CPU ms per claim | peak GB | grows as n to the | each more claim: CPU ms, KB |"
    yield "|---|---|---|---|---|---|---|---|"
    for step in dict.fromkeys(step for world in worlds for step in _mapping(worlds, world)):
        for size in worlds:
            found = _mapping(_mapping(worlds, size), step)
            if not found:
                continue
            cpu, own = float(str(found["cpu_seconds"])), _mapping(growth, step)
            fitted = more = ""
            if own and size == list(worlds)[-1]:
                fitted = f"{own['cpu_seconds']} (memory {own['peak_bytes']})"
                more = _each_more(_mapping(own, "each_more"))
            peak = float(str(found["peak_bytes"])) / GIGABYTE
            each = f"{1e3 * cpu / int(size):.3f}"
            cells = (step, f"{int(size):,}", found["wall_seconds"], cpu, each, f"{peak:.2f}", fitted, more)
            yield f"| {' | '.join(map(str, cells))} |"


def _each_more(more: Mapping[str, object]) -> str:
    return f"{1e3 * float(str(more['cpu_seconds'])):.2f}, {float(str(more['peak_bytes'])) / 1e3:.1f}"


def _mapping(found: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = found.get(key, {})
    return value if isinstance(value, Mapping) else {}


if __name__ == "__main__":
    print("\n".join(lines()))
