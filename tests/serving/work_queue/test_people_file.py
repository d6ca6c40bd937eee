from pathlib import Path

import pytest

from serving.errors import PeopleError
from serving.work_queue.people import Person
from serving.work_queue.people_file import parse_people, read_people

ANN = Person(name="Ann", minutes_per_day=240.0, actions=frozenset({"appeal", "send_records"}))
BOB = Person(name="Bob", minutes_per_day=300.5)


def test_file_and_words_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,minutes_per_day,actions\nAnn,240,appeal; send_records\nBob,300.5,\n", encoding="utf-8")
    assert read_people(path) == (ANN, BOB) == parse_people(["Ann:240:appeal;send_records", "Bob:300.5"])


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (["Ann"], "person 1"), (["Ann:240:appeal:x"], "person 1"), ([":240"], "person 1, name"),
        (["Bob:300", "Ann:x"], "person 2, minutes_per_day"), (["Ann:0"], "person 1, minutes_per_day"),
        (["Ann:nan"], "person 1, minutes_per_day"), (["Ann:240:juggle"], "person 1, actions"), (["Ann:1", "Ann:2"], "people"),
        ([], "people"),
    ],
)  # fmt: skip
def test_what_names_no_person_is_refused_with_its_place(words: list[str], place: str) -> None:
    with pytest.raises(PeopleError, match=place):
        parse_people(words)


def test_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("who,minutes\nAnn,240\n", encoding="utf-8")
    with pytest.raises(PeopleError, match="header: expected name,minutes_per_day,actions"):
        read_people(path)
