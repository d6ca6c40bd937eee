import pytest

from serving.packet.words import Fact, Piece, fact_names, fill, gaps_in, plain, said

FACTS = {
    "payer": Fact(label="Payer", value="FIRST PLAN", source="NM1"),
    "name": Fact(label="Patient", value=None, source="NM1", gap="patient name: not kept"),
}


@pytest.mark.parametrize(
    ("template", "text", "gaps"),
    [
        ("To {payer}.", "To FIRST PLAN.", ()),
        ("For {name}, to {payer}", "For [patient name: not kept], to FIRST PLAN", ("patient name: not kept",)),
        ("[[Say why {payer} errs]] ok", "[Say why FIRST PLAN errs] ok", ("Say why FIRST PLAN errs",)),
        ("no facts", "no facts", ()),
    ],
)
def test_what_is_not_known_stands_as_a_gap(template: str, text: str, gaps: tuple[str, ...]) -> None:
    words = fill(template, FACTS)
    assert (plain(words), gaps_in([words])) == (text, gaps)


def test_a_gap_is_a_piece_of_its_own() -> None:
    assert fill("a {name} b", FACTS)[1] == Piece(text="patient name: not kept", is_gap=True)


def test_facts_inside_gaps_are_asked_for_too() -> None:
    assert fact_names("{a} [[b {c}]]") == {"a", "c"}


def test_control_characters_are_shown_as_replaced() -> None:
    assert plain(said("A\x0bB")) == "A\N{REPLACEMENT CHARACTER}B"


def test_a_fact_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("{nothing}", FACTS)
