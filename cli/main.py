"""Owns the `denials` command: options, words and exit codes. 0 done, 1 input refused in part, 2 wrong use.

Thin: every command calls a room. Imports that cost time stand inside the commands, so that `--help` answers at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import audit, models, output, retention, rules, users
from cli.security import record_seen
from serving.work_queue.statuses import Status
from serving.work_queue.work_item import Kind, Urgency

if TYPE_CHECKING:
    from serving.settings import Settings

REFUSED_IN_PART, WRONG_USE = 1, 2

app = typer.Typer(
    help="Which claims a payer will deny, why, and which denials to work first.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.add_typer(models.app, name="models")
app.add_typer(users.app, name="users")
app.add_typer(rules.app, name="rules")
app.add_typer(audit.app, name="audit")
app.add_typer(retention.app, name="retention")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Day = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="See only what was known before this day.")]


@app.callback()
def common(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", envvar="DENIALS_HOME", help="Folder of the practice's data [./denials-home].")
    ] = None,
) -> None:
    """Keep the home for the command that follows."""
    context.obj = home


def settings_of(context: typer.Context) -> "Settings":
    """Read the settings, the home from --home where given."""
    from serving.settings import Settings

    return Settings() if context.obj is None else Settings(home_path=context.obj)


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn the errors that a user can act on into one line and exit code 2."""
    from claims.errors import ClaimsError
    from features.registry import FeatureError
    from models.errors import ModelError
    from serving.errors import ServingError
    from training.errors import TrainingError

    try:
        yield
    except (ClaimsError, FeatureError, ModelError, ServingError, TrainingError) as error:
        output.fail(str(error))
        raise typer.Exit(WRONG_USE) from None


def as_date(day: datetime | None) -> date | None:
    """Take the day of an option."""
    return None if day is None else day.date()


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", help="New or empty folder for the files.")],
    claims: Annotated[int, typer.Option("--claims", min=100, help="Claims to submit.")] = 12_000,
    months: Annotated[int, typer.Option("--months", min=3, help="Span of the practice's history.")] = 18,
    seed: Annotated[int, typer.Option("--seed", help="Same arguments, same bytes.")] = 1,
    start: Annotated[datetime, typer.Option("--start", formats=["%Y-%m-%d"], help="First day.")] = datetime(2024, 1, 1),  # noqa: DTZ001  a calendar day
    json: Json = False,
) -> None:
    """Play a practice and its payers and write what the outside world would send: X12 and CSV files.

    Example: `denials simulate --out demo --claims 12000 --months 18 --seed 1`
    """
    from simulator import simulate as play

    with failing_clearly(), output.progress("simulating") as advance:
        try:
            summary = play(out, claims=claims, months=months, seed=seed, start=start.date(), progress=advance)
        except ValueError as error:
            output.fail(str(error))
            raise typer.Exit(WRONG_USE) from None
    output.summary(
        {
            "out": str(out),
            "files": summary.file_count,
            "submissions": summary.submission_count,
            "denied": summary.denied_count,
            "payers": summary.payer_count,
            "providers": summary.provider_count,
            "first_on": summary.first_on.isoformat(),
            "last_on": summary.last_on.isoformat(),
        },
        json=json,
    )


@app.command()
def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files or folders: 837, 835, 277CA, 999, CSV; .gz and .zip too.")],
    json: Json = False,
) -> None:
    """Bring files into the history. The kind is recognised by content; the same file twice changes nothing.

    Example: `denials ingest demo/` or `denials ingest era_20260105.835.gz appeals.csv`
    """
    from datetime import UTC

    from claims.history.ingest import ingest_paths
    from cli.receipts import show_receipts

    with failing_clearly(), output.progress("ingesting") as advance:
        receipts = ingest_paths(paths, home=settings_of(context).home, now=datetime.now(UTC), progress=advance)
    show_receipts(receipts, json=json)
    if any(receipt.refused for receipt in receipts):
        raise typer.Exit(REFUSED_IN_PART)


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def score(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="837 files or folders (.gz and .zip too), or a claims CSV.")],
    out: Annotated[Path, typer.Option("--out", help="Where the scores go: .csv, .parquet or .jsonl.")],
    as_of: Day = None,
    model: Annotated[str, typer.Option("--model", help="denial_risk, or a model of a table of your own.")] = "denial_risk",
    pictures: Annotated[
        Path | None, typer.Option("--pictures", help="A folder for a picture (SVG) of each claim's risk.")
    ] = None,
    json: Json = False,
) -> None:
    """Score claims before submission: probability, dollars at risk, root causes, advice.

    A claim is scored with what was known on its submission day (BHT04), unless --as-of names another. With --model, score the
    rows of one table by the model that was trained on such a table: probability and the columns that raise it.

    Example: `denials score claims.837 --out scores.csv` or `denials score new.csv --model my_model --out scores.csv`
    """
    from cli.scoring import score_files
    from cli.table_scoring import score_table

    if model != "denial_risk":
        with failing_clearly():
            count = score_table(paths, out, model=model, settings=settings_of(context))
        output.summary({"out": str(out), "scored": count, "refused": 0}, json=json)
        return

    with failing_clearly(), output.progress("scoring") as advance:
        settings = settings_of(context)
        result = score_files(paths, out, settings=settings, as_of=as_date(as_of), pictures=pictures, progress=advance)
    record_seen(context, "denials score", claim_ids=result.claim_ids)
    for rejection in result.rejected:
        output.warn(str(rejection))
    output.summary({"out": str(out), "scored": result.scored, "refused": len(result.rejected)}, json=json)
    if result.rejected:
        raise typer.Exit(REFUSED_IN_PART)


@app.command()
def queue(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="Where the ranked work goes (.csv).")],
    as_of: Day = None,
    minutes_per_day: Annotated[
        float | None, typer.Option("--minutes-per-day", min=1, help="Staff minutes a day [DENIALS_MINUTES_PER_DAY].")
    ] = None,
    people: Annotated[
        Path | None, typer.Option("--people", exists=True, dir_okay=False, help="CSV name,minutes_per_day,actions: who works.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, max=60, help="Only what these working days finish.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Only what this workflow owns.")] = None,
    assigned_to: Annotated[str | None, typer.Option("--assigned-to", help="Only what this person has.")] = None,
    payer: Annotated[str | None, typer.Option("--payer", help="Only this payer_id.")] = None,
    category: Annotated[str | None, typer.Option("--category", help="Only this denial category.")] = None,
    kind: Annotated[Kind | None, typer.Option("--kind", help="Only items of this kind.")] = None,
    status: Annotated[Status | None, typer.Option("--status", help="Only items with this status.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="Only this next action.")] = None,
    warning: Annotated[Urgency | None, typer.Option("--warning", help="Only deadlines this near.")] = None,
    min_denied: Annotated[float | None, typer.Option("--min-denied", min=0, help="Only from this many dollars on.")] = None,
    deadline_before: Annotated[
        datetime | None, typer.Option("--deadline-before", formats=["%Y-%m-%d"], help="Only what is due on this day or earlier.")
    ] = None,
    json: Json = False,
) -> None:
    """Rank all that is work by the plan: denials, rejections, overdue answers, underpayments; by when, and what each brings.

    Example: `denials queue --out queue.csv --minutes-per-day 240`
    Example: `denials queue --out week.csv --people people.csv --days 5`
    """
    from cli.queue import Asked, queue_facts, write_queue
    from serving.work_queue.people_file import read_people
    from serving.work_queue.search import QueueFilter

    if people is not None and minutes_per_day is not None:
        output.fail("--people, --minutes-per-day: expected one of both, got both")
        raise typer.Exit(WRONG_USE)
    where = QueueFilter(
        owner=owner,
        assigned_to=assigned_to,
        payer_id=payer,
        category=category,
        kind=kind,
        status=status,
        action=action,
        warning=warning,
        least_denied=None if min_denied is None else Decimal(str(min_denied)).quantize(Decimal("0.01")),
        deadline_until=as_date(deadline_before),
    )
    with failing_clearly():
        team = None if people is None else read_people(people)
        asked = Asked(as_of=as_date(as_of), minutes_per_day=minutes_per_day, people=team, days=days, where=where)
        placed = write_queue(out, asked, settings=settings_of(context))
    record_seen(context, "denials queue", claim_ids=[one.item.claim_id for one in placed])
    output.summary(queue_facts(out, [one.item for one in placed]), json=json)


@app.command()
def report(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="Folder for the report; files of the same names are replaced.")],
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day to report [today].")] = None,
    briefs_only: Annotated[
        bool, typer.Option("--briefs-only", help="Only a brief per workflow owner, in a folder OUT/briefs-DAY; for a timer.")
    ] = False,
    keep: Annotated[int, typer.Option("--keep", min=1, help="With --briefs-only: days of briefs that stay in OUT.")] = 13,
    json: Json = False,
) -> None:
    """Write the measures as files: CSVs by segment, pictures, one HTML page, a PDF, and a brief per workflow owner.

    Files under claims/ and briefs/ hold claim ids, which identify patients' claims; all are readable by you only.

    Example: `denials report --out report-2026-11`
    """
    from cli.report import write_briefs, write_files

    with failing_clearly():
        if briefs_only:
            facts = write_briefs(out, settings=settings_of(context), as_of=as_date(as_of), keep=keep)
        else:
            facts = write_files(out, settings=settings_of(context), as_of=as_date(as_of))
    record_seen(context, "denials report", detail="figures of all claims")
    output.summary(facts, json=json)


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option("--host", help="Address to bind to [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port [8000].")] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes [1].")] = None,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="Certificate chain (PEM); turns TLS on.")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its private key (PEM).")] = None,
) -> None:
    """Serve the API and the page at /. Binds to this machine alone unless told; elsewhere only with TLS or behind a proxy.

    The first start prints the key of an admin, once. More: `denials users --help`, docs/security.md.

    Example: `denials serve --port 8000` or `denials serve --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem`
    """
    from cli.service import run_service

    with failing_clearly():
        run_service(settings_of(context), host=host, port=port, workers=workers, tls_cert=tls_cert, tls_key=tls_key)


@app.command()
def backup(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="A new folder for the copy; it holds the keys too.")],
    json: Json = False,
) -> None:
    """Copy the home while it is in use. The copy is a home: to restore, put it in the home's place (docs/deploy.md).

    Example: `denials backup --out /backup/denials-2026-03-02`
    """
    from claims.backup import back_up

    with failing_clearly():
        copy = back_up(settings_of(context).home, out, now=datetime.now(UTC))
    facts = {"out": str(copy.folder), "history_version": copy.history_version, "files": copy.file_count, "bytes": copy.byte_count}
    output.summary(facts, json=json)


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
