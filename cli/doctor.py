"""Owns `denials doctor`: what an installation needs, how each part stands, and what to do."""

from datetime import UTC, datetime
from json import dumps

import typer
from rich.console import Console

from cli import output
from cli.options import REFUSED_IN_PART, Json, failing_clearly, settings_of

_COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(context: typer.Context, json: Json = False) -> None:
    """Check the installation: Python, packages, home, history, models, MLflow, database, port, memory and disk.

    Each part is ok, warn or fail, with what to do. Exit code 1 when a part fails. Nothing is changed.

    Example: `denials doctor` or `denials --home /var/lib/denials doctor --json`
    """
    from serving.doctor.examine import examine
    from serving.doctor.finding import State, worst

    findings = []
    with failing_clearly():
        settings = settings_of(context)
        with output.status("looking") as say:
            for finding in examine(settings, now=datetime.now(UTC)):
                say(finding.part)
                findings.append(finding)
    if json:
        typer.echo(dumps([vars(finding) for finding in findings]))
    else:
        console = Console(soft_wrap=True, highlight=False)
        width = max(len(finding.part) for finding in findings)
        for finding in findings:
            console.print(f"{finding.state:<5}", style=_COLORS[finding.state], end="")
            console.print(f"{finding.part:<{width}}  {finding.seen}", markup=False)
            if finding.remedy:
                console.print(f"     {'':<{width}}  -> {finding.remedy}", markup=False)
    if worst(findings) is State.FAIL:
        raise typer.Exit(REFUSED_IN_PART)
