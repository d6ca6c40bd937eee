from dataclasses import replace

import numpy as np

from claims.root_cause import root_causes
from models.root_causes import explained_rows, rank_root_causes
from tests.models.factories import NAMES, bundle, fit_member, matrix, member


def test_causes_are_ranked_by_share_without_repeats() -> None:
    model, rows = bundle(), matrix()
    ranked = rank_root_causes(explained_rows(model.explain(rows), rows))
    causes = model.predict_causes(rows)
    for row, found in enumerate(ranked):
        shares = [cause.share for cause in found]
        assert len(found) == 3
        assert shares == sorted(shares, reverse=True)
        assert len({cause.id for cause in found}) == 3
        assert sum(shares) <= 1 + 1e-12
        assert found[0].id == model.causes[int(causes[row].argmax())]


def test_shares_are_cause_probabilities_over_the_probability() -> None:
    model, rows = bundle(), matrix(50)
    found = rank_root_causes(explained_rows(model.explain(rows), rows), most=1)
    wanted = model.predict_causes(rows)
    assert np.allclose([cause[0].probability for cause in found], wanted.max(axis=1), rtol=0, atol=2e-2 * wanted.max())
    assert np.allclose([cause[0].share for cause in found], (wanted / wanted.sum(axis=1, keepdims=True)).max(axis=1))


def test_owner_and_fix_come_from_the_vocabulary() -> None:
    rows = matrix(5)
    for found in rank_root_causes(explained_rows(bundle().explain(rows), rows)):
        for cause in found:
            words = root_causes()[cause.id]
            assert (cause.owner, cause.fix, cause.tier) == (words.owner, words.fix, words.tier.value)


def test_evidence_shows_the_claims_own_value_of_what_drives_the_cause() -> None:
    rows = matrix(200)
    rows.values[:, 1] = np.linspace(-2, 2, 200)
    model = bundle(members=(member("authorization", column=1, rounds=30),))
    top = rank_root_causes(explained_rows(model.explain(rows), rows))[199][0]
    assert top.evidence[0].feature == NAMES[1]
    assert top.evidence[0].observed == 2.0
    assert [item.contribution for item in top.evidence] == sorted((item.contribution for item in top.evidence), reverse=True)
    assert all(item.contribution > 0 for item in top.evidence)


def test_a_missing_value_is_shown_as_missing() -> None:
    random = np.random.default_rng(2)
    learned = matrix(800)
    learned.values[:, 0] = np.where(random.random(800) < 0.5, np.nan, 1.0)
    labels = np.isnan(learned.values[:, 0]) & (random.random(800) < 0.8)
    model = bundle(members=(fit_member("eligibility", learned.values, labels, rounds=20),))
    rows = learned.take(np.flatnonzero(np.isnan(learned.values[:, 0]))[:1])
    top = rank_root_causes(explained_rows(model.explain(rows), rows))[0][0]
    assert (top.evidence[0].feature, top.evidence[0].observed) == (NAMES[0], None)


def test_a_model_without_causes_names_none() -> None:
    rows = matrix(3)
    single = replace(bundle(), members=(replace(member("eligibility", column=0), cause="appeal_success"),))
    assert rank_root_causes(explained_rows(single.explain(rows), rows)) == [(), (), ()]
