"""Owns what is due when: events by day and kind, run in a fixed order within the day."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

Event = Callable[[int], object]
# Submissions come before the day's answers: nobody reads today's mail before sending today's claims. A review is of those.
_ORDER = ("check", "submit", "review", "acknowledge", "answer", "follow", "decide")


class Agenda:
    """The events ahead. What lies after the last day never happens, so no file is dated after it."""

    def __init__(self, last_day: int) -> None:
        self.last_day = last_day
        self._due: dict[int, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))

    def plan(self, day: int, kind: str, event: Event) -> None:
        """Put an event on a day."""
        if day <= self.last_day:
            self._due[day][kind].append(event)

    def run(self, day: int) -> None:
        """Run a day's events, also those that they add to the same day and kind."""
        due = self._due.pop(day, None)
        if due is None:
            return
        for kind in _ORDER:
            events = due.get(kind, [])
            position = 0
            while position < len(events):
                events[position](day)
                position += 1


def business_day(day: int) -> int:
    """Move a weekend day to the Monday after."""
    weekday = date.fromordinal(day).weekday()
    return day + (7 - weekday if weekday > 4 else 0)


def next_weekday(day: int, weekdays: tuple[int, ...]) -> int:
    """Move to the next of these weekdays (Monday = 0)."""
    while date.fromordinal(day).weekday() not in weekdays:
        day += 1
    return day
