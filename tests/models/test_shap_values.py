from dataclasses import replace

import numpy as np
import pytest

from claims.home import Home
from features.matrix import FeatureMatrix
from models.feature_set import feature_title
from models.shap_values import to_shap
from serving.bundles import DENIAL_RISK, load_champion


def _matrix(names: tuple[str, ...]) -> FeatureMatrix:
    values = np.random.default_rng(3).uniform(0, 5, (4, len(names)))
    return FeatureMatrix(values=values, names=names, ids=np.array(list("abcd"), dtype=object))


def test_shap_values_of_a_row_add_up_to_the_shown_probability(trained_home: Home) -> None:
    bundle = load_champion(trained_home, DENIAL_RISK).bundle
    matrix = _matrix(bundle.feature_names)
    found = to_shap(bundle.explain(matrix), matrix)
    np.testing.assert_allclose(
        1 - np.exp(-(found.base_values + found.values.sum(axis=1))), bundle.predict_probability(matrix), rtol=1e-9
    )
    assert found.feature_names == [feature_title(name) for name in matrix.names]
    np.testing.assert_array_equal(found.data, matrix.values)


def test_another_matrix_than_the_explained_one_is_refused(trained_home: Home) -> None:
    bundle = load_champion(trained_home, DENIAL_RISK).bundle
    matrix = _matrix(bundle.feature_names)
    with pytest.raises(ValueError, match="the matrix that was explained"):
        to_shap(bundle.explain(matrix), matrix.take(np.array([0])))
    with pytest.raises(ValueError, match="the matrix that was explained"):
        to_shap(bundle.explain(matrix), replace(matrix, names=matrix.names[::-1]))
