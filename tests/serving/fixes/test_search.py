"""Proposals of a trained practice: found by scoring the changed claim, smallest first, and never touching the care given."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from claims.claim import Claim
from claims.fix import care_given
from claims.history.store import HistoryStore
from claims.home import Home
from claims.privacy import PersonHasher, load_or_create_key
from claims.x12 import read_file
from claims.x12.transactions import ClaimTransaction
from features.batch import ClaimBatch
from features.evaluation import Evaluation
from features.history import History
from features.matrix import build_matrix
from models.bundle import ModelBundle
from serving.bundles import DENIAL_RISK, load_champion
from serving.fixes.case import Case, PaidHabits
from serving.fixes.number_changes import authorizations
from serving.fixes.rescoring import Candidate, Rescorer
from serving.fixes.search import MAKERS, FixSearch, RiskyClaim
from tests import factories
from tests.serving.fixes import cases

THRESHOLD = 0.15


@pytest.fixture(scope="module")
def bundle(trained_home: Home) -> ModelBundle:
    return load_champion(trained_home, DENIAL_RISK).bundle


@pytest.fixture(scope="module")
def history(trained_home: Home) -> History:
    return History.from_store(HistoryStore(trained_home.history_uri))


@pytest.fixture(scope="module")
def hasher(trained_home: Home) -> PersonHasher:
    return PersonHasher(load_or_create_key(trained_home.person_key))


@pytest.fixture(scope="module")
def claims(trained_home: Home) -> list[Claim]:
    files = sorted((trained_home.path.parent / "files" / "837").iterdir())[-12:]
    transactions = (found for path in files for found in read_file(path).transactions)
    return [claim for found in transactions if isinstance(found, ClaimTransaction) for claim in found.claims]


@pytest.fixture(scope="module")
def batch(claims: list[Claim], hasher: PersonHasher) -> ClaimBatch:
    return ClaimBatch.from_claims(claims, hasher=hasher)


@pytest.fixture(scope="module")
def risky(claims: list[Claim], batch: ClaimBatch, bundle: ModelBundle, history: History) -> list[RiskyClaim]:
    by_cause = bundle.predict_causes(build_matrix(batch, history, bundle.feature_names))
    probability = by_cause.sum(axis=1)
    return [
        RiskyClaim(
            row=int(row),
            claim=claims[row],
            probability=float(probability[row]),
            target=THRESHOLD,
            causes=tuple(bundle.causes[at] for at in np.argsort(-by_cause[row])[:3]),
        )
        for row in np.flatnonzero(probability >= THRESHOLD)
    ]


@pytest.fixture(scope="module")
def search(bundle: ModelBundle, history: History) -> FixSearch:
    return FixSearch(bundle, history, learned_share=np.full(len(bundle.causes), 0.8))


def test_no_change_of_any_claim_touches_what_was_done_to_the_patient(
    claims: list[Claim], batch: ClaimBatch, history: History
) -> None:
    at, habits = Evaluation(batch, history), PaidHabits(history)
    seen = set()
    for row, claim in enumerate(claims):
        case = Case(claim=claim, row=row, at=at, habits=habits)
        for change in (change for make in MAKERS.values() for change in make(case)):
            changed = change.apply(claim)
            assert care_given(changed) == care_given(claim)
            for old, new in zip(claim.lines, changed.lines, strict=True):
                assert old.national_drug_code in (None, new.national_drug_code)
                assert set(old.modifiers) <= set(new.modifiers)
                assert new.units <= old.units
                assert all(1 <= pointer <= len(claim.diagnosis_codes) for pointer in new.diagnosis_pointers)
            assert claim.accident_on in (None, changed.accident_on)
            seen.add(change.fix_id)
    assert {
        "authorization_number",
        "modifier",
        "units",
        "diagnosis_pointer",
        "subscriber_id",
        "payer_id",
        "required_field",
    } <= seen


def test_proposals_lie_below_the_threshold_and_keep_the_care_given(
    risky: list[RiskyClaim], batch: ClaimBatch, search: FixSearch, hasher: PersonHasher
) -> None:
    found = search.propose(risky, batch, hasher=hasher)
    assert len(found) > len(risky) / 10
    by_row = {one.row: one for one in risky}
    for row, proposal in found.items():
        assert proposal.probability_after < THRESHOLD <= proposal.probability_before
        assert 1 <= len(proposal.changes) <= 3
        assert care_given(proposal.claim) == care_given(by_row[row].claim)


def test_claims_searched_together_get_what_each_gets_alone(
    risky: list[RiskyClaim], batch: ClaimBatch, search: FixSearch, hasher: PersonHasher
) -> None:
    together = search.propose(risky, batch, hasher=hasher)
    for one in risky[:25]:
        alone = search.propose([replace(one, row=0)], batch.take(np.array([one.row])), hasher=hasher).get(0)
        other = together.get(one.row)
        assert (alone is None) == (other is None)
        if alone and other:
            assert alone.probability_after == other.probability_after
            assert [change.instruction for change in alone.changes] == [change.instruction for change in other.changes]


def test_single_change_is_preferred_to_several(
    risky: list[RiskyClaim], batch: ClaimBatch, search: FixSearch, hasher: PersonHasher
) -> None:
    found = search.propose(risky, batch, hasher=hasher)
    easier = search.propose([replace(one, target=0.9) for one in risky], batch, hasher=hasher)
    assert all(len(easier[row].changes) <= len(proposal.changes) for row, proposal in found.items() if row in easier)
    assert any(len(proposal.changes) > 1 for proposal in found.values())


def test_nothing_is_proposed_where_nothing_is_asked(search: FixSearch, batch: ClaimBatch, hasher: PersonHasher) -> None:
    assert search.propose([], batch, hasher=hasher) == {}


def test_authorization_to_obtain_scores_as_if_it_were_filed(bundle: ModelBundle) -> None:
    claim = factories.claim()
    before = ClaimBatch.from_claims([claim], hasher=factories.HASHER)
    known = cases.history()
    case = Case(claim=claim, row=0, at=Evaluation(before, known), habits=PaidHabits(known))
    (change,) = authorizations(case)
    rescorer = Rescorer(bundle=bundle, history=known, hasher=factories.HASHER)
    found = rescorer.causes([Candidate.make(0, (change,), claim)], before)

    changed = change.apply(claim)
    day: date = factories.SERVICE_ON
    row = cases.authorization(changed.authorization_number or "", units=1) | {"valid_from": day, "valid_to": day}
    filed = cases.history(csv_rows={"authorizations": [row]})
    sent = ClaimBatch.from_claims([changed], hasher=factories.HASHER)
    expected = bundle.predict_causes(build_matrix(sent, filed, bundle.feature_names))
    assert np.array_equal(found, expected)
    assert not np.array_equal(found, bundle.predict_causes(build_matrix(sent, known, bundle.feature_names)))
