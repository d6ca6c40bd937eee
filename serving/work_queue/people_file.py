"""Owns reading who works the queue: a CSV `name,minutes_per_day,actions`, and the same facts in one word of a request."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from serving.errors import PeopleError
from serving.work_queue.actions import ACTIONS
from serving.work_queue.people import Person

COLUMNS = ("name", "minutes_per_day", "actions")
MOST_PEOPLE = 200


def read_people(path: Path) -> tuple[Person, ...]:
    """Read a team. `actions` are next actions with semicolons between; empty = all. Raises: PeopleError."""
    with path.open(newline="", encoding="utf-8-sig") as handle:
        reader = csv.DictReader(handle)
        if set(reader.fieldnames or ()) != set(COLUMNS):
            raise PeopleError("header", expected=",".join(COLUMNS), got=f"{len(reader.fieldnames or ())} other columns")
        people = [_person(row, place=f"line {reader.line_num}") for row in reader]
    return _team(people)


def parse_people(words: Sequence[str]) -> tuple[Person, ...]:
    """Read a team of `name:minutes_per_day` or `name:minutes_per_day:action;action`. Raises: PeopleError."""
    people = []
    for at, word in enumerate(words, start=1):
        parts = word.split(":")
        if len(parts) not in {2, 3}:
            raise PeopleError(
                f"person {at}", expected="name:minutes_per_day or name:minutes_per_day:actions", got=f"{len(parts)} parts"
            )
        people.append(_person(dict(zip(COLUMNS, [*parts, ""], strict=False)), place=f"person {at}"))
    return _team(people)


def _person(row: Mapping[str, str | None], *, place: str) -> Person:
    name = (row["name"] or "").strip()
    if not 0 < len(name) <= 80:
        raise PeopleError(f"{place}, name", expected="1 to 80 characters", got=f"{len(name)}")
    actions = frozenset(action.strip() for action in (row["actions"] or "").split(";") if action.strip())
    if not actions <= ACTIONS:
        raise PeopleError(f"{place}, actions", expected=f"some of {', '.join(sorted(ACTIONS))}", got="another")
    return Person(name=name, minutes_per_day=_minutes(row["minutes_per_day"], place=place), actions=actions or None)


def _minutes(given: str | None, *, place: str) -> float:
    try:
        minutes = float(given or "")
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= 1440:
        raise PeopleError(f"{place}, minutes_per_day", expected="a number above 0, at most 1440", got="another")
    return minutes


def _team(people: Sequence[Person]) -> tuple[Person, ...]:
    if not 0 < len(people) <= MOST_PEOPLE:
        raise PeopleError("people", expected=f"1 to {MOST_PEOPLE}", got=str(len(people)))
    if len({person.name for person in people}) < len(people):
        raise PeopleError("people", expected="each name once", got="one twice")
    return tuple(people)
