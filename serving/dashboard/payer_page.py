"""Owns the page of payers: all side by side, and one of them with its rules, its behaviour and its changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request

from claims.payer_rules import PayerRules
from claims.root_cause import root_causes
from serving.analytics.desk import AnalyticsDesk
from serving.api.analytics_routes import book_of
from serving.api.caller import showed
from serving.api.scoring_routes import state_of
from serving.dashboard.cut_table import cut_table
from serving.dashboard.page_templates import asked_page_router, page_context
from serving.dashboard.rate_chart import rate_chart
from serving.dashboard.segment import PageQuery, filter_form, label_of, page_path
from serving.dashboard.tiles import TileSpec, bars, tiles

PATH = "/payers"
_MEASURES = (
    "submitted_claims", "initial_denial_rate", "denied_dollars", "open_denied_dollars", "rejection_rate", "time_to_answer",
    "overturn_rate", "underpaid_dollars",
)  # fmt: skip
_TILES: tuple[TileSpec, ...] = (
    ("initial_denial_rate", "hits", "{hits} of {n} answered claims"),
    ("denied_dollars", "known", "{n} claims"),
    ("time_to_answer", "known", "days, of {n} answered submissions"),
    ("overturn_rate", "hits", "{hits} of {n} decided appeals"),
    ("underpaid_dollars", "known", "{n} claims paid below what is usual"),
)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One rule of a payer as it holds on the day: what, how much, and where it is written."""

    title: str
    text: str
    source: str


def router() -> APIRouter:
    """Make the route."""
    return asked_page_router(PATH, "payers.html", _context, query=PageQuery)


def _context(request: Request, asked: PageQuery) -> dict[str, object]:
    book = book_of(request)
    shared = {
        **page_context(request),
        "form": filter_form(book, asked),
        "payers": cut_table(book, asked, "payer", _MEASURES, opens=lambda key: page_path(PATH, asked, payer=key)),
        "payer": None,
    }
    if asked.payer is None or len(asked.payer) != 1:
        return shared
    payer, state = asked.payer[0], state_of(request)
    desk: AnalyticsDesk = request.app.state.analytics
    alerts = [warning for warning in reversed(desk.warnings(state.snapshot)) if warning.payer == payer]
    showed(request, (claim_id for warning in alerts for claim_id in warning.claim_ids))
    return {
        **shared,
        "payer": payer,
        "name": label_of(book, "payer", payer),
        "tiles": tiles(book, asked, _TILES),
        "chart": rate_chart(book, asked),
        "reasons": bars(book, asked, "reason"),
        "services": bars(book, asked, "procedure"),
        "limits": payer_limits(state.snapshot.history.payer_rules, payer, _plan_codes(request, payer), book.facts.as_of),
        "alerts": alerts,
        "causes": root_causes(),
    }


def _plan_codes(request: Request, payer: str) -> Sequence[str]:
    """List the kinds of plan (SBR09) that claims to the payer named, the commonest first."""
    claims = state_of(request).snapshot.claims
    counts: dict[str, int] = {}
    for one, code in zip(claims.text("payer_id"), claims.text("claim_filing_indicator_code"), strict=True):
        if one == payer:
            counts[code] = counts.get(code, 0) + 1
    return sorted(counts, key=lambda code: (-counts[code], code))


def payer_limits(rules: PayerRules, payer: str, codes: Sequence[str], on: date) -> list[Limit]:
    """Say what holds for a payer on a day, by the kind of plan that its claims name most often."""
    return list(_limits(rules, payer, codes[0] if codes else None, on))


def _limits(rules: PayerRules, payer: str, code: str | None, on: date) -> Iterator[Limit]:
    filing = rules.filing_limit_days(payer, code, on)
    yield Limit(title="Timely filing", text=_days(filing, "after service"), source=rules.filing_limit_source(payer, code, on))
    for level in range(1, (rules.appeal_levels(payer, code, on) or 1) + 1):
        days = rules.appeal_limit_days(payer, code, on, level=level)
        source = rules.appeal_limit_source(payer, code, on, level=level) or "no source is known"
        after = "after the denial" if level == 1 else "after the last decision"
        yield Limit(title=f"Appeal, level {level}", text=_days(days, after), source=source)
    answer = rules.expected_response_days(payer, code, on)
    yield Limit(title="Answer due", text=_days(answer, "after submission"), source=_practice_or_plan(answer))
    takes = rules.takes_replacements(payer, code, on)
    yield Limit(title="Replacement claims", text="taken (frequency 7)" if takes else "not taken: send a new claim", source="")


def _practice_or_plan(days: int | None) -> str:
    return "" if days is not None else "no source is known"


def _days(count: int | None, after: str) -> str:
    return "not known" if count is None else f"{count} days {after}"
