"""Owns `denials audit`: who saw or changed which claim, and whether the trail is what was written."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.options import Json
from cli.security import opened_security

if TYPE_CHECKING:
    from serving.security.audit import Anchor

app = typer.Typer(help="Ask the audit trail and verify it.", no_args_is_help=True)


@app.command()
def verify(
    context: typer.Context,
    anchor: Annotated[
        list[str] | None,
        typer.Option("--anchor", help="NUMBER:SEAL of an earlier run, kept elsewhere; may be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Check every seal of the trail and that it reaches its anchors. Exit code 2 names the first event at fault.

    Keep the printed anchor outside this machine: it proves later that nothing before it was cut off or written anew.

    Example: `denials audit verify` or `denials audit verify --anchor 1834:9f2c…`
    """
    with opened_security(context) as security:
        end = security.audit_store.verify(*(_anchor(text) for text in anchor or ()))
    output.summary({"events": end.number, "whole": True, "anchor": str(end)}, json=json)


@app.command()
def show(
    context: typer.Context,
    claim: Annotated[str | None, typer.Option("--claim", help="Who saw or changed this claim: its number (CLM01).")] = None,
    by: Annotated[str | None, typer.Option("--by", help="What this account did.")] = None,
    since: Annotated[datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="From this day on (UTC).")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the latest.")] = 1000,
    json: Json = False,
) -> None:
    """List events: when, who, how known, from where, which call, with what answer. The asking is an event, too.

    Example: `denials audit show --claim PCN00012` or `denials audit show --by ann --since 2026-11-01 --json`
    """
    with opened_security(context) as security:
        begin = since.replace(tzinfo=UTC) if since else None
        found = security.audit_store.events(claim_id=claim, actor=by, since=begin, limit=limit)
        asked = [claim] if claim else []
        security.record_command("denials audit show", touching="seen", claim_ids=asked, now=datetime.now(UTC))
    columns = ("number", "at", "actor", "means", "credential", "call", "touching", "status", "peer", "claims", "detail")
    rows = [
        (
            event.number, event.at.isoformat(timespec="seconds"), event.actor, event.means, event.credential, event.call,
            event.touching, event.status, event.peer, len(event.claims.split()), event.detail,
        )
        for event in found
    ]  # fmt: skip
    output.table("Audit trail", columns, rows, json=json)


def _anchor(text: str) -> "Anchor":
    from serving.errors import RefusedInput
    from serving.security.audit import Anchor

    number, _, seal = text.partition(":")
    if not number.isdecimal() or not seal:
        raise RefusedInput("--anchor: expected NUMBER:SEAL as `denials audit verify` prints it, got another")
    return Anchor(number=int(number), seal=seal)
