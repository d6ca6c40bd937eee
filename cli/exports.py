"""Owns `denials map`: what the columns of a practice management system's CSV export were taken for, and what is missing."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.options import REFUSED_IN_PART, WRONG_USE, Json, failing_clearly

if TYPE_CHECKING:
    from claims.imports.mapping.export import ExportBatch
    from claims.imports.mapping.proposal_file import Proposal

MOST_REASONS = 10
_COLUMNS = ("column", "goes_to", "why", "looks_like")


def map_export(
    export: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV export of your practice management system.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="A new file for the mapping (TOML), to be checked and edited.")
    ] = None,
    json: Json = False,
) -> None:
    """Propose how an export's columns become claims and answers, try it on the file, and say what is missing.

    Shows of each column what it was taken for and why, and the shape of a value (A = a letter, 9 = a digit), never a value.
    Ingests nothing. Exit code 1: something is missing or rows would be refused; the mapping says what, as a comment.

    Example: `denials map export.csv --out mapping.toml`, then `denials ingest export.csv --map mapping.toml`
    """
    from claims.errors import ClaimsError
    from claims.imports.mapping.export import read_export
    from claims.imports.mapping.mapping import parse_mapping
    from claims.imports.mapping.proposal_file import propose_mapping

    if out is not None and out.exists():
        output.fail(f"{out}: expected a file that is not there yet, got one; what you edited would be lost")
        raise typer.Exit(WRONG_USE)
    with failing_clearly():
        data = export.read_bytes()
        proposal = propose_mapping(data, name=_name(out or export))
        if not any(finding.field for finding in proposal.findings):
            raise ClaimsError(f"{export.name}: expected a CSV whose header names columns of claims, got none of them")
        batch = None if proposal.missing else read_export(data, parse_mapping(proposal.text, file=export.name), file=export.name)
    if out is not None:
        out.write_text(proposal.text, encoding="utf-8")
    _show(proposal, batch, out=out, json=json)
    if proposal.missing or (batch and batch.refused):
        raise typer.Exit(REFUSED_IN_PART)


def _name(path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", path.stem).strip("_")[:60] or "export"


def _show(proposal: "Proposal", batch: "ExportBatch | None", *, out: Path | None, json: bool) -> None:
    rows = [
        (one.column, one.field.place if one.field else "-", one.why, one.shape.example or "nothing") for one in proposal.findings
    ]
    tried = _tried(batch) if batch else {}
    if json:
        columns = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        facts = {"columns": columns, "missing": proposal.missing, "notes": proposal.notes, "mapping": proposal.text, **tried}
        output.summary(facts, json=True)
        return
    output.table("What was understood", _COLUMNS, rows, json=False)
    for note in proposal.notes:
        output.warn(f"check: {note}")
    for need in proposal.missing:
        output.warn(f"missing: {need}")
    for refused in (batch.refused if batch else ())[:MOST_REASONS]:
        output.warn(str(refused.rejection))
    if tried:
        output.summary(tried, json=False)
    if out is None:
        print(f"\n{proposal.text}")
    else:
        output.summary({"mapping": str(out)}, json=False)


def _tried(batch: "ExportBatch") -> dict[str, int]:
    kinds = [transaction.kind for transaction in batch.transactions]
    answers = kinds.count("835")
    return {
        "claims": len(kinds) - answers,
        "answers": answers,
        "rows_refused": len(batch.refused),
        "rows_left_out": batch.left_out,
    }
