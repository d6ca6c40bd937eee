"""Owns the `denials` command: which commands there are. Exit codes: 0 done, 1 input refused in part, 2 wrong use.

Thin: every command calls a room. Imports that cost time stand inside the commands, so that `--help` answers at once.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import audit, doctor, exports, learning, models, output, retention, rules, users, webhooks, working
from cli.options import REFUSED_IN_PART, WRONG_USE, Json, failing_clearly, settings_of

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
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(audit.app, name="audit")
app.add_typer(retention.app, name="retention")


@app.callback()
def common(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", envvar="DENIALS_HOME", help="Folder of the practice's data [./denials-home].")
    ] = None,
) -> None:
    """Keep the home for the command that follows."""
    context.obj = home


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
    mapping: Annotated[
        Path | None, typer.Option("--map", help="Mapping file (TOML) of an export of yours; remembered for the next one.")
    ] = None,
    json: Json = False,
) -> None:
    """Bring files into the history. The kind is recognised by content; the same file twice changes nothing.

    A CSV export of a practice management system needs a mapping once: `denials map EXPORT.csv --out mapping.toml` proposes it.

    Example: `denials ingest demo/` or `denials ingest era_20260105.835.gz appeals.csv`
    Example: `denials ingest export.csv --map mapping.toml`
    """
    from cli.ingesting import ingest_files
    from cli.receipts import show_receipts

    with failing_clearly(), output.progress("ingesting") as advance:
        receipts = ingest_files(paths, mapping_file=mapping, home=settings_of(context).home, progress=advance)
    show_receipts(receipts, json=json)
    if any(receipt.refused for receipt in receipts):
        raise typer.Exit(REFUSED_IN_PART)


app.command("map")(exports.map_export)

for command in (
    learning.train,
    learning.retrain,
    learning.monitor,
    learning.evaluate,
    working.score,
    working.queue,
    working.report,
    doctor.doctor,
):
    app.command()(command)


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
    from serving.allocating import take_memory_from_the_system
    from serving.collecting import look_no_more

    take_memory_from_the_system()
    look_no_more()
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
