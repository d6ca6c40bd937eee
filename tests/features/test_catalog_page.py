from pathlib import Path

from claims.root_cause import root_causes
from features.catalog import APPEAL_FEATURES, CLAIM_FEATURES, LINE_FEATURES
from features.catalog_page import render
from features.registry import FEATURES

PAGE = Path(__file__).parents[2] / "docs" / "features.md"
UNITS = {"share", "rate", "count", "days", "dollars", "flag", "years", "code", "ratio"}


def test_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m features.catalog_page"


def test_every_feature_stands_in_one_catalog() -> None:
    assert set(FEATURES) == {*CLAIM_FEATURES, *LINE_FEATURES, *APPEAL_FEATURES}
    assert len(set(CLAIM_FEATURES)) == len(CLAIM_FEATURES)
    assert len(set(LINE_FEATURES)) == len(LINE_FEATURES)


def test_every_feature_is_described_and_speaks_for_a_known_cause() -> None:
    for name, one in FEATURES.items():
        assert one.unit in UNITS, name
        assert one.root_cause is None or one.root_cause in root_causes(), name
        assert one.function.__doc__, name
        assert "_" not in one.title, name


def test_every_preventable_cause_has_a_feature_that_speaks_for_it() -> None:
    assert {FEATURES[name].root_cause for name in CLAIM_FEATURES} >= set(root_causes())


def test_titles_tell_features_apart() -> None:
    titles = [FEATURES[name].title for name in CLAIM_FEATURES]
    assert sorted({title for title in titles if titles.count(title) > 1}) == []
