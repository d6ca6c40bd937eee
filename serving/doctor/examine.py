"""Owns which checks there are and in which order: from the ground up, so that the first failure is the one to mend first."""

from collections.abc import Iterator
from datetime import datetime

from serving.doctor import connections, home_checks, machine
from serving.doctor.finding import Finding, fail, ok, warn
from serving.security.binding import check_bind
from serving.security.errors import UnsafeBind
from serving.settings import Settings


def examine(settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Look at every part of an installation. Changes nothing; what does not answer is waited for a few seconds."""
    home = settings.home
    yield machine.check_python()
    yield machine.check_packages()
    yield machine.check_memory()
    yield machine.check_disk(home.path)
    yield home_checks.check_home(home)
    yield home_checks.check_permissions(home)
    yield home_checks.check_encrypted(settings)
    yield home_checks.check_history(settings)
    yield home_checks.check_own_files(home)
    for name in home_checks.MODELS:
        yield home_checks.check_model(home, name)
    yield home_checks.check_monitored(home, now=now)
    yield connections.check_registry(home)
    yield connections.check_database(home)
    yield _check_access(settings)
    yield machine.check_port(settings)


def _check_access(settings: Settings) -> Finding:
    """Check that `denials serve` would bind where it is told, and that callers must show who they are."""
    try:
        check_bind(settings.host, settings)
    except UnsafeBind as error:
        return fail("access", str(error), remedy="docs/security.md, TLS and proxies")
    if settings.authentication == "off":
        return warn("access", "every program on this machine may call", remedy="unset DENIALS_AUTHENTICATION for real claims")
    return ok("access", "keys and roles are asked for")
