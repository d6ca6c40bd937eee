"""Owns `denials users`: accounts, their keys, roles and passwords. A key is printed once, when it is made, and never again."""

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.options import Json
from cli.security import opened_security

if TYPE_CHECKING:
    from serving.security.roles import Role
    from serving.security.security import Security

app = typer.Typer(help="Add, list and revoke accounts, rotate their API keys, set their roles.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the person or system; it appears in the work queue and the audit trail.")]
Roles = Annotated[
    list[str] | None, typer.Option("--role", help="scorer, biller, manager, admin or auditor; several times for several.")
]
Days = Annotated[int | None, typer.Option("--days", min=1, help="Days until the key expires [365]; see --no-expiry.")]
NoExpiry = Annotated[bool, typer.Option("--no-expiry", help="The key holds until it is revoked.")]
Rate = Annotated[float | None, typer.Option("--rate", min=0, help="Most requests a second, per process; 0 = no limit.")]


@app.command()
def add(
    context: typer.Context,
    name: Name,
    role: Roles = None,
    days: Days = None,
    no_expiry: NoExpiry = False,
    rate: Rate = None,
    json: Json = False,
) -> None:
    """Add an account and print its first key.

    Example: `denials users add ann --role biller` or `denials users add claim-system --role scorer --rate 200`
    """
    from serving.security.accounts import check_account_name

    with opened_security(context) as security:
        check_account_name(name)
        key = security.accounts.add(
            name, _roles(role), now=datetime.now(UTC), lifetime=_lifetime(days, no_expiry=no_expiry), requests_per_second=rate
        )
        _record(security, "add", f"account {name}, key {key.id}, roles {_words(role)}")
    output.summary({"account": name, "key_id": key.id, "key": key.text}, json=json)


@app.command("list")
def list_users(context: typer.Context, json: Json = False) -> None:
    """List accounts with their keys; the keys themselves are kept nowhere.

    Example: `denials users list --json`
    """
    now = datetime.now(UTC)
    with opened_security(context) as security:
        found = security.accounts.list()
    columns = (
        "account",
        "roles",
        "state",
        "password",
        "requests_per_second",
        "key_id",
        "key_roles",
        "created",
        "expires",
        "key_state",
    )
    rows = [
        (
            account.name,
            " ".join(sorted(account.roles)),
            "revoked" if account.disabled_at else "in use",
            "yes" if account.has_password else "no",
            "" if account.requests_per_second is None else account.requests_per_second,
            key.id if key else "",
            " ".join(sorted(key.roles)) if key else "",
            f"{key.created_at:%Y-%m-%d %H:%M}" if key else "",
            f"{key.expires_at:%Y-%m-%d %H:%M}" if key and key.expires_at else "",
            ("valid" if key.is_valid(now) else "revoked" if key.revoked_at else "expired") if key else "",
        )
        for account in found
        for key in (account.keys or (None,))
    ]
    output.table("Accounts", columns, rows, json=json)


@app.command()
def rotate(
    context: typer.Context,
    name: Name,
    grace_hours: Annotated[float, typer.Option("--grace-hours", min=0, help="How long the older keys still hold.")] = 24.0,
    role: Roles = None,
    days: Days = None,
    no_expiry: NoExpiry = False,
    json: Json = False,
) -> None:
    """Print a new key; the account's older ones end after the grace. With --role the new key opens a part of the account's roles.

    Example: `denials users rotate claim-system --grace-hours 48`
    """
    with opened_security(context) as security:
        key = security.accounts.rotate(
            name,
            now=datetime.now(UTC),
            grace=timedelta(hours=grace_hours),
            lifetime=_lifetime(days, no_expiry=no_expiry),
            roles=_roles(role) if role else None,
        )
        _record(security, "rotate", f"account {name}, key {key.id}")
    output.summary({"account": name, "key_id": key.id, "key": key.text, "older_keys_end_in_hours": grace_hours}, json=json)


@app.command()
def revoke(
    context: typer.Context,
    name: Name,
    key: Annotated[str | None, typer.Option("--key", help="The one key to end; else the account with all its keys.")] = None,
    json: Json = False,
) -> None:
    """End a key, or an account with all its keys and sessions. A running service refuses them within seconds.

    Example: `denials users revoke ann` or `denials users revoke claim-system --key 0123456789ab`
    """
    with opened_security(context) as security:
        ended = security.accounts.revoke(name, now=datetime.now(UTC), key_id=key)
        _record(security, "revoke", f"account {name}, {'key ' + key if key else 'all keys'}")
    output.summary({"account": name, "ended_keys": ended}, json=json)


@app.command()
def roles(context: typer.Context, name: Name, role: Roles = None, rate: Rate = None, json: Json = False) -> None:
    """Set an account's roles, all of them; a revoked account lives again, its keys do not. With --rate, set how fast it may ask.

    Example: `denials users roles ann --role biller --role manager`
    """
    with opened_security(context) as security:
        if role or rate is None:
            security.accounts.set_roles(name, _roles(role))
        if rate is not None:
            security.accounts.set_rate(name, rate)
        _record(security, "roles", f"account {name}, roles {_words(role)}")
    facts = {"account": name, "roles": " ".join(role or ["unchanged"])} | ({} if rate is None else {"requests_per_second": rate})
    output.summary(facts, json=json)


@app.command()
def password(
    context: typer.Context,
    name: Name,
    remove: Annotated[bool, typer.Option("--remove", help="Take the password away.")] = False,
    json: Json = False,
) -> None:
    """Set the password for the page: asked for on a terminal, else the first line of standard input.

    Example: `denials users password ann`
    """
    from serving.security.passwords import hash_password

    with opened_security(context) as security:
        stored = None if remove else hash_password(_asked_password())
        security.accounts.set_password(name, stored)
        _record(security, "password", f"account {name}")
    output.summary({"account": name, "password": "removed" if remove else "set"}, json=json)


@app.command()
def calls(json: Json = False) -> None:
    """Show which role may make which call, as the service decides it; `--json` for machines, else a table in Markdown.

    Example: `denials users calls`
    """
    from json import dumps

    from serving.security.access import access_table

    table = access_table()
    if json:
        print(dumps([{"call": rule.call, "roles": sorted(rule.roles) if rule.roles else "anyone"} for rule in table.rules]))
    else:
        print(table.as_markdown(), end="")


def _record(security: "Security", command: str, detail: str) -> None:
    """Put a command that changed something into the audit trail."""
    security.record_command(f"denials users {command}", touching="none", detail=detail, now=datetime.now(UTC))


def _words(roles: list[str] | None) -> str:
    return " ".join(sorted(roles)) if roles else "unchanged"


def _roles(names: list[str] | None) -> "frozenset[Role]":
    from serving.security.roles import parse_roles

    return parse_roles(names or [])


def _lifetime(days: int | None, *, no_expiry: bool) -> timedelta | None:
    from serving.security.accounts import USUAL_DAYS

    return None if no_expiry else timedelta(days=days or USUAL_DAYS)


def _asked_password() -> str:
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\n")
