"""Owns the answer to "may requests come here?": each part that a request needs, looked at now, and what is merely degraded."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from deltalake.exceptions import DeltaError
from sqlalchemy.exc import SQLAlchemyError

from claims.history.ledger import UnknownVersion
from serving.bundles import POINTER, InstalledBundle
from serving.database.connection import applied_migration, newest_migration
from serving.state import IN_STEP, NOT_ASKED, ServiceState, Standing

OLD_HISTORY = timedelta(days=7)  # since the history in service was read


class Health(StrEnum):
    """READY: as it should be; DEGRADED: requests are answered, but somebody should look; FAILED: they are not."""

    READY = "ready"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was found of one part. `detail` names no claim and no person."""

    part: str
    health: Health
    detail: str


def look(state: ServiceState, *, now: datetime) -> tuple[Check, ...]:
    """Look at every part; takes milliseconds, more where a database or an object store does not answer."""
    serving = state.serving
    return (
        _model(state, serving.denial_risk),
        _appeal_model(state, serving.appeal_success),
        _history(state, now),
        _database(state),
        _work_queue(state),
        _score_log(state),
        _registry(state),
        _challenger(state),
    )


def worst(checks: tuple[Check, ...]) -> Health:
    """Give the health of the whole."""
    found = {check.health for check in checks}
    return next((health for health in (Health.FAILED, Health.DEGRADED) if health in found), Health.READY)


def _model(state: ServiceState, installed: InstalledBundle) -> Check:
    """Compare the verified bundle in memory with the one that the home names; another one waits for a reload."""
    name, version = installed.bundle.name, installed.bundle.version
    try:
        pointer = json.loads((state.settings.home.path / "models" / name / POINTER).read_text(encoding="utf-8"))
        named = str(pointer["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return Check(part=name, health=Health.DEGRADED, detail=f"{version} serves; its copy in the home cannot be read")
    if named != version:
        return Check(part=name, health=Health.DEGRADED, detail=f"{version} serves; {named} waits: POST /v1/models/reload")
    return Check(part=name, health=Health.READY, detail=f"{version}, verified")


def _appeal_model(state: ServiceState, installed: InstalledBundle | None) -> Check:
    if installed is None:
        return Check(part="appeal_success", health=Health.DEGRADED, detail="no champion; items carry the usual rates")
    return _model(state, installed)


def _history(state: ServiceState, now: datetime) -> Check:
    snapshot = state.snapshot
    served = snapshot.history.version
    try:
        ledger = state.store.ledger()
        ledger.at(served)
    except UnknownVersion:
        return Check(part="history", health=Health.DEGRADED, detail="gone or replaced; the one in memory serves")
    except (DeltaError, OSError) as error:
        detail = f"cannot be read ({type(error).__name__}); the one in memory serves"
        return Check(part="history", health=Health.DEGRADED, detail=detail)
    if ledger.version == served:
        return Check(part="history", health=Health.READY, detail="as in service")
    is_old = now - snapshot.read_at > OLD_HISTORY
    detail = f"grown since it was read on {snapshot.read_at:%Y-%m-%d}"
    return Check(part="history", health=Health.DEGRADED if is_old else Health.READY, detail=detail)


def _database(state: ServiceState) -> Check:
    try:
        applied, newest = applied_migration(state.database), newest_migration()
    except SQLAlchemyError as error:
        return Check(part="database", health=Health.FAILED, detail=f"does not answer ({type(error).__name__})")
    if applied != newest:
        return Check(part="database", health=Health.FAILED, detail=f"expected migration {newest}, got {applied}")
    return Check(part="database", health=Health.READY, detail=f"answers, migration {applied}")


def _work_queue(state: ServiceState) -> Check:
    standing = state.queue_standing
    health = Health.DEGRADED if standing is Standing.FAILED else Health.READY
    return Check(part="work_queue", health=health, detail=standing.value)


def _score_log(state: ServiceState) -> Check:
    dropped = state.recorder.dropped_count
    if dropped:
        return Check(part="score_log", health=Health.DEGRADED, detail=f"{dropped} scores could not be logged")
    return Check(part="score_log", health=Health.READY, detail="nothing dropped")


def _registry(state: ServiceState) -> Check:
    is_sound = state.registry in (IN_STEP, NOT_ASKED)
    return Check(part="registry", health=Health.READY if is_sound else Health.DEGRADED, detail=state.registry)


def _challenger(state: ServiceState) -> Check:
    """Say what is scored beside the champion; no request depends on it."""
    shadow = state.shadow
    if shadow.trouble:
        detail = f"{shadow.trouble}: " + ("the one before is scored" if shadow.challenger else "none is scored")
        return Check(part="challenger", health=Health.DEGRADED, detail=detail)
    if shadow.challenger is None:
        return Check(part="challenger", health=Health.READY, detail="none")
    how = "scored in shadow" if shadow.is_on else "not scored: turned off"
    return Check(part="challenger", health=Health.READY, detail=f"{shadow.challenger.bundle.version}, verified, {how}")
