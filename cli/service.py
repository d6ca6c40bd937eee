"""Owns `denials serve`: where it may bind, the first key, and the server process."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from cli import output
from serving.collecting import settle
from serving.connections import BoundedConnection
from serving.database.connection import open_database
from serving.observability.logs import logging_config
from serving.security.binding import check_bind, is_loopback
from serving.security.encryption import check_encryption
from serving.security.first_key import announce_first_key, make_first_key
from serving.security.security import Security
from serving.settings import Settings

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"  # read by the library of the metrics when a worker imports it


def run_service(
    settings: Settings, *, host: str | None, port: int | None, workers: int | None, tls_cert: Path | None, tls_key: Path | None
) -> None:
    """Serve until stopped. Raises: UnsafeBind, for an address that others can reach without protection."""
    bind = host or settings.host
    given = {name: value for name, value in (("tls_cert", tls_cert), ("tls_key", tls_key)) if value is not None}
    settings = settings.model_copy(update=given)
    check_bind(bind, settings)
    unencrypted = check_encryption(settings)
    # Workers are processes of their own: they read the same settings from the environment.
    os.environ["DENIALS_HOME"] = str(settings.home_path)
    for name, value in given.items():
        os.environ[f"DENIALS_{name.upper()}"] = str(value)
    if unencrypted and settings.authentication == "on":  # the demonstration's people are simulated
        output.warn(unencrypted)
    _greet(settings, bind)
    count = workers or settings.workers
    if count > 1:  # this process only watches its workers, for as long as they run
        settle()
    with _shared_metrics(count):
        uvicorn.run(
            "serving.app:create_app",
            factory=True,
            host=bind,
            port=port or settings.port,
            workers=count,
            http=BoundedConnection,
            log_config=logging_config(settings.log_level),
            access_log=False,
            server_header=False,
            proxy_headers=settings.behind_proxy,
            forwarded_allow_ips=settings.trusted_proxies,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
        )


@contextmanager
def _shared_metrics(workers: int) -> Iterator[None]:
    """Let several workers write their metrics where each can add them up; the folder goes with the service."""
    if workers == 1 or MULTIPROCESS in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="denials-metrics-") as folder:
        os.environ[MULTIPROCESS] = folder
        yield


def _greet(settings: Settings, bind: str) -> None:
    """Say what a newcomer must know: the first key, or that nobody is asked for one."""
    if settings.authentication == "off":
        output.warn("DENIALS_AUTHENTICATION=off: every program on this machine may call. For demonstrations only.")
        return
    if not is_loopback(bind) and settings.tls_cert is None:
        output.warn(f"Listening on {bind} without TLS: a proxy in front must end it, and nothing else may reach this port.")
    database = open_database(settings.home.database_url)
    try:
        key = make_first_key(Security(settings, database).accounts, now=datetime.now(UTC))
    finally:
        database.dispose()
    if key is not None:
        print(announce_first_key(key, secrets=settings.home.secrets, environment=os.environ), flush=True)
