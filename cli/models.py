"""Owns `denials models`: what is registered, what serves, and moving the champion."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.options import REFUSED_IN_PART, Json, failing_clearly, settings_of

if TYPE_CHECKING:
    from serving.settings import Settings
    from training.registry import ModelRegistry, RegisteredVersion

app = typer.Typer(help="List, show, compare, promote and roll back trained models.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="denial_risk or appeal_success.")]
Which = Annotated[str, typer.Option("--version", help="Registry version, or champion or challenger.")]


@app.command("list")
def list_models(context: typer.Context, json: Json = False) -> None:
    """List registered versions, newest first.

    Example: `denials models list`
    """
    with failing_clearly():
        versions = _registry(settings_of(context)).versions()
    columns = ("model", "version", "bundle", "aliases", "created_at", "gate")
    rows = [
        (v.name, v.version, v.bundle_version, " ".join(v.aliases), v.created_at.isoformat("T", "seconds"), v.tags.get("gate", ""))
        for v in versions
    ]
    output.table("Models", columns, rows, json=json)


@app.command()
def show(context: typer.Context, name: Name, version: Which = "champion", json: Json = False) -> None:
    """Show a version: what it was made from and how it measured.

    Example: `denials models show denial_risk`
    """
    with failing_clearly():
        registry = _registry(settings_of(context))
        found = registry.get(name, version)
        figures = registry.metrics(name, version)
    output.summary({"model": name, "version": found.version, "run": found.run_id, **found.tags, **figures}, json=json)


@app.command()
def compare(
    context: typer.Context,
    name: Name,
    first: Annotated[str, typer.Option("--first", help="Version or alias.")] = "champion",
    second: Annotated[str, typer.Option("--second", help="Version or alias.")] = "challenger",
    live: Annotated[bool, typer.Option("--live", help="On outcomes of claims that both scored in service.")] = False,
    json: Json = False,
) -> None:
    """Put the held-out figures of two versions side by side, or with --live how they did in service.

    Example: `denials models compare denial_risk --live`
    """
    if live:
        from cli.shadowed import compare_in_service, keep_comparison, show_comparison

        with failing_clearly():
            found = compare_in_service(settings_of(context), name, first=first, second=second, as_of=None)
            keep_comparison(found, settings_of(context).home, now=datetime.now(UTC))
        show_comparison(found, json=json)
        return
    with failing_clearly():
        rows = _registry(settings_of(context)).compare(name, first, second)
    output.table(f"{name}: {first} against {second}", ("figure", first, second), rows, json=json)


@app.command()
def promote(
    context: typer.Context,
    name: Name,
    version: Which = "challenger",
    force: Annotated[bool, typer.Option("--force", help="Promote against the gate; needs --reason.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why the gate is overruled; kept with the version.")] = "",
    json: Json = False,
) -> None:
    """Make a version the champion if the gate lets it pass, and put it into service. Exit code 1: kept out.

    Example: `denials models promote denial_risk --version 3`
    """
    from training.promotion import promote_through_gate

    with failing_clearly():
        settings = settings_of(context)
        registry = _registry(settings)
        found = promote_through_gate(
            registry, settings.home, name, version, now=datetime.now(UTC), force=force, force_reason=reason
        )
        if found.is_champion:
            _install(settings, registry, registry.get(name))
    output.summary(
        {
            "model": name,
            "version": found.version,
            "champion": "yes" if found.is_champion else "no",
            "gate": found.verdict.reason,
            **({"overruled": reason} if found.is_forced else {}),
        },
        json=json,
    )
    if not found.is_champion:
        output.warn("kept out by the gate; overrule it with --force --reason")
        raise typer.Exit(REFUSED_IN_PART)


@app.command()
def rollback(context: typer.Context, name: Name, json: Json = False) -> None:
    """Give the champion's place back to the one before it, and put that into service.

    Example: `denials models rollback denial_risk`
    """
    with failing_clearly():
        settings = settings_of(context)
        registry = _registry(settings)
        champion = registry.rollback(name, now=datetime.now(UTC))
        _install(settings, registry, champion)
    output.summary({"champion": champion.name, "version": champion.version, "bundle": champion.bundle_version}, json=json)


def _registry(settings: "Settings") -> "ModelRegistry":
    from training.registry import ModelRegistry

    return ModelRegistry(settings.home)


def _install(settings: "Settings", registry: "ModelRegistry", champion: "RegisteredVersion") -> None:
    from serving.bundles import install_champion

    folder = registry.bundle_dir(champion.name, champion.version)
    install_champion(settings.home, champion.name, folder, registry_version=champion.version)
