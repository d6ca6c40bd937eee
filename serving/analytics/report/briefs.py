"""Owns the brief for each workflow owner: its causes with dollars, where they come from, examples, and what to change."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from html import escape

from claims.root_cause import RootCause, root_causes, workflow_owners
from serving.analytics.book import Book
from serving.analytics.csv_text import table_csv
from serving.analytics.definitions import nearest
from serving.analytics.figures import Figure, Question
from serving.errors import UnknownOwner

EXAMPLES, SOURCES = 5, 3
_SOURCES = ("payer", "location", "procedure")
MOST_SEGMENTS = 1_000_000
RECENT_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a cause comes from: one payer, location or procedure."""

    dimension: str
    value: str
    label: str
    claims: int
    dollars: float


@dataclass(frozen=True, kw_only=True)
class CauseBrief:
    """One cause in a span. `earlier_*`: the same length of time before it."""

    cause: str
    title: str
    tier: str
    claims: int
    dollars: float
    earlier_claims: int
    earlier_dollars: float
    recovered_dollars: float
    open_dollars: float
    change: str  # what to change, in a sentence
    sources: tuple[Source, ...]
    example_claim_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What one workflow should know. Causes stand by dollars."""

    owner: str
    since: date
    until: date
    claims: int
    dollars: float
    causes: tuple[CauseBrief, ...]


@dataclass(frozen=True, kw_only=True)
class _Figures:
    """The figures of a span, each asked once for all causes: by cause, and the sources by dimension and cause."""

    since: date
    until: date
    now: Mapping[str, Figure]
    before: Mapping[str, Figure]
    recovered: Mapping[str, Figure]
    still_open: Mapping[str, Figure]
    sources: Mapping[str, Mapping[str, Sequence[Figure]]]


def owner_briefs(book: Book, *, days: int = RECENT_DAYS) -> dict[str, Brief]:
    """Write a brief for every owner that had a denial in the last days before the book's day; owner -> brief."""
    figures = _ask(book, days)
    briefs = {owner: _brief(book, owner, figures) for owner in workflow_owners()}
    return {owner: brief for owner, brief in briefs.items() if brief.causes}


def owner_brief(book: Book, owner: str, *, days: int = RECENT_DAYS) -> Brief:
    """Write the brief of one owner; without causes where nothing of its was denied. Raises: UnknownOwner, with the nearest."""
    if owner not in workflow_owners():
        raise UnknownOwner(nearest(owner, workflow_owners()))
    return _brief(book, owner, _ask(book, days))


def _ask(book: Book, days: int) -> _Figures:
    until = book.facts.as_of
    since, earlier = _back(until, days - 1), _back(until, 2 * days - 1)

    def by_cause(measure: str, first: date, last: date) -> dict[str, Figure]:
        question = Question(measure=measure, by=("reason",), since=first, until=last)
        return {one.keys["reason"]: one for one in book.ask(question).segments}

    def sources(dimension: str) -> dict[str, list[Figure]]:
        question = Question(measure="denied_dollars", by=("reason", dimension), since=since, until=until)
        found: dict[str, list[Figure]] = {}
        for one in book.ask(question, limit=MOST_SEGMENTS).segments:
            found.setdefault(one.keys["reason"], []).append(one)
        return found

    return _Figures(
        since=since,
        until=until,
        now=by_cause("denied_dollars", since, until),
        before=by_cause("denied_dollars", earlier, _back(since, 1)),
        recovered=by_cause("recovered_dollars", since, until),
        still_open=by_cause("open_denied_dollars", since, until),
        sources={dimension: sources(dimension) for dimension in _SOURCES},
    )


def _brief(book: Book, owner: str, figures: _Figures) -> Brief:
    own = [cause for cause in root_causes().values() if cause.owner == owner and cause.id in figures.now]
    causes = [_cause_brief(book, cause, figures) for cause in own]
    return Brief(
        owner=owner,
        since=figures.since,
        until=figures.until,
        claims=sum(one.claims for one in causes),
        dollars=round(sum(one.dollars for one in causes), 2),
        causes=tuple(sorted(causes, key=lambda one: (-one.dollars, one.cause))),
    )


def file_stem(owner: str) -> str:
    """Name the files of an owner's brief."""
    return owner.replace(" ", "_")


def claims_words(count: int) -> str:
    """Say how many claims."""
    return f"{count:,} claim{'' if count == 1 else 's'}"


def trend_words(one: CauseBrief) -> str:
    """Say how a cause's dollars stand beside those of the same time before."""
    change = one.dollars - one.earlier_dollars
    if not change:
        return "as before"
    return f"{'up' if change > 0 else 'down'} ${abs(change):,.0f} from the {RECENT_DAYS} days before"


def brief_json(brief: Brief) -> str:
    """Write a brief as JSON."""
    return json.dumps(asdict(brief), default=str, indent=1)


def brief_csv(brief: Brief) -> str:
    """Write a brief as a table, one row per cause; example claims stand in one cell."""
    names = (
        "cause",
        "title",
        "claims",
        "dollars",
        "earlier_claims",
        "earlier_dollars",
        "recovered_dollars",
        "open_dollars",
        "change",
    )
    rows = [[*(getattr(one, name) for name in names), " ".join(one.example_claim_ids)] for one in brief.causes]
    return table_csv((*names, "example_claim_ids"), rows)


def brief_html(brief: Brief) -> str:
    """Write a brief as one page that can be sent as an e-mail: styles inline, nothing from outside, no script."""
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Denials: {escape(brief.owner)}</title></head>'
        '<body style="margin:0;background:#f6f7f9"><div style="max-width:680px;margin:0 auto;padding:24px;font:15px/1.5 Arial,'
        'sans-serif;color:#16202c;background:#ffffff">',
        f'<h1 style="font-size:20px;margin:0 0 4px">Denials that {escape(brief.owner)} can prevent</h1>',
        f'<p style="margin:0 0 16px;color:#5a6675">{brief.since:%Y-%m-%d} to {brief.until:%Y-%m-%d}: '
        f"{claims_words(brief.claims)}, ${brief.dollars:,.0f} denied.</p>",
        *(_cause_html(one) for one in brief.causes),
        '<p style="color:#5a6675;font-size:12px;border-top:1px solid #dfe4ea">Claim ids identify patients\' claims: '
        "send this inside the practice only. Dollars are charges of first denials.</p></div></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _cause_brief(book: Book, cause: RootCause, figures: _Figures) -> CauseBrief:
    now, before = figures.now[cause.id], figures.before.get(cause.id)
    recovered, still_open = figures.recovered.get(cause.id), figures.still_open.get(cause.id)
    question = Question(measure="denied_dollars", filters={"reason": (cause.id,)}, since=figures.since, until=figures.until)
    return CauseBrief(
        cause=cause.id,
        title=cause.title,
        tier=cause.tier.value,
        claims=now.n,
        dollars=now.numerator,
        earlier_claims=before.n if before else 0,
        earlier_dollars=before.numerator if before else 0.0,
        recovered_dollars=recovered.numerator if recovered else 0.0,
        open_dollars=still_open.numerator if still_open else 0.0,
        change=cause.fix,
        sources=tuple(_sources(cause, figures)),
        example_claim_ids=tuple(one.claim_id for one in book.claims(question, limit=EXAMPLES)),
    )


def _sources(cause: RootCause, figures: _Figures) -> Iterator[Source]:
    for dimension in _SOURCES:
        for one in figures.sources[dimension].get(cause.id, ())[:SOURCES]:
            value = one.keys[dimension]
            label = one.labels.get(dimension, value)
            yield Source(dimension=dimension, value=value, label=label, claims=one.n, dollars=one.numerator)


def _cause_html(one: CauseBrief) -> str:
    sources = "".join(
        f'<tr><td style="padding:2px 12px 2px 0;color:#5a6675">{escape(source.dimension)}</td>'
        f'<td style="padding:2px 12px 2px 0">{escape(source.label)}</td>'
        f'<td style="padding:2px 0;text-align:right">{claims_words(source.claims)}, ${source.dollars:,.0f}</td></tr>'
        for source in one.sources
    )
    return (
        f'<h2 style="font-size:16px;margin:20px 0 2px">{escape(one.title)}</h2>'
        f'<p style="margin:0 0 6px"><b>${one.dollars:,.0f}</b> on {claims_words(one.claims)}, {trend_words(one)}; '
        f"${one.open_dollars:,.0f} still open.</p>"
        f'<p style="margin:0 0 6px;padding:8px 12px;background:#e2f2ee;border-left:4px solid #0f6b5c">{escape(one.change)}</p>'
        f'<table style="border-collapse:collapse;font-size:13px">{sources}</table>'
        f'<p style="margin:6px 0 0;font-size:13px;color:#5a6675">For example: {escape(", ".join(one.example_claim_ids))}</p>'
    )


def _back(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() - days)
