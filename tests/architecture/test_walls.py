"""The walls that import-linter cannot see: who may name the answer key, the web framework, SQL and MLflow."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT_ROOMS = ("claims", "features", "models", "training", "serving")


def _sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def _imports(path: Path) -> set[str]:
    pattern = re.compile(r"^\s*(?:from|import)\s+([\w.]+)", re.MULTILINE)
    return set(pattern.findall(path.read_text(encoding="utf-8")))


def _violations(
    rooms: tuple[str, ...], package: str, *, allowed: tuple[str, ...] = (), harmless: frozenset[str] = frozenset()
) -> list[str]:
    found = []
    for room in rooms:
        for path in _sources(room):
            where = path.relative_to(ROOT).as_posix()
            if where.startswith(allowed):
                continue
            if any(name == package or name.startswith(package + ".") for name in _imports(path) - harmless):
                found.append(where)
    return found


def test_sources_are_found_in_every_room() -> None:
    assert all(_sources(room) for room in PRODUCT_ROOMS)


def test_product_rooms_never_import_the_simulator() -> None:
    assert _violations(PRODUCT_ROOMS, "simulator") == []


def test_fastapi_stays_in_the_http_edge() -> None:
    allowed = ("serving/api/", "serving/dashboard/", "serving/app.py")
    assert _violations(PRODUCT_ROOMS, "fastapi", allowed=allowed) == []


def test_mlflow_stays_in_training_and_the_bundle_loader() -> None:
    assert _violations(("claims", "features", "models", "serving"), "mlflow", allowed=("serving/bundles.py",)) == []


def test_sql_stays_in_the_stores() -> None:
    """Elsewhere SQLAlchemy's errors may be named: what to answer when the database is away."""
    stores = ("serving/database/", "serving/work_queue/", "serving/security/", "serving/webhooks/", "serving/alerts/")
    assert _violations(PRODUCT_ROOMS, "sqlalchemy", allowed=stores, harmless=frozenset({"sqlalchemy.exc"})) == []


def test_pickle_is_imported_nowhere() -> None:
    for package in ("pickle", "cloudpickle", "joblib", "dill"):
        assert _violations((*PRODUCT_ROOMS, "simulator", "cli"), package) == []


@pytest.mark.parametrize("room", ["features", "models", "serving"])
def test_rooms_that_score_never_name_the_answer_key(room: str) -> None:
    named = [p.name for p in _sources(room) if re.search(r"[\"'/]truth[\"'/]", p.read_text(encoding="utf-8"))]
    assert named == []
