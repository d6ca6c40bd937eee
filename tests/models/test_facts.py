"""Facts of an explained row: the waterfall adds up, what protects lowers, and the picture is sound."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from models.facts import Background, Evidence, Waterfall
from models.root_causes import explained_rows
from models.usual import Usual
from models.waterfall_picture import draw_waterfall
from tests.models.factories import NAMES, bundle, matrix


@pytest.mark.parametrize("most", [1, 3, 50])
def test_a_waterfall_adds_up_to_the_margin(most: int) -> None:
    model, rows = bundle(), matrix(40)
    for one in explained_rows(model.explain(rows), rows):
        found = one.waterfall(most)
        assert found.base + sum(step.contribution for step in found.steps) + found.rest == pytest.approx(found.margin, abs=1e-9)
        sizes = [abs(step.contribution) for step in found.steps]
        assert sizes == sorted(sizes, reverse=True)
        assert len(found.steps) + found.rest_count <= len(NAMES)


def test_what_protects_lowers_the_risk_most_first() -> None:
    model, rows = bundle(), matrix(40)
    explanation = model.explain(rows)
    for one in explained_rows(explanation, rows):
        found = [fact.contribution for fact in one.protective()]
        assert found == sorted(found)
        assert all(value < 0 for value in found)
        assert found[0] == explanation.contributions[one.row].min()


def test_a_fact_is_told_beside_what_is_usual() -> None:
    model, rows = bundle(), matrix(5)
    usual = Usual(low=1.0, middle=2.0, high=3.0, mean=2.0, missing=0.5)
    told = explained_rows(model.explain(rows), rows, background=Background(usual=dict.fromkeys(NAMES, usual)))
    assert all(step.usual == usual and step.text for step in told[0].waterfall().steps)


def _waterfall(title: str) -> Waterfall:
    fact = Evidence(feature="payer_denial_rate_90d", title=title, observed=0.3, contribution=0.4)
    lower = Evidence(feature="eligibility_check_age", title=title, observed=None, contribution=-0.1)
    return Waterfall(base=0.1, steps=(fact, lower), rest=0.05, rest_count=7, margin=0.45)


def test_the_picture_is_well_formed_and_shows_both_ends() -> None:
    text = draw_waterfall(_waterfall("x"), title="Claim <1> & more")
    root = ElementTree.fromstring(text)  # noqa: S314  our own text
    words = [node.text for kind in ("text", "tspan") for node in root.iter(f"{{http://www.w3.org/2000/svg}}{kind}")]
    assert "Claim <1> & more" in words
    assert {"An average claim", "This claim", "7 other facts together", "10 %", "36 %", "+0.400", "-0.100"} <= set(words)
    bars = [float(node.attrib["width"]) for node in root.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert np.isclose(bars[1] / bars[2], 4.0, atol=0.02)
    assert "<script" not in text


def test_sums_over_causes_keep_their_bits_in_a_batch() -> None:
    model, rows = bundle(), matrix(70)
    weights = np.array([0.3, 0.7, 0.11])
    together = (model.explain(rows).by_cause * weights).sum(axis=1)
    alone = [(model.explain(rows.take(np.array([row]))).by_cause * weights).sum(axis=1)[0] for row in range(70)]
    assert together.tolist() == alone
