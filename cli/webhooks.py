"""Owns `denials webhooks`: who is told of risky scores and near deadlines, and what became of each delivery."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.options import WRONG_USE, Json
from cli.security import opened_security

if TYPE_CHECKING:
    from serving.security.security import Security
    from serving.settings import Settings
    from serving.webhooks.store import WebhookStore

app = typer.Typer(help="Register receivers of risky scores and near deadlines; see and repeat deliveries.", no_args_is_help=True)

Events = Annotated[list[str] | None, typer.Option("--event", help="high_risk_score or deadline; several times for both [both].")]


@contextmanager
def _opened(context: typer.Context) -> Iterator[tuple["WebhookStore", "Settings", "Security"]]:
    from cli.options import failing_clearly, settings_of
    from serving.database.connection import open_database
    from serving.webhooks.store import WebhookStore

    with failing_clearly(), opened_security(context) as security:
        settings = settings_of(context)
        database = open_database(settings.home.database_url)
        try:
            yield WebhookStore(database), settings, security
        finally:
            database.dispose()


@app.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="https address of the receiver.")],
    event: Events = None,
    json: Json = False,
) -> None:
    """Register a receiver and print the secret that signs its deliveries, once.

    Example: `denials webhooks add https://claims.example.org/denials --event high_risk_score`
    """
    from serving.security.service_key import ServiceKey
    from serving.webhooks.destination import check_url
    from serving.webhooks.signature import secret_of
    from serving.webhooks.store import Event

    unknown = sorted(set(event or []) - set(Event))
    if unknown:
        output.fail(f"--event: expected {' or '.join(Event)}, got {', '.join(unknown)}")
        raise typer.Exit(WRONG_USE)
    with _opened(context) as (store, settings, security):
        check_url(url, is_loopback_allowed=settings.webhook_loopback)
        made = store.add(url, [Event(word) for word in event or list(Event)], by="command", now=datetime.now(UTC))
        secret = secret_of(made.id, ServiceKey.load(settings.home.service_key))
        security.record_command("denials webhooks add", touching="none", detail=f"webhook {made.id}", now=datetime.now(UTC))
    output.summary({"id": made.id, "url": made.url, "events": " ".join(made.events), "secret": secret}, json=json)


@app.command("list")
def list_webhooks(context: typer.Context, json: Json = False) -> None:
    """List receivers in use.

    Example: `denials webhooks list`
    """
    with _opened(context) as (store, _, _):
        rows = [(one.id, one.url, " ".join(one.events), one.created_at, one.created_by) for one in store.webhooks()]
    output.table("Webhooks", ("id", "url", "events", "created_at", "created_by"), rows, json=json)


@app.command()
def remove(context: typer.Context, webhook_id: Annotated[str, typer.Argument(help="Its id.")], json: Json = False) -> None:
    """Tell a receiver nothing any more.

    Example: `denials webhooks remove 0f3a…`
    """
    with _opened(context) as (store, _, security):
        store.remove(webhook_id, now=datetime.now(UTC))
        security.record_command("denials webhooks remove", touching="none", detail=f"webhook {webhook_id}", now=datetime.now(UTC))
    output.summary({"removed": webhook_id}, json=json)


@app.command()
def deliveries(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The newest so many.")] = 50,
    json: Json = False,
) -> None:
    """List what was told, or waits to be, newest first; `due_at` empty and no `delivered_at` = given up.

    Example: `denials webhooks deliveries --limit 20`
    """
    columns = ("id", "webhook_id", "event", "created_at", "attempts", "due_at", "delivered_at", "trouble")
    with _opened(context) as (store, _, _):
        rows = [tuple(getattr(one, name) for name in columns) for one in store.deliveries(limit=limit)]
    output.table("Deliveries", columns, [tuple("" if cell is None else cell for cell in row) for row in rows], json=json)


@app.command()
def replay(context: typer.Context, delivery_id: Annotated[str, typer.Argument(help="Its id.")], json: Json = False) -> None:
    """Send a delivery again, with the same id; a running service does it.

    Example: `denials webhooks replay 0f3a…`
    """
    with _opened(context) as (store, _, _):
        store.replay(delivery_id, now=datetime.now(UTC))
    output.summary({"replayed": delivery_id}, json=json)
