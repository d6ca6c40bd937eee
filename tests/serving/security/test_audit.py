"""The trail against whoever changes it, on every database."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError, OperationalError

from serving.database.append_only import make_append_only, make_changeable
from serving.security.anchor_file import UnreadableAnchor, read_anchor
from serving.security.audit import Anchor, AuditEvent
from serving.security.audit_store import AuditStore, BrokenTrail
from serving.security.audit_writer import MOST_WAITING, AuditWriter
from serving.security.service_key import ServiceKey
from tests.serving.security.services import NOW

SERVICE_KEY = ServiceKey(b"k" * 32)


def event(actor: str = "ann", *claims: str, minute: int = 0) -> AuditEvent:
    return AuditEvent(
        at=NOW + timedelta(minutes=minute), actor=actor, means="key", credential="0123456789ab", call="GET /v1/queue/{id}",
        touching="seen", status=200, peer="192.0.2.1", claim_ids=claims,
    )  # fmt: skip


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> AuditStore:
    return AuditStore(engine, SERVICE_KEY, tmp_path / "audit.anchor")


@pytest.fixture
def trail(store: AuditStore) -> AuditStore:
    """Give a trail of six events, written in two goes."""
    store.append([event("ann", "C1", minute=1), event("bob", "C1", "C2", minute=2), event("ann", minute=3)])
    store.append([event("eve", "C3", minute=4), event("eve", "C1", minute=5), event("bob", "C2", minute=6)])
    return store


def by_hand(engine: Engine, change: Callable[[Connection], object]) -> None:
    """Change the table as somebody does who owns the database."""
    with engine.begin() as connection:
        make_changeable(connection, "audit_events")
        change(connection)
        make_append_only(connection, "audit_events")


def sql(*statements: str) -> Callable[[Connection], object]:
    return lambda connection: [connection.execute(text(statement)) for statement in statements]


def test_whole_trail_verifies_and_gives_its_end(trail: AuditStore) -> None:
    end = trail.verify()
    assert end.number == 6
    assert end == trail.end()
    assert trail.verify(end) == end


def test_auditor_finds_who_saw_a_claim(trail: AuditStore) -> None:
    assert [found.actor for found in trail.events(claim_id="C1")] == ["ann", "bob", "eve"]
    assert [found.number for found in trail.events(actor="bob", since=NOW + timedelta(minutes=3))] == [6]
    assert [found.number for found in trail.events(limit=2)] == [5, 6]


def test_trail_names_no_claim(trail: AuditStore, engine: Engine) -> None:
    trail.append([event("ann", "CANARY-CLAIM")])
    with engine.connect() as connection:
        assert "CANARY-CLAIM" not in str(connection.execute(text("SELECT * FROM audit_events")).all())


@pytest.mark.parametrize("statement", ["UPDATE audit_events SET actor = 'bob'", "DELETE FROM audit_events"])
def test_database_refuses_changes(trail: AuditStore, engine: Engine, statement: str) -> None:
    with pytest.raises(DatabaseError), engine.begin() as connection:
        connection.execute(text(statement))
    assert trail.verify().number == 6


@pytest.mark.parametrize(
    ("statements", "number"),
    [
        (["UPDATE audit_events SET actor = 'nobody' WHERE number = 3"], 3),
        (["UPDATE audit_events SET claims = '' WHERE number = 2"], 2),
        (["UPDATE audit_events SET status = 403 WHERE number = 6"], 6),
        (["UPDATE audit_events SET at = '2026-03-01 09:01:00.000001' WHERE number = 1"], 1),
        (["DELETE FROM audit_events WHERE number = 4"], 4),
        (["DELETE FROM audit_events WHERE number = 1"], 1),
        (["DELETE FROM audit_events WHERE number = 4", "UPDATE audit_events SET number = number - 1 WHERE number > 4"], 4),
        (
            [
                "UPDATE audit_events SET number = 100 WHERE number = 2",
                "UPDATE audit_events SET number = 2 WHERE number = 3",
                "UPDATE audit_events SET number = 3 WHERE number = 100",
            ],
            2,
        ),
        (["DELETE FROM audit_events WHERE number > 4"], 5),
        (["DELETE FROM audit_events"], 1),
    ],
    ids=["actor", "claims", "status", "time", "hole", "first", "closed hole", "reordered", "tail", "all"],
)
def test_first_event_at_fault_is_named(trail: AuditStore, engine: Engine, statements: list[str], number: int) -> None:
    by_hand(engine, sql(*statements))
    with pytest.raises(BrokenTrail) as found:
        trail.verify()
    assert found.value.number == number


def test_event_sealed_under_another_key_is_found(trail: AuditStore, engine: Engine, tmp_path: Path) -> None:
    AuditStore(engine, ServiceKey(b"another".ljust(32)), tmp_path / "other.anchor").append([event("eve")])
    with pytest.raises(BrokenTrail, match="event 7"):
        trail.verify()


def test_trail_cut_and_grown_again_is_found_by_an_anchor_kept_elsewhere(
    trail: AuditStore, engine: Engine, tmp_path: Path
) -> None:
    kept = trail.end()
    by_hand(engine, sql("DELETE FROM audit_events WHERE number > 4"))
    (tmp_path / "audit.anchor").unlink()  # whoever owns the machine can do that, too
    trail.append([event("bob"), event("bob"), event("bob")])
    assert trail.verify().number == 7
    with pytest.raises(BrokenTrail, match="event 6"):
        trail.verify(kept)


def test_anchor_never_moves_back_and_a_changed_one_is_said(trail: AuditStore, tmp_path: Path) -> None:
    from serving.security.anchor_file import move_anchor

    path = tmp_path / "audit.anchor"
    move_anchor(path, Anchor(number=2, seal="x"))
    standing = read_anchor(path)
    assert standing is not None
    assert standing.number == 6
    path.write_text("{}")
    trail.append([event()])
    with pytest.raises(UnreadableAnchor):
        trail.verify()


def test_two_services_write_one_chain(engine: Engine, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    stores = [AuditStore(engine, SERVICE_KEY, tmp_path / f"{at}.anchor") for at in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda at: stores[at % 2].append([event(f"s{at}")] * 3), range(12)))
    assert [store.verify().number for store in stores] == [36, 36]


def test_writer_writes_behind_and_empties_itself_at_the_end(store: AuditStore) -> None:
    writer = AuditWriter(store)
    for at in range(2_500):
        writer.record(event("ann", f"C{at}"))
    writer.close()
    assert store.verify().number == 2_500
    assert writer.has_room


class Away(AuditStore):
    """A database that is not there, until it is."""

    is_away = True

    def append(self, events: Sequence[AuditEvent]) -> Anchor | None:
        if self.is_away:
            raise OperationalError("x", {}, Exception("away"))
        return super().append(events)


def test_events_wait_while_the_database_is_away_and_then_no_more_are_taken(engine: Engine, tmp_path: Path) -> None:
    store = Away(engine, SERVICE_KEY, tmp_path / "audit.anchor")
    writer = AuditWriter(store)
    writer.record(event("ann", *["C"] * MOST_WAITING))
    assert not writer.has_room
    with pytest.raises(OperationalError):
        writer.flush()
    store.is_away = False
    writer.close()
    assert store.verify().number == 1
