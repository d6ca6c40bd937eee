import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import models
from features.registry import FEATURES
from models.bundle import BUNDLE_FILE, MANIFEST_FILE, ModelBundle
from models.calibration import Calibration
from models.errors import BundleError
from models.feature_set import FeatureSet
from tests.models.factories import CAUSES, NAMES, PLATT, bundle, fit_member, matrix


@pytest.fixture(scope="module")
def model() -> ModelBundle:
    return bundle()


@pytest.fixture
def saved(model: ModelBundle, tmp_path: Path) -> Path:
    model.save(tmp_path / "bundle")
    return tmp_path / "bundle"


def reseal(folder: Path) -> None:
    seal = json.loads((folder / MANIFEST_FILE).read_text())
    seal["sha256"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in seal["sha256"]}
    (folder / MANIFEST_FILE).write_text(json.dumps(seal))


def test_loaded_bundle_predicts_the_same_bits(model: ModelBundle, saved: Path) -> None:
    loaded = ModelBundle.load(saved)
    rows = matrix()
    assert np.array_equal(loaded.predict_probability(rows), model.predict_probability(rows))
    assert np.array_equal(loaded.explain(rows).contributions, model.explain(rows).contributions)
    assert (loaded.version, loaded.causes, loaded.data_version) == (model.version, CAUSES, "7-abc")


def test_bundle_holds_only_text_and_json(saved: Path) -> None:
    assert {path.suffix for path in saved.iterdir()} == {".txt", ".json", ".md"}
    for path in saved.iterdir():
        assert path.read_bytes().decode("utf-8") is not None


@pytest.mark.parametrize("method", ["none", "platt"])
def test_a_batch_equals_its_rows_one_by_one(model: ModelBundle, method: str) -> None:
    calibrated = replace(model, calibration=PLATT if method == "platt" else Calibration())
    rows = matrix(600)
    whole, causes, explained = (calibrated.predict_probability(rows), calibrated.predict_causes(rows), calibrated.explain(rows))
    for at in range(0, 600, 7):
        one = rows.take(np.array([at]))
        assert calibrated.predict_probability(one)[0] == whole[at]
        assert np.array_equal(calibrated.predict_causes(one)[0], causes[at])
        single = calibrated.explain(one)
        assert np.array_equal(single.contributions[0], explained.contributions[at])
        assert np.array_equal(single.by_cause[0], explained.by_cause[at])
        assert np.array_equal(single.evidence[0], explained.evidence[at])


def test_permuted_rows_give_permuted_answers(model: ModelBundle) -> None:
    rows, order = matrix(400), np.random.default_rng(1).permutation(400)
    assert np.array_equal(model.predict_probability(rows.take(order)), model.predict_probability(rows)[order])


def test_an_empty_batch_gives_empty_answers(model: ModelBundle) -> None:
    rows = matrix(0)
    assert model.predict_probability(rows).shape == (0,)
    assert model.predict_causes(rows).shape == (0, 3)
    assert model.explain(rows).contributions.shape == (0, len(NAMES))


def test_cause_probabilities_sum_to_the_probability(model: ModelBundle) -> None:
    rows = matrix()
    assert np.abs(model.predict_causes(rows).sum(axis=1) - model.predict_probability(rows)).max() < 1e-12


def test_without_calibration_causes_compete_as_independent_risks(model: ModelBundle) -> None:
    rows = matrix()
    margins = np.stack([member.margin(rows.values) for member in model.members])
    survival = np.prod(1 / (1 + np.exp(margins)), axis=0)
    plain = replace(model, calibration=Calibration())
    assert np.abs(plain.predict_probability(rows) - (1 - survival)).max() < 1e-12


@pytest.mark.parametrize("method", ["none", "platt", "beta"])
def test_contributions_add_to_the_shown_probability(model: ModelBundle, method: str) -> None:
    maps = {
        "none": Calibration(),
        "platt": PLATT,
        "beta": Calibration(method="beta", log_slope=0.9, hazard_slope=1.4, intercept=0.3),
    }
    rows = matrix(2500)
    calibrated = replace(model, calibration=maps[method])
    explained = calibrated.explain(rows)
    assert np.abs(explained.base + explained.contributions.sum(axis=1) - explained.margin).max() < 1e-9
    assert np.abs(explained.by_cause.sum(axis=1) - explained.margin).max() < 1e-9
    assert np.abs(-np.expm1(-explained.margin) - calibrated.predict_probability(rows)).max() == 0


def test_contributions_of_one_member_are_its_shap_values_rescaled() -> None:
    rows = matrix(200)
    only = fit_member("appeal_success", rows.values, np.arange(200) % 3 == 0, rounds=10)
    model = bundle(members=(only,), calibration=Calibration())
    shap, base = only.contributions(rows.values)
    explained = model.explain(rows)
    far = np.abs(only.margin(rows.values) - base) > 1e-3
    ratio = explained.contributions[far] * (only.margin(rows.values) - base)[far, None]
    assert np.allclose(ratio, shap[far] * (explained.margin - explained.base)[far, None], atol=1e-12)


def test_a_member_that_learned_nothing_explains_nothing() -> None:
    rows = matrix(100)
    labels = np.zeros(100, dtype=bool)
    labels[:5] = True
    flat = fit_member("eligibility", np.zeros_like(rows.values), labels, rounds=1)
    explained = bundle(members=(flat,)).explain(rows)
    assert np.all(explained.contributions == 0)
    assert np.abs(explained.margin - explained.base).max() < 1e-12
    assert np.all(explained.evidence == -1)


def test_swapped_columns_are_refused(model: ModelBundle) -> None:
    rows = matrix()
    swapped = replace(rows, names=(NAMES[1], NAMES[0], *NAMES[2:]))
    with pytest.raises(BundleError, match="differ from column 0"):
        model.predict_probability(swapped)


def test_a_changed_file_is_refused(saved: Path) -> None:
    path = saved / "member_authorization.txt"
    path.write_text(path.read_text().replace("leaf_value=", "leaf_value=9", 1))
    with pytest.raises(BundleError, match=r"member_authorization\.txt: expected the content that the manifest seals"):
        ModelBundle.load(saved)


def test_a_missing_file_is_refused(saved: Path) -> None:
    (saved / "member_eligibility.txt").unlink()
    with pytest.raises(BundleError, match="member_eligibility"):
        ModelBundle.load(saved)


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="manifest"):
        ModelBundle.load(tmp_path)


def test_a_manifest_cannot_reach_outside_its_folder(saved: Path) -> None:
    seal = json.loads((saved / MANIFEST_FILE).read_text())
    seal["sha256"]["../secret.txt"] = "0"
    (saved.parent / "secret.txt").write_text("x")
    (saved / MANIFEST_FILE).write_text(json.dumps(seal))
    with pytest.raises(BundleError, match="expected a file of the bundle"):
        ModelBundle.load(saved)


def test_a_feature_of_another_version_is_refused_by_name(saved: Path) -> None:
    content = json.loads((saved / BUNDLE_FILE).read_text())
    content["features"]["versions"][NAMES[4]] += 1
    (saved / BUNDLE_FILE).write_text(json.dumps(content))
    reseal(saved)
    with pytest.raises(BundleError, match=f"expected {NAMES[4]} of version {FEATURES[NAMES[4]].version + 1}"):
        ModelBundle.load(saved)


def test_a_feature_that_is_not_installed_is_refused_by_name(saved: Path) -> None:
    content = json.loads((saved / BUNDLE_FILE).read_text())
    content["features"]["names"][2] = "phase_of_the_moon"
    (saved / BUNDLE_FILE).write_text(json.dumps(content))
    reseal(saved)
    with pytest.raises(BundleError, match="phase_of_the_moon"):
        ModelBundle.load(saved)


def test_columns_in_another_order_are_refused_by_fingerprint(saved: Path) -> None:
    content = json.loads((saved / BUNDLE_FILE).read_text())
    names = content["features"]["names"]
    names[0], names[1] = names[1], names[0]
    (saved / BUNDLE_FILE).write_text(json.dumps(content))
    reseal(saved)
    with pytest.raises(BundleError, match="fingerprint"):
        ModelBundle.load(saved)


def test_garbage_instead_of_a_member_is_refused(saved: Path) -> None:
    (saved / "member_eligibility.txt").write_text("not a model")
    reseal(saved)
    with pytest.raises(BundleError, match="expected a LightGBM model"):
        ModelBundle.load(saved)


def test_version_follows_content(model: ModelBundle) -> None:
    assert bundle().version == model.version
    assert replace(model, calibration=Calibration()).version != model.version


def test_the_content_is_hashed_once(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = ModelBundle.load(saved)
    version = loaded.version
    monkeypatch.setattr(hashlib, "sha256", None)
    assert loaded.version == version


def test_unknown_feature_names_make_no_feature_set() -> None:
    with pytest.raises(BundleError, match="no_such_feature"):
        FeatureSet.installed(["no_such_feature"])


def test_predicting_and_explaining_load_no_training_library() -> None:
    script = (
        "import sys; from models.bundle import ModelBundle; import models.root_causes;"
        # LightGBM itself imports sklearn where it is installed; ours does not.
        "print(sorted({'shap', 'mlflow', 'matplotlib', 'optuna'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_of_models_imports_sklearn() -> None:
    sources = sorted(Path(models.__file__).parent.glob("*.py"))
    assert len(sources) > 5
    assert [path.name for path in sources if "sklearn" in path.read_text(encoding="utf-8")] == []
