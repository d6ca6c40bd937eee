"""Owns the commands that make and judge models: train, retrain, monitor, evaluate."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.options import REFUSED_IN_PART, WRONG_USE, Day, Json, as_date, failing_clearly, settings_of


def train(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="denial_risk, appeal_success or all.")] = "all",
    as_of: Day = None,
    spec: Annotated[
        Path | None, typer.Option("--spec", help="TOML of a model on a flat table, or a shipped one: imr, foreign_claims.")
    ] = None,
    table: Annotated[Path | None, typer.Option("--table", help="The flat table: CSV or Parquet.")] = None,
    tune: Annotated[int, typer.Option("--tune", min=0, help="Trials of a parameter search on the rolling folds; 0 = none.")] = 0,
    json: Json = False,
) -> None:
    """Train models on the history, record the runs in MLflow, and put a winner into service.

    The first version becomes champion; a later one only if it beats the champion on the same held-out rows. With --spec and
    --table, train on a table of your own instead: see docs/own_table.md.

    Example: `denials train all`, `denials train denial_risk --as-of 2026-01-01`, `denials train --spec my.toml --table my.csv`
    """
    from cli.training import train_models, train_table
    from serving.errors import RefusedInput

    with failing_clearly():
        if (spec is None) != (table is None):
            raise RefusedInput("train: expected --spec and --table together, got one of them")
        if spec is not None and table is not None:
            train_table(spec, table, settings=settings_of(context), trials=tune, json=json)
            return
        train_models(model, settings=settings_of(context), as_of=as_date(as_of), trials=tune, json=json)


def retrain(
    context: typer.Context,
    model: Annotated[str, typer.Option("--model", help="denial_risk, appeal_success or all.")] = "all",
    as_of: Day = None,
    json: Json = False,
) -> None:
    """Train challengers, judge them against the champions, and put winners into service, in one go.

    Exit code 0: promoted, or kept with a reason. 1: a model had too little data and others did not. 2: all had.

    Example: `denials retrain --json` or `denials retrain --model denial_risk`
    """
    from json import dumps

    from cli.training import NOT_TRAINED, retrain_models

    with failing_clearly():
        found = retrain_models(model, settings=settings_of(context), as_of=as_date(as_of))
    if json:
        typer.echo(dumps([each.facts() for each in found]))
    else:
        for each in found:
            output.summary({key: value for key, value in each.facts().items() if value}, json=False)
    failed = sum(each.outcome == NOT_TRAINED for each in found)
    if failed:
        raise typer.Exit(WRONG_USE if failed == len(found) else REFUSED_IN_PART)


def monitor(
    context: typer.Context,
    model: Annotated[str, typer.Option("--model", help="denial_risk, appeal_success or all.")] = "all",
    as_of: Day = None,
    json: Json = False,
) -> None:
    """Compare what came since training with what the champions promised, and say when retraining pays.

    Example: `denials monitor` or `denials monitor --model denial_risk --json`
    """
    from json import dumps

    from cli.monitoring import keep_reports, monitor_models, read_advice, show_advice, show_report

    with failing_clearly():
        settings = settings_of(context)
        reports = monitor_models(model, settings=settings, as_of=as_date(as_of))
        advice = read_advice(settings, as_of=as_date(as_of))
        keep_reports(reports, settings.home, now=datetime.now(UTC))
    if json:
        counts = [vars(one) for one in advice]
        typer.echo(dumps([report.to_json() | ({"advice": counts} if report.name == "denial_risk" else {}) for report in reports]))
    else:
        for report in reports:
            show_report(report)
        show_advice(advice)


def evaluate(
    context: typer.Context,
    truth: Annotated[Path | None, typer.Option("--truth", help="Answer key of a simulated world (its `truth` folder).")] = None,
    version: Annotated[str, typer.Option("--version", help="Registry version or alias.")] = "champion",
    json: Json = False,
) -> None:
    """Show what models measured on rows they had held out; with --truth, how far they are from the best possible.

    Example: `denials evaluate --truth demo/truth`
    """
    from json import dumps

    from training.evaluate import describe_evaluation
    from training.evaluate import evaluate as measure

    with failing_clearly():
        found = measure(settings_of(context).home, truth, which=version)
    typer.echo(dumps(found) if json else describe_evaluation(found))
