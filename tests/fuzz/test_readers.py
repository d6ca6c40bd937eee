"""Every reader against damaged input: read or refused by a documented error, in time. `make fuzz` runs a million."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzzing.campaign import run_campaign
from benchmarks.fuzzing.seeds import CORPUS, corpus
from benchmarks.fuzzing.targets import TARGETS, Target

BY_NAME = {target.name: target for target in TARGETS}
KEPT = [(path.parent.name, path) for path in sorted(CORPUS.glob("*/*"))]
BUDGET = 250  # mutants per target in the quick suite


@pytest.mark.parametrize("target", TARGETS, ids=BY_NAME)
def test_damaged_input_is_read_or_refused(target: Target) -> None:
    found = run_campaign(target, inputs=BUDGET, seed=3, kept=corpus(target.name)[:20], extra=[])
    assert found.faults == {}
    assert 0 < found.read < found.inputs  # the damage is neither harmless nor total


@pytest.mark.parametrize("target", TARGETS, ids=BY_NAME)
def test_a_campaign_is_the_same_for_the_same_seed(target: Target) -> None:
    first, second = (run_campaign(target, inputs=60, seed=5, kept=[], extra=[]) for _ in range(2))
    assert (first.read, first.reasons) == (second.read, second.reasons)


def test_every_kept_input_is_read_or_refused() -> None:
    assert {name for name, _ in KEPT} == set(BY_NAME)
    for name, path in KEPT:
        BY_NAME[name].run(path.read_bytes())


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(TARGETS), st.randoms(use_true_random=False), st.data())
def test_what_hypothesis_thinks_of_is_read_or_refused(target: Target, random: Random, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(target.seeds()))
    target.run(target.make(seed, random))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(TARGETS), st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_refused(target: Target, data: bytes) -> None:
    target.run(data)


def test_a_fault_is_found_and_said_where(tmp_path: Path) -> None:
    def broken(data: bytes) -> object:
        return BY_NAME["x12"].run(data) if len(data) < 100 else {}["nothing"]

    target = Target(name="broken", run=broken, seeds=BY_NAME["x12"].seeds, make=BY_NAME["x12"].make, share=1)  # type: ignore[arg-type]
    found = run_campaign(target, inputs=20, seed=1, kept=[], extra=[])
    (place,) = found.faults
    assert place.startswith("KeyError in broken (test_readers.py:")


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=BY_NAME)
def test_twenty_thousand_damaged_inputs_are_read_or_refused(target: Target) -> None:
    assert run_campaign(target, inputs=20_000, seed=11, kept=corpus(target.name), extra=[]).faults == {}
