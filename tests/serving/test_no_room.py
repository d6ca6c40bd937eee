"""Where nothing can be written any more, the answer says so."""

import errno

import pytest
from deltalake.exceptions import DeltaError
from fastapi import FastAPI
from fastapi.testclient import TestClient

from serving.api.problems import add_problem_handlers

FULL = "Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28)"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 507),
        (OSError(errno.EDQUOT, "Quota exceeded"), 507),
        (DeltaError(FULL), 507),
        (DeltaError("Generic S3 error: connection refused"), 503),
        (OSError(errno.EACCES, "Permission denied"), 500),
    ],
)
def test_a_full_disk_is_told_from_a_history_that_is_away_and_from_a_fault(error: Exception, status: int) -> None:
    app = FastAPI()

    @app.get("/")
    def write() -> None:
        raise error

    add_problem_handlers(app)
    answer = TestClient(app, raise_server_exceptions=False).get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert "device" not in answer.text
