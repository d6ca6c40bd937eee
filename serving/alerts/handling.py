"""Owns what people do about alerts: who saw to one, whose it is, what was noted. Alerts themselves follow from the history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, RowMapping, insert, select
from sqlalchemy.exc import IntegrityError

from serving.alerts.tables import alert_touches
from serving.database.connection import writing
from serving.errors import VersionConflict


@dataclass(frozen=True, kw_only=True)
class AlertTouch:
    """One thing done, with how the alert stood after it."""

    touched_at: datetime
    touched_by: str
    is_acknowledged: bool
    assigned_to: str | None
    note: str | None


@dataclass(frozen=True, kw_only=True)
class Handling:
    """All that was done about one alert, oldest first. Without a touch it is open and nobody's, at version 0."""

    touches: tuple[AlertTouch, ...] = ()

    @property
    def version(self) -> int:
        """Give what a change must name."""
        return len(self.touches)

    @property
    def is_acknowledged(self) -> bool:
        """Tell whether somebody saw to it."""
        return bool(self.touches) and self.touches[-1].is_acknowledged

    @property
    def assigned_to(self) -> str | None:
        """Name whose it is; `None` = nobody's."""
        return self.touches[-1].assigned_to if self.touches else None


UNTOUCHED = Handling()


@dataclass(frozen=True, kw_only=True)
class AlertChange:
    """What somebody does. `None` leaves as it is; an empty `assigned_to` gives the alert back to nobody."""

    is_acknowledged: bool | None = None
    assigned_to: str | None = None
    note: str | None = None


class AlertStore:
    """The handling of alerts in one database. Safe to share between threads and services."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, alert_ids: Iterable[str]) -> Mapping[str, Handling]:
        """Read what was done about these alerts; one that nobody touched is left out."""
        query = select(alert_touches).where(alert_touches.c.alert_id.in_(sorted(set(alert_ids))))
        found: dict[str, list[AlertTouch]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query.order_by(alert_touches.c.alert_id, alert_touches.c.version)).mappings():
                found.setdefault(row["alert_id"], []).append(_touch(row))
        return {alert_id: Handling(touches=tuple(touches)) for alert_id, touches in found.items()}

    def change(self, alert_id: str, change: AlertChange, *, version: int, by: str, now: datetime) -> Handling:
        """Write what somebody did. Raises: VersionConflict, if somebody else was quicker."""
        before = self.read([alert_id]).get(alert_id, UNTOUCHED)
        if before.version != version:
            raise VersionConflict(expected=before.version, got=version)
        touch = AlertTouch(
            touched_at=now,
            touched_by=by,
            is_acknowledged=before.is_acknowledged if change.is_acknowledged is None else change.is_acknowledged,
            assigned_to=before.assigned_to if change.assigned_to is None else change.assigned_to or None,
            note=change.note,
        )
        try:
            with writing(self._engine).begin() as connection:
                connection.execute(insert(alert_touches).values(alert_id=alert_id, version=version + 1, **vars(touch)))
        except IntegrityError:
            raise VersionConflict(expected=version + 1, got=version) from None
        return Handling(touches=(*before.touches, touch))


def _touch(row: RowMapping) -> AlertTouch:
    return AlertTouch(**{name: row[name] for name in AlertTouch.__dataclass_fields__})
