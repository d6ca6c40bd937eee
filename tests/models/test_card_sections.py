from models.card_sections import certainty
from tests.models.factories import bundle
from tests.models.test_confidence import confidence

FIGURES = {
    "mean_width": 0.21,
    "unfamiliar_share": 0.1,
    "low_held": 1.0,
    "high_held": 0.9,
    "segment_count": 21,
    "segments_inside": 0.95,
    "unfamiliar": {"row_count": 40, "observed": 0.2, "expected": 0.25, "log_loss": 0.45},
}


def test_the_card_says_that_the_width_is_assumed_and_names_what_is_unfamiliar() -> None:
    text = "\n".join(certainty(bundle(confidence=confidence(), metrics={"confidence": FIGURES})))
    assert "80% of the rows" in text
    assert "assumption" in text
    assert "| unfamiliar | 40 | 0.2000 | 0.2500 | 0.4500 |" in text
    assert "- Few answers of this payer" in text


def test_a_model_without_intervals_has_no_such_section() -> None:
    assert certainty(bundle()) == []
    assert certainty(bundle(confidence=confidence())) == []
