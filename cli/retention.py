"""Owns `denials retention`: throwing away what is old, erasing a claim or a patient. Shows what would go unless told --yes."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cli import output
from cli.options import Json
from cli.security import opened_security

app = typer.Typer(help="Remove old quarantine, logs and closed items; erase a claim or a patient.", no_args_is_help=True)

Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only show what would go.")]


@app.command()
def apply(
    context: typer.Context,
    days: Annotated[int, typer.Option("--days", min=1, help="Older than this many days.")],
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Remove files of quarantine and logs, closed work items, settled deliveries of webhooks and logged scores of longer ago.

    Training leaves claims out that were acted on because of a score: keep the score log as long as the claims you train on.

    Example: `denials retention apply --days 365` (shows), then with `--yes`
    """
    from claims.score_log.log import ScoreLog
    from serving.security.retention import count_touches, find_outdated, remove_outdated

    now = datetime.now(UTC)
    with opened_security(context) as security:
        found = find_outdated(security.settings.home, security.database, now=now, days=days)
        scores, before = ScoreLog(security.settings.home.history_uri), now - timedelta(days=days)
        facts = {
            "files": len(found.files),
            "closed_items": len(found.item_keys),
            "touches": count_touches(security.database, found.item_keys),
            "webhook_deliveries": len(found.delivery_ids),
            "score_log_rows": scores.count_older(before),
            "removed": yes,
        }
        if yes:
            remove_outdated(security.database, found)
            if facts["score_log_rows"]:
                scores.remove_older(before)
            counts = f"{facts['files']} files, {facts['closed_items']} items, {facts['score_log_rows']} rows of the score log"
            detail = f"older than {days} days: {counts}"
            security.record_command("denials retention apply", touching="changed", detail=detail, now=now)
    output.summary(facts, json=json)


@app.command()
def erase(
    context: typer.Context,
    claim: Annotated[str | None, typer.Option("--claim", help="Patient control number (CLM01) of the claim to erase.")] = None,
    patient: Annotated[
        str | None, typer.Option("--patient", help="Patient control number of any claim of the patient to erase.")
    ] = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Erase a claim, or everything about a patient, from history, score log, work queue and webhooks; its files are removed.

    Quarantine is not searched: `denials retention apply`. Models keep what they learned and hold no person. Restart the service.

    Example: `denials retention erase --patient PCN00012` (shows), then with `--yes`
    """
    from claims.history.erase import erase as erase_rows
    from claims.history.erase import plan_claim_erasure, plan_patient_erasure
    from serving.errors import RefusedInput
    from serving.security.retention import (
        deliveries_of_claims,
        items_of_claims,
        remove_deliveries,
        remove_derived,
        remove_items,
    )

    now = datetime.now(UTC)
    with opened_security(context) as security:
        if (claim is None) == (patient is None):
            raise RefusedInput("erase: expected one of --claim and --patient, got none or both")
        uri = security.settings.home.history_uri
        found = plan_patient_erasure(uri, patient) if patient is not None else plan_claim_erasure(uri, claim or "")
        keys = items_of_claims(security.database, found.claim_numbers)
        told = deliveries_of_claims(security.database, found.claim_numbers)
        facts = {
            "claims": len(found.claim_numbers),
            **found.row_counts(),
            "work_items": len(keys),
            "webhook_deliveries": len(told),
            "erased": yes,
        }
        if yes:
            erase_rows(uri, found)
            remove_items(security.database, keys)
            remove_deliveries(security.database, told)
            remove_derived(security.settings.home)
            security.record_command(
                "denials retention erase",
                touching="changed",
                claim_ids=found.claim_numbers,
                detail="the patient" if patient is not None else "the claim",
                now=now,
            )
    output.summary(facts, json=json)
