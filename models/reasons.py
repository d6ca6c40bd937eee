"""Owns the words of an explanation: one plain sentence per fact, the claim's own value beside what is usual on paid claims."""

from functools import cache

from features.registry import FEATURES
from models.feature_set import feature_title
from models.usual import Usual

_STATEMENTS = ("flag", "share")  # units of features whose title says the whole fact
_WORDS = {"days": "days", "years": "years", "dollars": "dollars"}


def reason(
    name: str, *, observed: float | None, usual: Usual | None, place: str = "", subject: str = "", answers: int | None = None
) -> str:
    """Say a fact in a sentence.

    `observed` `None` = missing; `place` names the line, `subject` what the title leaves open; `answers` is what a rate rests on.
    """
    title = f"{feature_title(name)} [{subject}]" if subject else feature_title(name)
    unit = FEATURES[name].unit if name in FEATURES else ""
    if observed is None:
        text = f"{title}: not known here"
        known = f", known on {_percent(1 - usual.missing)} of paid claims" if usual is not None else ""
    elif unit in _STATEMENTS:
        text, known = _statement(title, unit, observed, usual, answers)
    else:
        text = f"{title}: {_value(name, unit, observed)}{_rests_on(answers)}"
        known = f", usually {_usual_value(name, unit, usual)}" if usual is not None else ""
    return f"{place}{text}{known}."


def _statement(title: str, unit: str, observed: float, usual: Usual | None, answers: int | None) -> tuple[str, str]:
    if unit == "share" and observed > 0:
        return f"{title} ({_percent(observed)}{f'; {answers} paid ones seen' if answers else ''})", ""
    seen = "" if usual is None else _percent(usual.mean if unit == "flag" else 0.0)
    known = f" (so on {seen} of paid claims)" if seen and unit == "flag" else ""
    return (title if observed > 0 else f"Not the case here: {title[0].lower()}{title[1:]}"), known


def _rests_on(answers: int | None) -> str:
    return "" if answers is None else f" ({answers} {'answer' if answers == 1 else 'answers'})"


def _value(name: str, unit: str, value: float) -> str:
    if unit == "rate":
        return _points(value) if "_change_" in name else _percent(value)
    number = f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.2g}"
    return f"{number} {_WORDS[unit]}" if unit in _WORDS else number


@cache
def _usual_value(name: str, unit: str, usual: Usual) -> str:
    low, middle, high = (_value(name, unit, value) for value in (usual.low, usual.middle, usual.high))
    return middle if low == high or unit == "rate" else f"{low.split(' ')[0]} to {high}"


def _percent(share: float) -> str:
    percent = 100 * share
    if 0 < percent < 0.1:
        return "under 0.1 %"
    return f"{percent:.0f} %" if percent >= 1 or percent == 0 else f"{percent:.1f} %"


def _points(change: float) -> str:
    return f"{100 * change:+.0f} points"
