import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from claims.home import Home
from serving.app import create_app
from serving.dashboard.model_page import Segment, calibration
from serving.settings import Settings
from tests.conftest import END

REPORT = {
    "model": "denial_risk",
    "score_drift": {"psi": 0.125},
    "calibration": {"overall": {"ratio": 1.0625, "low": 0.9, "high": 1.25}},
    "retraining_pays": False,
    "verdict": "retraining does not pay yet",
    "recent_count": 1234,
    "matured_count": 321,
}


@pytest.fixture(scope="module")
def home(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    path: Path = tmp_path_factory.mktemp("model_page") / "home"
    shutil.copytree(trained_home.path, path, ignore=shutil.ignore_patterns("serving.db*"))
    return Home(path)


@pytest.fixture(scope="module")
def client(home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home_path=home.path, today=END))) as client:
        yield client


def test_models_show_the_held_out_figures_of_the_api(client: TestClient) -> None:
    champion = client.get("/v1/models").json()[0]
    page = client.get("/models").text
    low, high = champion["metrics"]["interval"]["auc"]
    assert (
        f'<td>AUC</td><td class="n">{champion["metrics"]["test"]["auc"]:.3f}</td><td class="n">{low:.3f} to {high:.3f}</td>'
        in page
    )
    assert set(champion["metrics"]["months"]) <= set(re.findall(r'<th scope="row">([^<]+)</th>', page))
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)


def test_drift_is_that_of_the_last_monitor(client: TestClient, home: Home) -> None:
    home.last_monitor.unlink(missing_ok=True)
    assert "has not run yet" in client.get("/models").text
    home.last_monitor.parent.mkdir(parents=True, exist_ok=True)
    home.last_monitor.write_text(json.dumps({"ran_at": "2025-07-01T00:00:00+00:00", "reports": [REPORT]}))
    page = client.get("/models").text
    for text in ("Retraining does not pay yet.", "0.125", "1.062", "0.900 to 1.250", "1,234", ">321<"):
        assert text in page


def test_calibration_tells_what_was_said_beside_what_came() -> None:
    figures = {"row_count": 40, "mean_probability": 0.2, "base_rate": 0.1, "interval": {"base_rate": [0.05, 0.15]}}
    found = calibration({"months": {"2025-01": figures, "2025-02": {**figures, "interval": {}}}}, "months")
    assert found[0] == Segment(label="2025-01", row_count=40, predicted=0.2, observed=0.1, low=0.05, high=0.15)
    assert [one.is_inside for one in found] == [False, None]
