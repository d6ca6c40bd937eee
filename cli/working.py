"""Owns the commands that put models to work: score, queue, report."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.options import REFUSED_IN_PART, WRONG_USE, ClusterAddress, Day, Json, as_date, failing_clearly, settings_of
from cli.security import record_seen
from serving.work_queue.statuses import Status
from serving.work_queue.work_item import Kind, Urgency


class Detail(StrEnum):
    """How far a score goes."""

    SCORE = "score"
    CAUSES = "causes"
    FIXES = "fixes"


def score(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="837 files or folders (.gz and .zip too), or a claims CSV.")],
    out: Annotated[Path, typer.Option("--out", help="Where the scores go: .csv, .parquet or .jsonl.")],
    as_of: Day = None,
    model: Annotated[str, typer.Option("--model", help="denial_risk, or a model of a table of your own.")] = "denial_risk",
    pictures: Annotated[
        Path | None, typer.Option("--pictures", help="A folder for a picture (SVG) of each claim's risk.")
    ] = None,
    detail: Annotated[Detail, typer.Option("--detail", help="How far to go; each level costs several times the one before.")] = (
        Detail.FIXES
    ),
    cluster: ClusterAddress = None,
    json: Json = False,
) -> None:
    """Score claims before submission: probability, dollars at risk, root causes, advice.

    A claim is scored with what was known on its submission day (BHT04), unless --as-of names another. With --model, score the
    rows of one table by the model that was trained on such a table: probability and the columns that raise it.

    Example: `denials score claims.837 --out scores.csv` or `denials score new.csv --model my_model --out scores.csv`
    """
    from cli.scoring import score_files
    from cli.table_scoring import score_table
    from cli.workers import workers_at
    from serving.scoring import Depth

    if model != "denial_risk":
        with failing_clearly():
            count = score_table(paths, out, model=model, settings=settings_of(context))
        output.summary({"out": str(out), "scored": count, "refused": 0}, json=json)
        return

    if pictures is not None and detail is Detail.SCORE:
        output.fail("--pictures: expected --detail causes or fixes, got score, which finds no causes to draw")
        raise typer.Exit(WRONG_USE)
    with failing_clearly(), output.progress("scoring") as advance, workers_at(cluster) as workers:
        result = score_files(
            paths,
            out,
            settings=settings_of(context),
            as_of=as_date(as_of),
            workers=workers,
            depth=Depth[detail.name],
            pictures=pictures,
            seen=lambda claim_ids: record_seen(context, "denials score", claim_ids=claim_ids),
            progress=advance,
        )
    for rejection in result.rejected:
        output.warn(str(rejection))
    output.summary({"out": str(out), "scored": result.scored, "refused": len(result.rejected)}, json=json)
    if result.rejected:
        raise typer.Exit(REFUSED_IN_PART)


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
