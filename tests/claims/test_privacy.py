import stat
from datetime import date
from pathlib import Path

import pytest

from claims.privacy import PersonHasher, UnusableKey, load_or_create_key
from tests import factories as make


def test_ids_that_differ_in_typing_alone_hash_alike() -> None:
    assert make.HASHER.subscriber_key(" abc123 ") == make.HASHER.subscriber_key("ABC123")


@pytest.mark.parametrize("absent", [None, "", "   "])
def test_an_absent_id_has_no_hash(absent: str | None) -> None:
    assert make.HASHER.subscriber_key(absent) is None


def test_another_key_gives_other_hashes() -> None:
    assert PersonHasher(b"other").subscriber_key("ABC123") != make.HASHER.subscriber_key("ABC123")


def test_hash_shows_nothing_of_the_id() -> None:
    key = make.HASHER.subscriber_key("ABC123456789")
    assert key is not None
    assert len(key) == 32
    assert "123" not in key[:3]


def test_members_of_a_family_under_one_id_stay_apart() -> None:
    mother, child = make.person(), make.person(first_name="ANN", birth_on=date(2015, 1, 2))
    assert make.HASHER.patient_key(mother, "X1") != make.HASHER.patient_key(child, "X1")


def test_a_patient_is_the_same_under_another_member_id_and_another_spelling() -> None:
    wanted = make.HASHER.patient_key(make.person(last_name="O'NEIL"), "X1")
    assert make.HASHER.patient_key(make.person(last_name="O NEIL"), "Y2") == wanted
    assert make.HASHER.patient_key(make.person(last_name="ROE"), "X1") != wanted


def test_a_patient_without_birth_date_is_told_by_the_member_id() -> None:
    person = make.person(birth_on=None)
    assert make.HASHER.patient_key(person, "X1") == make.HASHER.patient_key(person, " x1")
    assert make.HASHER.patient_key(person, "X1") != make.HASHER.patient_key(person, "Y2")


def test_a_patient_without_id_and_birth_date_has_no_key() -> None:
    assert make.HASHER.patient_key(make.person(birth_on=None), None) is None


def test_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "person.key"
    first = load_or_create_key(path)
    assert load_or_create_key(path) == first
    assert len(first) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["person.key"]


@pytest.mark.parametrize("content", ["", "xyz", "00ff"])
def test_a_damaged_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "person.key"
    path.write_text(content)
    with pytest.raises(UnusableKey, match="expected 64 hexadecimal digits"):
        load_or_create_key(path)
