"""The indexed rates equal those of the slow oracle, which looks at every earlier answer again."""

import numpy as np
import pytest

from claims.adjudication import adjudicate
from claims.history.store import HistoryStore
from features.batch import NO_DAY, ClaimBatch, day_date
from features.evaluation import Evaluation
from features.history import History
from features.outcomes import Outcomes
from features.tables import CLAIM_TABLES, LINE_TABLES, TABLES, counted_causes
from tests.features import worlds
from tests.oracles.rates import Answered, rate

SEED = 11
CLAIMS = worlds.random_claims(SEED, 120)
SPANS = ("ever", "90d", "365d")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> HistoryStore:
    return worlds.store_of(CLAIMS, tmp_path_factory.mktemp("history"), seed=SEED)


@pytest.fixture(scope="module")
def evaluation(store: HistoryStore) -> Evaluation:
    batch = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    return Evaluation(batch, History.from_store(store))


def _answers(store: HistoryStore, at: Evaluation, tables: dict[str, object], *, of_lines: bool) -> list[Answered]:
    outcomes = Outcomes.align(adjudicate(store), at.batch)
    answers = outcomes.lines if of_lines else outcomes.claims
    keys = {name: at.key(name) for name in tables}
    return [
        Answered(
            keys={name: keys[name][row] for name in tables},
            known_on=day_date(int(known)),
            cause=answers.category[row] if answers.denied[row] else None,
        )
        for row, known in enumerate(answers.known)
        if known != NO_DAY
    ]


def _assert_equal_to_oracle(store: HistoryStore, at: Evaluation, tables: dict[str, object], *, of_lines: bool) -> None:
    answers = _answers(store, at, tables, of_lines=of_lines)
    day = at.line_day if of_lines else at.day
    keys = {name: at.key(name) for name in tables}
    rows = np.linspace(0, len(day) - 1, 7).astype(int).tolist()
    asked = 0
    for name in tables:
        for measure in ("denied", *sorted(counted_causes(name))[:2]):
            for span in SPANS:
                found = at.rate(name, measure, span=span)
                for row in rows:
                    of_row = {key: values[row] for key, values in keys.items()}
                    slow = rate(answers, of_row, table=name, measure=measure, before=day_date(int(day[row])), span=span)
                    assert found[row] == pytest.approx(slow, rel=1e-12), (name, measure, span, row)
                    asked += 1
    assert asked >= 3 * 7 * len(tables)


def test_rates_of_claims_equal_the_oracle(store: HistoryStore, evaluation: Evaluation) -> None:
    names = ("all", "payer", "provider", "location_payer", "provider_payer", "payer_eligibility", "payer_resend")
    wanted = _with_parents(names)
    assert wanted <= set(CLAIM_TABLES)
    _assert_equal_to_oracle(store, evaluation, dict.fromkeys(sorted(wanted)), of_lines=False)


def test_rates_of_lines_equal_the_oracle(store: HistoryStore, evaluation: Evaluation) -> None:
    names = ("payer_procedure_diagnosis", "payer_procedure_modifiers", "payer_procedure_authorization", "payer_procedure_gap")
    wanted = _with_parents(names)
    assert wanted <= set(LINE_TABLES)
    _assert_equal_to_oracle(store, evaluation, dict.fromkeys(sorted(wanted)), of_lines=True)


def _with_parents(names: tuple[str, ...]) -> set[str]:
    found = set(names)
    for name in names:
        parent = TABLES[name].parent
        above = (parent,) if isinstance(parent, str) else parent or ()
        found |= _with_parents(above)
    return found


def test_rates_stay_between_0_and_1(evaluation: Evaluation) -> None:
    for name in TABLES:
        for measure in ("denied", *counted_causes(name)):
            rates = evaluation.rate(name, measure, span="90d")
            assert np.all((rates > 0) & (rates <= 1)), (name, measure)


def test_every_parent_counts_what_its_children_ask_for() -> None:
    for name, table in TABLES.items():
        above = (table.parent,) if isinstance(table.parent, str) else table.parent or ()
        for parent in above:
            assert counted_causes(name) <= counted_causes(parent), (name, parent)


def test_world_shows_denials_of_several_causes(store: HistoryStore) -> None:
    assert len(set(adjudicate(store).submissions["category"].to_pylist()) - {None}) >= 4
