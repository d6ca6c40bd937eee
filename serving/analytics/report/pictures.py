"""Owns the pictures of a report: matplotlib figures over answers of the book, each made to be read alone."""

from collections.abc import Callable, Sequence
from io import BytesIO
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, PercentFormatter

from claims.root_cause import Tier, root_causes
from serving.analytics.book import Book
from serving.analytics.definitions import AGING_BUCKETS
from serving.analytics.figures import Figure, Question

INK, SOFT, LINE, ACCENT, PALE, WARN = "#16202c", "#5a6675", "#dfe4ea", "#0f6b5c", "#9fd0c5", "#a8480b"
TIER_COLORS = {
    Tier.ADMINISTRATIVE: "#2a6fb3", Tier.TECHNICAL: "#0f6b5c", Tier.CLINICAL: "#a8480b", Tier.PAYER: "#8a93a0",
}  # fmt: skip
MOST_BARS, MOST_MONTHS = 12, 24
Drawing = Callable[[Book], Canvas]


def picture_files() -> dict[str, tuple[str, Drawing]]:
    """Name every picture: file stem -> title, how it is drawn."""
    return {
        "denial_rate_by_month": ("Initial denial rate by month of submission", _rate_by_month),
        "denied_dollars_by_reason": ("What was denied for, and what came back", _dollars_by_reason),
        "denial_rate_by_payer": ("Initial denial rate by payer", _rate_by_payer),
        "tiers_by_month": ("Denied dollars by tier and month of denial", _tiers_by_month),
        "aging": ("Open dollars by age", _aging),
        "denied_to_recovered": ("What became of denied dollars", _became),
    }


def draw(name: str, book: Book, *, kind: str = "png") -> bytes:
    """Draw one picture by its name; the same figures give the same bytes."""
    title, drawing = picture_files()[name]
    out = BytesIO()
    metadata = {"Software": None} if kind == "png" else {"Date": None}
    canvas = drawing(book)
    canvas.text(0.02, 1 - 0.27 / canvas.get_figheight(), title, fontsize=12, fontweight="bold", color=INK, va="center")
    canvas.savefig(out, format=kind, dpi=150, metadata=metadata)
    return out.getvalue()


def _canvas(height: float, *, left: float = 0.09) -> tuple[Canvas, Axes]:
    canvas = Canvas(figsize=(9, height), facecolor="white")
    axes = canvas.add_axes((left, 0.62 / height, 0.96 - left, 1 - 1.2 / height))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)
    axes.tick_params(colors=SOFT, labelsize=9, length=0)
    axes.set_axisbelow(True)
    return canvas, axes


def _note(canvas: Canvas, text: str) -> None:
    canvas.text(0.02, 0.1 / canvas.get_figheight(), text, fontsize=8, color=SOFT)


def _rate_by_month(book: Book) -> Canvas:
    canvas, axes = _canvas(3.8)
    months = [one for one in _ask(book, "initial_denial_rate", "month") if one.value is not None][-MOST_MONTHS:]
    at, values = range(len(months)), [one.value or 0.0 for one in months]
    axes.fill_between(at, [one.low or 0 for one in months], [one.high or 0 for one in months], color=PALE, alpha=0.45, lw=0)
    ripe = [place for place in at if not months[place].is_immature]
    young = ripe[-1:] + [place for place in at if months[place].is_immature]
    axes.plot(young, [values[place] for place in young], color=ACCENT, lw=1.4, ls=":", marker="o", ms=4, mfc="white")
    axes.plot(ripe, [values[place] for place in ripe], color=ACCENT, lw=2, marker="o", ms=4)
    axes.set_xticks(list(at)[:: 1 + len(months) // 13], [one.keys["month"] for one in months][:: 1 + len(months) // 13])
    axes.set_ylim(0, 1.15 * max((min(one.high or 0, 2.5 * max(values)) for one in months), default=0.1))
    _percent_axis(axes)
    _note(canvas, "Band: 95 % interval. Dotted: months that still wait for more than a tenth of their answers.")
    return canvas


def _dollars_by_reason(book: Book) -> Canvas:
    rows = _ask(book, "denied_dollars", "reason")[:MOST_BARS][::-1]
    back = {one.keys["reason"]: one.value or 0.0 for one in _ask(book, "recovered_dollars", "reason")}
    canvas, axes = _canvas(1.5 + 0.34 * max(1, len(rows)), left=0.36)
    causes = root_causes()
    for place, one in enumerate(rows):
        cause, dollars = causes[one.keys["reason"]], one.value or 0.0
        axes.barh(place, dollars, color=TIER_COLORS[cause.tier], height=0.62)
        axes.barh(place - 0.22, back.get(cause.id, 0.0), color=INK, height=0.14)
        axes.text(dollars, place, f"  {_dollars(dollars)} · {one.n}", va="center", fontsize=8, color=SOFT)
    axes.set_yticks(range(len(rows)), [fill(causes[one.keys["reason"]].title, 40) for one in rows])
    axes.set_xlim(0, 1.22 * max((one.value or 0.0 for one in rows), default=1.0))
    _dollar_axis(axes.xaxis)
    handles = [axes.barh([0], [0], color=color, label=tier.value) for tier, color in TIER_COLORS.items()]
    handles.append(axes.barh([0], [0], color=INK, label="recovered"))
    axes.legend(handles=handles, loc="lower right", frameon=False, fontsize=8, labelcolor=SOFT)
    _note(canvas, "Dollars of first denials and number of claims; the thin dark bar is cash that came back since.")
    return canvas


def _rate_by_payer(book: Book) -> Canvas:
    rows = [one for one in _ask(book, "initial_denial_rate", "payer") if one.value is not None][:MOST_BARS]
    rows.sort(key=lambda one: one.value or 0.0)
    canvas, axes = _canvas(1.5 + 0.32 * max(1, len(rows)), left=0.34)
    whole = book.ask(Question(measure="initial_denial_rate")).overall.value or 0.0
    axes.axvline(whole, color=WARN, lw=1, ls="--")
    for place, one in enumerate(rows):
        axes.plot([one.low or 0, one.high or 0], [place, place], color=PALE, lw=5, solid_capstyle="round")
        axes.plot(one.value or 0.0, place, "o", color=ACCENT, ms=6, mfc="white" if one.is_small else ACCENT)
        axes.text(one.high or 0, place, f"   {one.n:,}", va="center", fontsize=8, color=SOFT)
    axes.set_yticks(range(len(rows)), [(one.labels.get("payer") or one.keys["payer"]).title()[:36] for one in rows])
    axes.set_xlim(0, min(1.0, 1.15 * max((one.high or 0 for one in rows), default=0.1)))
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(axis="x", color=LINE, lw=0.8)
    _note(canvas, "Dot and 95 % interval; the number is of answered claims. Dashed: all payers. Hollow: fewer than 30 claims.")
    return canvas


def _tiers_by_month(book: Book) -> Canvas:
    canvas, axes = _canvas(3.8)
    answer = book.ask(Question(measure="denied_dollars", by=("month", "tier")), limit=10_000)
    months = sorted({one.keys["month"] for one in answer.segments})[-MOST_MONTHS:]
    found = {(one.keys["month"], one.keys["tier"]): one.value or 0.0 for one in answer.segments}
    floor = [0.0] * len(months)
    for tier, color in TIER_COLORS.items():
        heights = [found.get((month, tier.value), 0.0) for month in months]
        axes.bar(range(len(months)), heights, bottom=floor, color=color, width=0.72, label=tier.value)
        floor = [below + height for below, height in zip(floor, heights, strict=True)]
    axes.set_xticks(list(range(len(months)))[:: 1 + len(months) // 13], months[:: 1 + len(months) // 13])
    axes.legend(frameon=False, fontsize=8, labelcolor=SOFT, ncols=4, loc="lower right", bbox_to_anchor=(1, 1))
    _dollar_axis(axes.yaxis)
    _note(canvas, "Dollars of first denials, by the month in which the denial became known.")
    return canvas


def _aging(book: Book) -> Canvas:
    canvas, axes = _canvas(3.6)
    shown = (
        ("open_denied_dollars", "denied, from the denial", ACCENT),
        ("unanswered_dollars", "no answer yet, from submission", PALE),
    )
    for shift, (measure, label, color) in zip((-0.2, 0.2), shown, strict=True):
        found = {one.keys["aging"]: one for one in _ask(book, measure, "aging")}
        for place, bucket in enumerate(AGING_BUCKETS):
            one = found.get(bucket)
            dollars = (one.value or 0.0) if one else 0.0
            axes.bar(place + shift, dollars, width=0.38, color=color, label=label if place == 0 else None)
            axes.text(place + shift, dollars, f"{one.n if one else 0:,}", ha="center", va="bottom", fontsize=8, color=SOFT)
    axes.set_xticks(range(len(AGING_BUCKETS)), [f"{bucket} days" for bucket in AGING_BUCKETS])
    axes.legend(frameon=False, fontsize=9, labelcolor=SOFT)
    _dollar_axis(axes.yaxis)
    _note(canvas, "Open dollars and number of claims.")
    return canvas


def _became(book: Book) -> Canvas:
    canvas, axes = _canvas(3.0, left=0.26)
    shown: Sequence[tuple[str, str, str]] = (
        ("denied_dollars", "Denied at first", SOFT), ("recovered_dollars", "Recovered in cash", ACCENT),
        ("open_denied_dollars", "Still open", PALE), ("write_off_dollars", "Written off", WARN),
    )  # fmt: skip
    for place, (measure, _, color) in enumerate(shown):
        one = book.ask(Question(measure=measure)).overall
        axes.barh(-place, one.value or 0.0, color=color, height=0.62)
        axes.text(
            one.value or 0.0, -place, f"  {_dollars(one.value or 0.0)} · {one.n:,} claims", va="center", fontsize=9, color=INK
        )
    axes.set_yticks([-place for place in range(len(shown))], [label for _, label, _ in shown])
    axes.set_xlim(0, 1.3 * (book.ask(Question(measure="denied_dollars")).overall.value or 1.0))
    _dollar_axis(axes.xaxis)
    _note(
        canvas,
        "Denied dollars are charges and recovered ones cash at the contract's rate, so that they do not add up to all denied.",
    )
    return canvas


def _ask(book: Book, measure: str, by: str) -> list[Figure]:
    return list(book.ask(Question(measure=measure, by=(by,))).segments)


def _percent_axis(axes: Axes) -> None:
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(axis="y", color=LINE, lw=0.8)


def _dollar_axis(axis: object) -> None:
    axis.set_major_formatter(FuncFormatter(lambda value, _: _dollars(value)))  # type: ignore[attr-defined]
    axis.grid(color=LINE, lw=0.8)  # type: ignore[attr-defined]


def _dollars(value: float) -> str:
    if value >= 10_000_000:
        return f"${value / 1e6:,.0f}M"
    return f"${value / 1000:,.0f}k" if value >= 10_000 else f"${value:,.0f}"
