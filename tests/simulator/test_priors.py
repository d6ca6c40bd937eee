import csv
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import beta

from claims.denial import classify_adjustment
from claims.root_cause import root_causes
from simulator.codes import EDITS, MISLEADING_WORDINGS
from simulator.priors import APPEAL_PULL, CAUSE_MIX, ISSUER_DENIAL_RATE_BETA, ISSUER_RELATIVE_SPREAD, OVERTURN

ROOT = Path(__file__).resolve().parents[2]
PANEL = Path(os.environ.get("DENIALS_SHARED_DATA", ROOT.parent / "shared" / "data")) / "marketplace_issuer_panel.csv"


@pytest.fixture(scope="module")
def panel() -> list[tuple[str, float]]:
    if not PANEL.exists():
        pytest.skip("the issuer panel is not here (DENIALS_SHARED_DATA)")
    with PANEL.open(newline="", encoding="utf-8") as file:
        rows = [
            (r["issuer_id"], float(r["issuer_claims_received_total"] or 0), float(r["denial_rate"] or 0))
            for r in csv.DictReader(file)
        ]
    return [(issuer, rate) for issuer, received, rate in rows if received >= 10_000 and 0.001 < rate < 0.9]


def test_issuer_beta_is_the_maximum_likelihood_fit(panel: list[tuple[str, float]]) -> None:
    a, b, _, _ = beta.fit([rate for _, rate in panel], floc=0, fscale=1)
    assert (a, b) == pytest.approx(ISSUER_DENIAL_RATE_BETA, rel=0.01)


def test_issuer_beta_reproduces_the_quartiles(panel: list[tuple[str, float]]) -> None:
    fitted = beta.ppf([0.25, 0.5, 0.75], *ISSUER_DENIAL_RATE_BETA)
    assert fitted == pytest.approx(np.quantile([rate for _, rate in panel], [0.25, 0.5, 0.75]), abs=0.02)


def test_relative_spread_is_that_of_issuer_means(panel: list[tuple[str, float]]) -> None:
    issuers = sorted({issuer for issuer, _ in panel})
    means = np.array([np.mean([rate for own, rate in panel if own == issuer]) for issuer in issuers])
    assert means.std(ddof=1) / np.mean([rate for _, rate in panel]) == pytest.approx(ISSUER_RELATIVE_SPREAD, abs=0.02)


def test_every_table_covers_the_whole_vocabulary() -> None:
    vocabulary = set(root_causes())
    assert set(CAUSE_MIX) == set(OVERTURN) == set(APPEAL_PULL) == vocabulary == {edit.cause for edit in EDITS.values()}


@pytest.mark.parametrize("edit", sorted(EDITS))
def test_wordings_read_back_as_the_edits_cause(edit: str) -> None:
    for wording in EDITS[edit].wordings:
        remarks = [wording.rarc] if wording.rarc else []
        assert classify_adjustment(carc=wording.carc, remark_codes=remarks, nothing_allowed=True) == EDITS[edit].cause


def test_required_remark_codes_are_never_missing() -> None:
    wordings = [wording for edit in EDITS.values() for wording in edit.wordings] + list(MISLEADING_WORDINGS)
    assert [w for w in wordings if w.carc in {"16", "17", "96", "125", "252", "A1"} and w.rarc is None] == []
