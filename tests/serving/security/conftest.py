"""One service with authentication on for the tests that only ask it, and a key for each role."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from claims.home import Home
from serving.security.roles import Role
from tests.serving.security.services import key_for, service


@pytest.fixture(scope="package")
def app(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with service(trained_home, tmp_path_factory.mktemp("security")) as app:
        yield app


@pytest.fixture(scope="package")
def keys(app: FastAPI) -> dict[Role, str]:
    return {role: key_for(app, f"the {role.value}", role) for role in Role}
