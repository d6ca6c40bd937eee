from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from claims.claim import Claim, Paperwork
from claims.x12 import read_file
from claims.x12.transactions import ClaimTransaction
from simulator import simulate
from simulator.readjudication import ChangedClaim, SecondOpinion, SubmissionKey, key_of, readjudicate

CLAIMS, MONTHS, SEED, START = 1_200, 4, 3, date(2024, 1, 1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("second") / "world"
    simulate(folder, claims=CLAIMS, months=MONTHS, seed=SEED, start=START)
    return folder


@pytest.fixture(scope="module")
def sent(world: Path) -> list[Claim]:
    def read() -> Iterator[Claim]:
        for path in sorted((world / "837").iterdir()):
            for found in read_file(path).transactions:
                if isinstance(found, ClaimTransaction):
                    yield from found.claims

    return list(read())


def _second(changes: dict[SubmissionKey, ChangedClaim]) -> dict[SubmissionKey, SecondOpinion]:
    return readjudicate(changes, claims=CLAIMS, months=MONTHS, seed=SEED, start=START)


def test_unchanged_claims_fare_as_the_answer_key_says(world: Path, sent: list[Claim]) -> None:
    found = _second({key_of(claim): ChangedClaim(claim=claim) for claim in sent})
    denied = [row for row in pq.read_table(world / "truth" / "claims.parquet").to_pylist() if row["denied"]]
    assert len(found) == len(denied) > 50
    for row in denied:
        own = found[row["claim_id"], row["submitted_on"], row["frequency_code"]]
        assert (own.edit, own.cause) == (row["edit"], row["cause"])
        assert own.denial_before == own.denial_after == row["denial_probability"]
        assert own.cause_before == own.cause_after


def test_obtained_authorization_and_attached_record_take_their_causes_away(sent: list[Claim]) -> None:
    paper = Paperwork(report_type_code="OZ", transmission_code="EL", control_number="P1")
    authorized = {
        key_of(claim): ChangedClaim(claim=replace(claim, authorization_number="NEW", paperwork=(paper,)), authorized=True)
        for claim in sent
    }
    by_edit = {edit: [] for edit in ("authorization", "records")}  # type: dict[str, list[SecondOpinion]]
    for opinion in _second(authorized).values():
        by_edit.get(opinion.edit, []).append(opinion)
    for opinions in by_edit.values():
        assert opinions
        assert sum(one.cause_after for one in opinions) < 0.4 * sum(one.cause_before for one in opinions)


def test_verified_eligibility_is_the_payer_s_answer(sent: list[Claim]) -> None:
    found = _second({key_of(claim): ChangedClaim(claim=claim, verified=True) for claim in sent})
    covered = [one for one in found.values() if one.cause == "eligibility" and not one.is_withheld]
    lapsed = [one for one in found.values() if one.cause == "eligibility" and one.is_withheld]
    assert covered
    assert lapsed
    assert all(one.cause_after < one.cause_before for one in covered)
