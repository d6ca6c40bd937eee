from pathlib import Path

import pytest

from models.errors import SpecError
from models.spec import ModelSpec, history_specs, read_spec, shipped_specs

GOOD = """
name = "x"
title = "X"
subject = "claim"
[lightgbm]
deterministic = true
force_row_wise = true
"""


@pytest.mark.parametrize("name", shipped_specs())
def test_shipped_specs_load_and_are_deterministic(name: str) -> None:
    spec = ModelSpec.load(name)
    assert spec.name == name
    assert "seed" in spec.lightgbm
    assert "num_threads" in spec.lightgbm


def test_both_models_ship_a_spec() -> None:
    assert shipped_specs() == ("appeal_success", "denial_risk", "foreign_claims", "imr")
    assert history_specs() == ("appeal_success", "denial_risk")


def test_a_spec_loads_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(GOOD)
    assert ModelSpec.load(path).title == "X"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("[maturity]\nquantil = 0.9", "quantil"),
        ("[causs]\nrest = 'x'", "causs"),
        ("[maturity]\nquantile = 1.5", "quantile"),
        ("[maturity]\nquantile = 'high'", "expected float, got str"),
        ("[split]\ntest_fraction = 1.0", "test_fraction"),
        ("[split]\nfold_starts = [0.8, 0.6]", "rising fractions"),
        ("[calibration]\nmethods = ['magic']", "methods"),
        ("[rounds]\nmost = true", "expected int, got bool"),
        ("[rounds]\nleast = 9\nmost = 8", "least <= most"),
        ("[confidence]\nlevel = 1.0", "level"),
        ("[confidence]\nunfamiliar = [['column', 'few', 'words']]", "rows of column, count and words"),
        ("[[", "expected TOML"),
    ],
)
def test_a_wrong_key_or_value_is_refused_by_name(change: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        read_spec(GOOD + change, file="my.toml")


def test_a_spec_that_is_not_deterministic_is_refused() -> None:
    with pytest.raises(SpecError, match="deterministic"):
        read_spec(GOOD.replace("deterministic = true\n", ""), file="my.toml")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(SpecError, match="appeal_success, denial_risk"):
        ModelSpec.load("no_such_model")


def test_an_unknown_subject_is_refused() -> None:
    with pytest.raises(SpecError, match="subject"):
        read_spec(GOOD.replace('"claim"', '"patient"'), file="my.toml")
