"""A real service with authentication on, and callers of it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from claims.home import Home
from serving.app import create_app
from serving.security.roles import Role
from serving.security.security import Security
from serving.settings import Settings
from tests.conftest import END

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def own_home(home: Home, folder: Path) -> Path:
    """Make a home with database, secrets and audit trail of its own around the history and models of another."""
    own = folder / "home"
    if not own.exists():
        shutil.copytree(home.secrets, own / "secrets")
        (own / "secrets" / "audit.anchor").unlink(missing_ok=True)
        for name in ("history", "models", "mlflow.db", "mlartifacts"):
            (own / name).symlink_to(home.path / name)
    return own


def settings_of(home: Home, folder: Path, **changes: object) -> Settings:
    values: dict[str, object] = {
        "home_path": own_home(home, folder),
        "today": END,
        "authentication": "on",
    }
    return Settings(**(values | changes))  # type: ignore[arg-type]


@contextmanager
def service(home: Home, folder: Path, **changes: object) -> Iterator[FastAPI]:
    """Run a service on a database of its own."""
    app = create_app(settings_of(home, folder, **changes))
    with TestClient(app):
        yield app


def security_of(app: FastAPI) -> Security:
    found: Security = app.state.security
    return found


def key_for(app: FastAPI, name: str, *roles: Role, **changes: object) -> str:
    """Add an account and give its key."""
    accounts = security_of(app).accounts
    return accounts.add(name, frozenset(roles), now=datetime.now(UTC), lifetime=timedelta(days=1), **changes).text  # type: ignore[arg-type]


def caller(app: FastAPI, key: str | None = None) -> TestClient:
    """Give a client that shows a key; it keeps cookies of its own."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return TestClient(app, headers=headers, raise_server_exceptions=False, follow_redirects=False)
