import pytest

from claims.rejection import rejection_cause, rejection_codes
from claims.root_cause import root_causes


@pytest.mark.parametrize(
    ("sets", "cause"),
    [
        ([("A7", "164", "IL")], "patient_information"),
        ([("A3", "21", "PR")], "missing_information"),
        ([("A8", "496", "82")], "provider_enrollment"),
        ([("A7", "718", None)], "timely_filing"),
        ([("A3", "54", None)], "duplicate"),
        ([("A7", "26", "IL")], "patient_information"),
        ([("A7", "26", "85")], "provider_enrollment"),
        ([("A7", "26", None)], "missing_information"),
        ([("A7", None, None)], "missing_information"),
        ([("A7", "999", None), ("A7", "454", None)], "coding"),
        ([("A1", "116", None), ("A7", "252", None)], "authorization"),
        ([], "missing_information"),
    ],
)
def test_cause_follows_from_the_first_known_code_that_rejects(sets: list[tuple[str, str | None, str | None]], cause: str) -> None:
    categories, statuses, entities = ([one[at] for one in sets] for at in range(3))
    assert rejection_cause(categories, statuses, entities) == cause


def test_every_named_cause_is_of_the_vocabulary() -> None:
    codes = rejection_codes()
    assert {codes.default, *codes.cause_of_status.values(), *codes.cause_of_entity.values()} <= set(root_causes())
