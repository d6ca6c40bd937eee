"""Owns the page of one claim: the score it would have had when it was sent, what to change, and all that happened to it."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

import numpy as np
import pyarrow as pa
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from claims.code_meaning import code_meanings
from claims.history.rebuilt import rebuild_claim
from claims.history.store import HistoryStore
from claims.root_cause import root_causes
from models.facts import Waterfall
from serving.api.caller import showed
from serving.api.scoring_routes import state_of
from serving.claim_history.record import ClaimRecord, Submission, read_record
from serving.claim_history.timeline import What, standing, timeline
from serving.dashboard.page_templates import HEADERS, page_context, templates
from serving.errors import UnknownClaim
from serving.scoring import ScoredClaim
from serving.state import ServiceState, Serving

VOID = "8"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One row of the waterfall: a fact, and its bar from `start` to `end` on a width of 100."""

    text: str
    change: float
    start: float
    end: float

    @property
    def left(self) -> float:
        """Give the bar's left edge."""
        return min(self.start, self.end)

    @property
    def width(self) -> float:
        """Give the bar's width, wide enough to be seen."""
        return max(abs(self.end - self.start), 0.6)


def router() -> APIRouter:
    """Make the route."""
    made = APIRouter(include_in_schema=False)

    @made.get("/claims/{claim_id}", response_class=HTMLResponse)
    async def claim_page(
        request: Request,
        claim_id: Annotated[str, Path(max_length=80)],
        submission: Annotated[str | None, Query(max_length=80, description="Which time it was sent; else the last")] = None,
    ) -> HTMLResponse:
        try:
            context = await asyncio.to_thread(_context, request, claim_id, submission)
        except UnknownClaim:
            missing = await asyncio.to_thread(page_context, request)
            return templates.TemplateResponse(
                request, "no_claim.html", missing, headers=HEADERS, status_code=HTTPStatus.NOT_FOUND.value
            )
        return templates.TemplateResponse(request, "claim.html", context, headers=HEADERS)

    return made


def steps_of(found: Waterfall) -> list[Step]:
    """Lay the steps of a waterfall out on a width of 100, from the average claim to this one."""
    changes, ends = found.changes, found.levels
    low, high = min(0.0, *ends), max(*ends, found.margin)
    places = [(end - low) / ((high - low) or 1.0) * 100 for end in (*ends, found.margin)]
    zero = -low / ((high - low) or 1.0) * 100
    middle = [Step(text=text, change=change, start=places[at], end=places[at + 1]) for at, (text, change) in enumerate(changes)]
    first = Step(text="An average claim", change=found.base, start=zero, end=places[0])
    return [first, *middle, Step(text="This claim", change=found.margin, start=zero, end=places[-1])]


def _context(request: Request, claim_id: str, submission: str | None) -> dict[str, object]:
    state = state_of(request)
    serving = state.serving
    record = _record(state, serving, claim_id)
    chosen = _chosen(record, submission)
    showed(request, [claim_id])
    scored = _score(state, serving, chosen)
    waterfall = scored.explained.waterfall() if scored and scored.explained else None
    return {
        **page_context(request),
        "record": record,
        "chosen": chosen,
        "standing": standing(record),
        "timeline": timeline(record),
        "What": What,
        "scored": scored,
        "protective": scored.explained.protective() if scored and scored.explained else (),
        "steps": steps_of(waterfall) if waterfall else [],
        "has_learned": _has_learned(serving, chosen),
        "causes": root_causes(),
        "codes": code_meanings(),
        "open_items": [item for item in record.items if item.stored.outcome is None],
        "closed_items": [item for item in record.items if item.stored.outcome is not None],
    }


def _record(state: ServiceState, serving: Serving, claim_id: str) -> ClaimRecord:
    snapshot = serving.snapshot
    return read_record(
        claim_id,
        adjudication=snapshot.adjudication,
        claims=snapshot.claims,
        store=HistoryStore(state.settings.home.history_uri, version=snapshot.history.version).pinned(),
        score_log=state.score_log,
        work_queue=state.work_queue,
        as_of=state.settings.current_day(),
    )


def _chosen(record: ClaimRecord, submission: str | None) -> Submission:
    """Give the submission that was asked for. Raises: UnknownClaim, where the claim has none such."""
    if submission is None:
        return record.latest
    found = [one for one in record.submissions if one.claim.submission_id == submission]
    if not found:
        raise UnknownClaim(record.claim_id)
    return found[0]


def _score(state: ServiceState, serving: Serving, chosen: Submission) -> ScoredClaim | None:
    """Score a submission as of the day that it was sent; a void is nothing to score."""
    if chosen.claim.frequency_code == VOID:
        return None
    claims = serving.snapshot.claims
    rows = np.flatnonzero(claims.submission_ids == chosen.claim.submission_id)[:1]
    batch = claims.take(rows)
    assert isinstance(batch.claims, pa.Table)  # noqa: S101  the history's rows, as `Snapshot.read` left them
    assert isinstance(batch.lines, pa.Table)  # noqa: S101
    record = rebuild_claim(batch.claims.to_pylist()[0], batch.lines.to_pylist())
    return serving.scorer.score_kept([record], batch, hasher=state.hasher)[0]


def _has_learned(serving: Serving, chosen: Submission) -> bool:
    """Tell whether the model learned from this very outcome, so that its score looks better than it is."""
    first, last = (serving.denial_risk.bundle.training.get(name) for name in ("first_row", "last_row"))
    sent = chosen.claim.submitted_on.isoformat()
    return bool(chosen.answers) and isinstance(first, str) and isinstance(last, str) and first <= sent <= last
