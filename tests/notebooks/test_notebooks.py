import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from claims.home import Home

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|Users|root|work|tmp|var|opt)/|[A-Za-z]:\\\\")


@pytest.fixture(scope="module")
def copied_home(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the shared home, for the notebooks that train write into theirs."""
    home = Path(shutil.copytree(trained_home.path, tmp_path_factory.mktemp("notebooks") / "home"))
    _move_artifacts(home / "mlflow.db", old=str(trained_home.path), new=str(home))
    return home


def _move_artifacts(database: Path, *, old: str, new: str) -> None:
    """Let a copied MLflow database name the artifacts beside it: it keeps absolute addresses."""
    with closing(sqlite3.connect(database)) as connection, connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for column in [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]:
                if column in ("artifact_location", "artifact_uri", "source", "storage_location"):
                    connection.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (old, new))  # noqa: S608


def _cells(path: Path) -> list[Any]:
    return list(nbformat.read(path, as_version=4).cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_top_to_bottom(path: Path, copied_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENIALS_HOME", str(copied_home))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_without_outputs(path: Path) -> None:
    code = [cell for cell in _cells(path) if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[] for _ in code]
    assert {cell.execution_count for cell in code} == {None}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_names_no_path_of_a_machine(path: Path) -> None:
    assert not MACHINE_PATH.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_data_path_comes_from_one_cell(path: Path) -> None:
    assert sum("DENIALS_HOME" in cell.source for cell in _cells(path) if cell.cell_type == "code") == 1


def test_the_pattern_of_machine_paths_finds_one() -> None:
    assert MACHINE_PATH.search('Home(Path("/home/" "someone/denials-home"))')
