from pathlib import Path

from serving.analytics.definitions import measures
from serving.analytics.measures_page import render

PAGE = Path(__file__).parents[3] / "docs" / "measures.md"


def test_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m serving.analytics.measures_page"


def test_every_quotient_names_its_denominator() -> None:
    for one in measures().values():
        assert bool(one.denominator) == (one.figure in {"share", "ratio", "mean"} or (one.figure == "median")), one.id
