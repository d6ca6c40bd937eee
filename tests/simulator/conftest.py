from datetime import date

import pytest

from simulator import SimulationSummary, simulate


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> SimulationSummary:
    return simulate(tmp_path_factory.mktemp("world") / "out", claims=2500, months=12, seed=11, start=date(2024, 1, 1))
