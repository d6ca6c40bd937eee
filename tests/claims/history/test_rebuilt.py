from pathlib import Path

import pyarrow as pa

from claims.history.rebuilt import rebuild_claim
from claims.history.rows import claim_tables
from claims.privacy import PersonHasher
from claims.x12 import read_file
from claims.x12.transactions import ClaimTransaction
from tests import factories

HASHER = PersonHasher(b"k" * 32)
HASHES = {"subscriber_key", "patient_key"}


def _without_hashes(rows: pa.Table) -> list[dict[str, object]]:
    return [{name: value for name, value in row.items() if name not in HASHES} for row in rows.to_pylist()]


def _again(claims: pa.Table, lines: pa.Table) -> tuple[pa.Table, pa.Table]:
    kept = lines.to_pylist()
    made = [
        rebuild_claim(row, [line for line in kept if line["submission_id"] == row["submission_id"]]) for row in claims.to_pylist()
    ]
    return claim_tables(made, hasher=HASHER)


def test_simulated_claims_have_the_same_rows_again_but_for_the_hashes(practice: Path) -> None:
    sent = []
    for path in sorted((practice / "files").rglob("*.837*")):
        found = [one for one in read_file(path).transactions if isinstance(one, ClaimTransaction)]
        sent += [claim for one in found for claim in one.claims]
    assert len(sent) > 500
    claims, lines = claim_tables(sent[:2000], hasher=HASHER)
    claims_again, lines_again = _again(claims, lines)
    assert _without_hashes(claims_again) == _without_hashes(claims)
    assert lines_again.to_pylist() == lines.to_pylist()


def test_sparse_and_odd_claims_have_the_same_rows_again() -> None:
    sent = [
        factories.claim("NOBODY", subscriber=factories.subscriber(person=factories.person(member_id=None, birth_on=None))),
        factories.claim("NOTED", note="may hold a name", rendering_provider=None, paperwork=(factories.paperwork(),)),
        factories.claim("OTHERS", other_subscribers=(factories.other_subscriber(), factories.other_subscriber(paid_amount=None))),
        factories.claim("NO-LINE-DAYS", lines=(factories.service_line(service_from_on=None, service_to_on=None),)),
    ]
    claims, lines = claim_tables(sent, hasher=HASHER)
    claims_again, lines_again = _again(claims, lines)
    assert _without_hashes(claims_again) == _without_hashes(claims)
    assert lines_again.to_pylist() == lines.to_pylist()


def test_no_text_of_a_person_comes_back() -> None:
    claims, lines = claim_tables([factories.claim(note="ZZNAME was here")], hasher=HASHER)
    made = rebuild_claim(claims.to_pylist()[0], lines.to_pylist())
    assert made.note == "-"
    assert made.patient_person.last_name is None
    assert made.patient_person.member_id == claims["subscriber_id_format"][0].as_py()
