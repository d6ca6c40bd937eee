"""What a book gives for all tables at once equals what each index gives alone, asked by the text of its keys."""

from dataclasses import replace

import numpy as np
import pytest

from features.batch import ClaimBatch
from features.bundled import Bundles
from features.catalog import CLAIM_FEATURES, LINE_FEATURES
from features.evaluation import HABITS, OUTCOMES, SENT, Evaluation, is_of_lines
from features.history import USUAL_JOBS, History
from features.matrix import build_line_matrix, build_matrix
from features.packed_keys import MOST_PACKED, radix_of
from features.registry import FeatureError
from features.tables import SPANS
from tests import factories
from tests.features import worlds

SEED = 23
CLAIMS = worlds.random_claims(SEED, 120)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return History.from_store(worlds.store_of(CLAIMS[:90], tmp_path_factory.mktemp("history"), seed=SEED))


@pytest.fixture(scope="module")
def at(history: History) -> Evaluation:
    """See known claims, and a stranger whose every key is new."""
    stranger = factories.claim("NEW", payer=replace(factories.payer(), payer_id="NOBODY"))
    return Evaluation(ClaimBatch.from_claims([*CLAIMS, stranger], hasher=factories.HASHER), history)


@pytest.mark.parametrize("kind", [OUTCOMES, HABITS, SENT])
def test_a_book_counts_what_its_indexes_count(at: Evaluation, kind: str) -> None:
    counted = 0.0
    for table, span in dict.fromkeys(USUAL_JOBS[kind]):
        index, codes, found = at.look_up(kind, table, span=span)
        window, last = SPANS[span]
        encoded = index.encode(at.key(table))
        alone = index.before(encoded, at.line_day if is_of_lines(table) else at.day, days=window, last=last)
        assert np.array_equal(codes, encoded), table
        for measure in index.measures:
            own = index.count(measure, alone)
            assert np.array_equal(index.count(measure, found), own), (table, span, measure)
            counted += own.sum()
    assert counted > 0


def test_columns_bundled_have_the_bits_of_one_by_one(at: Evaluation, history: History) -> None:
    plain = replace(history, bundles={})
    for names in (CLAIM_FEATURES, LINE_FEATURES):
        plain.bundles[names] = Bundles(bundles=(), others=tuple(range(len(names))))
    for build in (build_matrix, build_line_matrix):
        together, apart = build(at.batch, history), build(at.batch, plain)
        assert np.array_equal(together.values, apart.values, equal_nan=True)


def test_keys_that_do_not_fit_a_number_are_refused() -> None:
    many = dict.fromkeys(map(str, range(3_000_000)), 0)
    assert len(many) ** 3 > MOST_PACKED
    with pytest.raises(FeatureError, match="key of a, b, c"):
        radix_of({"a": many, "b": many, "c": many}, ("a", "b", "c"))


def test_a_span_that_is_not_usual_is_planned_when_asked(at: Evaluation, history: History) -> None:
    assert ("referrer_payer", "30d") not in history.books[OUTCOMES, False].usual.place
    assert np.all(at.counts("referrer_payer", "answers", span="30d") <= at.counts("referrer_payer", "answers"))


def test_an_empty_batch_gives_an_empty_matrix(history: History) -> None:
    assert build_matrix(ClaimBatch.from_claims([], hasher=factories.HASHER), history).values.shape == (0, len(CLAIM_FEATURES))
