"""Newcomers: rows learnt a second time as if their payer were new."""

from dataclasses import replace

import numpy as np
import pytest

from claims.adjudication import adjudicate
from claims.history.store import HistoryStore
from claims.home import Home
from features.batch import ClaimBatch
from features.history import History
from models.errors import SpecError
from models.spec import NewcomerRule, read_spec
from tests.training.factories import COLUMNS, dataset, spec
from training.dataset import Dataset, read_dataset
from training.members import MemberPlan, fit_members
from training.newcomers import NEW_PAYER, Newcomers, as_new_payer, build_newcomers, history_of_records

NAMES = ("payer_unseen", "provider_enrollment_unknown", "eligibility_unchecked", "procedure_unseen")


@pytest.fixture(scope="module")
def store(trained_home: Home) -> HistoryStore:
    return HistoryStore(trained_home.history_uri).pinned()


@pytest.fixture(scope="module")
def batch(store: HistoryStore) -> ClaimBatch:
    whole = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    return whole.take(np.arange(len(whole) - 400, len(whole)))


@pytest.fixture(scope="module")
def history(store: HistoryStore) -> History:
    whole = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    return History.from_parts(store, adjudication=adjudicate(store), batch=whole)


def test_no_history_knows_a_newcomers_payer(batch: ClaimBatch, history: History) -> None:
    values = as_new_payer(batch, history, NAMES).values
    assert values[:, 0].all()
    assert values[:, 2].all()
    assert not values[:, 3].all(), "what was done is known still"


def test_records_stay_with_a_payer_that_was_only_never_billed(store: HistoryStore, batch: ClaimBatch, history: History) -> None:
    values = as_new_payer(batch, history_of_records(history, store, before=None), NAMES).values
    assert values[:, 0].all()
    assert values[:, 2].mean() < 0.5


def test_half_of_the_newcomers_keep_the_records(store: HistoryStore, batch: ClaimBatch, history: History) -> None:
    made = build_newcomers(batch, history, store, NAMES, share=0.5, before=None)
    assert made is not None
    assert 0.4 * len(batch) < len(made.copied) < 0.6 * len(batch)
    checked = 1 - made.matrix.values[:, 2].mean()
    usual = 1 - as_new_payer(batch, history_of_records(history, store, before=None), NAMES).values[:, 2].mean()
    assert 0.3 * usual < checked < 0.7 * usual


def test_a_share_of_0_copies_nothing(store: HistoryStore, batch: ClaimBatch, history: History) -> None:
    assert build_newcomers(batch, history, store, NAMES, share=0.0, before=None) is None


def _with_newcomers(rows: Dataset) -> Dataset:
    copied = np.arange(0, len(rows), 2)
    matrix = replace(rows.matrix.take(copied), values=np.full((len(copied), len(COLUMNS)), 7.0))
    return replace(rows, newcomers=Newcomers(copied=copied, matrix=matrix))


def test_only_copies_of_the_rows_learnt_from_are_learnt() -> None:
    rows = _with_newcomers(dataset(200))
    chosen = np.array([3, 4, 5, 8])
    learnt = rows.learnt_from(chosen)
    assert learnt.claim_ids.tolist() == ["c-3", "c-4", "c-5", "c-8", "c-4", "c-8"]
    assert (learnt.matrix.values[4:] == 7.0).all()
    assert np.array_equal(learnt.matrix.values[:4], rows.matrix.values[chosen])


def test_members_learn_what_a_newcomer_means() -> None:
    rows = _with_newcomers(dataset(3000))
    plan = MemberPlan(cause="eligibility", causes=("eligibility",))
    rule = spec()
    member = fit_members(rows, np.arange(len(rows)), [plan], rule, rounds={"eligibility": 60})[0]
    blind = fit_members(replace(rows, newcomers=None), np.arange(len(rows)), [plan], rule, rounds={"eligibility": 60})[0]
    strange = np.full((1, len(COLUMNS)), 7.0)
    rate = plan.is_positive(rows, np.arange(len(rows))).mean()

    def away(margin: float) -> float:
        return abs(margin - float(np.log(rate / (1 - rate))))

    assert away(float(member.margin(strange)[0])) < 0.5 * away(float(blind.margin(strange)[0]))
    assert member.positive_count == blind.positive_count, "copies are no further claims"


def test_a_spec_asks_for_newcomers(store: HistoryStore) -> None:
    rule = replace(spec(), newcomers=NewcomerRule(share=0.1))
    found = read_dataset(store, rule, as_of=None)
    assert found.newcomers is not None
    assert found.newcomers.matrix.names == found.matrix.names
    unseen = found.matrix.names.index("payer_unseen")
    assert found.newcomers.matrix.values[:, unseen].all()
    assert not any(str(payer).startswith(NEW_PAYER) for payer in found.payer_id), "the copies stay apart from the rows"


@pytest.mark.parametrize(("share", "subject"), [(1.0, "claim"), (-0.1, "claim"), (0.1, "denial")])
def test_an_impossible_share_is_refused(share: float, subject: str) -> None:
    lightgbm = "[lightgbm]\ndeterministic=true\nforce_row_wise=true\n"
    text = f'name="x"\ntitle="X"\nsubject="{subject}"\n[newcomers]\nshare={share}\n{lightgbm}'
    with pytest.raises(SpecError, match="newcomers"):
        read_spec(text, file="x.toml")
