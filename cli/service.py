"""Owns `denials serve`: where it may bind, and the server process."""

import ipaddress
import os

import uvicorn

from serving.errors import RefusedInput
from serving.settings import Settings


def run_service(settings: Settings, *, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve until stopped. Raises: RefusedInput for an address that others can reach: no caller is asked for a key yet."""
    bind = host or settings.host
    if not _is_loopback(bind):
        raise RefusedInput(
            f"--host {bind}: expected an address of this machine alone (127.0.0.1), got another; "
            "put a proxy that asks for a key in front"
        )
    # Workers are processes of their own: they read the same settings from the environment.
    os.environ["DENIALS_HOME"] = str(settings.home_path)
    uvicorn.run(
        "serving.app:create_app",
        factory=True,
        host=bind,
        port=port or settings.port,
        workers=workers or settings.workers,
        log_level="info",
        access_log=False,
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
