"""Names, member ids, birth dates, addresses and phone numbers go in by every path and come to rest nowhere but in quarantine."""

import csv
import io
import json
import logging
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from claims.history.ingest import ingest_paths
from claims.home import Home
from claims.score_log.log import ScoreLog
from cli.main import app as command
from models.spec import RoundRule
from serving.app import create_app
from serving.bundles import DENIAL_RISK
from serving.settings import Settings
from tests.conftest import END
from tests.serving.security.traces import texts_of
from tests.training.factories import spec
from training.pipeline import train_model

NOW = datetime(2025, 7, 1, tzinfo=UTC)
FEW_ROUNDS = RoundRule(most=4, patience=2, smallest_count=2)
ROOT = Path(__file__).resolve().parents[3]
LAST, FIRST, MEMBER, STREET, TOWN = "ZZCANARYLAST", "ZZCANARYFIRST", "ZZCANARYMEMBER7", "77 ZZCANARYSTREET", "ZZCANARYTOWN"
PHONE, GROUP, BORN = "5550199731", "GROUP77", "19010203"  # an employer's plan number is kept
CANARIES = ("zzcanary", PHONE, BORN, "1901-02-03", "1901, 2, 3")
CLAIM_837 = (ROOT / "docs/examples/claims.837").read_bytes()


def claim_837() -> bytes:
    """Give the example with a person that nobody may write down, the contact's phone among it."""
    changes = {
        b"DELEFIELD*GARTI": f"{LAST}*{FIRST}".encode(), b"B0884082868": MEMBER.encode(), b"8049 ULAYA LANE": STREET.encode(),
        b"ULAHART": TOWN.encode(), b"19950320": BORN.encode(), b"SBR*P*18*******MC": f"SBR*P*18*{GROUP}******MC".encode(),
        b"NM1*40*2": f"PER*IC*{LAST}*TE*{PHONE}~\nNM1*40*2".encode(),
    }  # fmt: skip
    body = CLAIM_837
    for before, after in changes.items():
        assert before in body
        body = body.replace(before, after)
    found = re.search(rb"(ST\*837.*?)SE\*(\d+)", body, re.DOTALL)
    assert found
    return body.replace(b"SE*" + found.group(2), b"SE*%d" % (int(found.group(2)) + 1), 1)


def claim_json() -> dict[str, object]:
    claim: dict[str, object] = json.loads((ROOT / "docs/examples/claim.json").read_text())
    person = {
        "member_id": MEMBER, "first_name": FIRST, "last_name": LAST, "birth_on": "1901-02-03",
        "address_line_1": STREET, "city": TOWN,
    }  # fmt: skip
    return claim | {"subscriber": claim["subscriber"] | person}  # type: ignore[operator]


def remittance(practice: Path) -> bytes:
    """Give a remittance that names its patients in full."""
    body = next(path for path in sorted((practice / "files" / "835").iterdir()) if b"NM1*QC" in path.read_bytes()).read_bytes()
    return re.sub(rb"NM1\*QC\*1\*+MI\*[A-Z0-9]+", f"NM1*QC*1*{LAST}*{FIRST}****MI*{MEMBER}".encode(), body)


def table(**columns: str) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerow(columns)
    return text.getvalue().encode()


def broken_837s() -> list[bytes]:
    """Give files that cannot be read as they stand, a canary at each place that is at fault."""
    good = claim_837()
    return [
        good[: good.index(STREET.encode()) + 5],
        good.replace(b"D8*" + BORN.encode(), b"D8*" + f"{BORN}x".encode()),
        good.replace(b"CLM*EXAMPLE-1*272", f"CLM*EXAMPLE-1*{LAST}".encode()),
        good.replace(b"DTP*472*D8*20250626", f"DTP*472*D8*{LAST}".encode()),
        good.replace(b"HI*ABK:M25511", f"HI*{LAST}:{FIRST}".encode()),
        good.replace(b"SE*", f"SE*{PHONE}".encode()),
        b"ISA*" + LAST.encode(),
        LAST.encode() * 50,
    ]


@pytest.fixture(scope="module")
def home(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = tmp_path_factory.mktemp("canaries") / "home"
    shutil.copytree(trained_home.path, own, ignore=shutil.ignore_patterns("serving.db*", "audit.*", "mlartifacts", "mlflow.db*"))
    return own


def ask(client: TestClient, practice: Path) -> list[str]:
    """Send the canaries by every call that takes anything; gives the refusals' texts, which must not hold them either."""
    good, claim = claim_837(), claim_json()
    lines = claim["lines"]
    eligible = {
        "subscriber_id": MEMBER, "payer_id": "18521", "checked_on": "2025-06-01", "status": "active", "plan_begin": "2025-01-01",
        "plan_end": "",
    }  # fmt: skip
    uploads = [
        good, remittance(practice), *broken_837s(),
        table(**eligible),
        table(**eligible | {"checked_on": LAST, "status": FIRST, "plan_begin": BORN}),
        table(
            claim_id="X", payer_id=LAST, level=FIRST, filed_on=LAST, decided_on="", outcome=LAST, recovered_amount=LAST,
            minutes_spent="",
        ),
        table(**{LAST: FIRST, "claim_id": MEMBER}),
    ]  # fmt: skip
    wrong_claims = [
        claim | {LAST: FIRST},
        claim | {"subscriber": {"birth_on": LAST, LAST: PHONE}},
        claim | {"submitted_on": LAST},
        claim | {"lines": [{"charge_amount": LAST, "procedure_code": MEMBER * 20}]},
        claim | {"lines": [{**lines[0], "units": PHONE + "x"}]},  # type: ignore[index]
        [LAST, claim | {LAST: FIRST}],
    ]
    item = client.get("/v1/queue", params={"limit": 1}).json()["items"][0]
    answers = [client.post("/v1/claims/score", json=claim), client.post("/v1/claims/score/x12?detail=full", content=good)]
    assert [answer.status_code for answer in answers] == [200, 200]
    npi = ("billing_provider_npi", "rendering_provider_npi", "referring_provider_npi", "facility_npi")
    answers.append(client.post("/v1/claims/score?detail=full", json=claim | dict.fromkeys(npi, MEMBER)))
    answers.append(client.post("/v1/claims/score", json=[claim, LAST, claim | {LAST: FIRST, "payer_id": {MEMBER: PHONE}}]))
    assert [answer.status_code for answer in answers[2:]] == [200, 200]
    for wrong in wrong_claims:
        answers.append(client.post("/v1/claims/score", json=wrong))
        assert answers[-1].status_code == 422
    answers.append(client.post("/v1/claims/score", content=b'{"claim_id": "' + LAST.encode()))
    answers += [client.post("/v1/claims/score/x12", content=body) for body in broken_837s()]
    answers.append(client.post("/v1/files", files=[("files", (f"upload{at}.txt", body)) for at, body in enumerate(uploads)]))
    assert {receipt["accepted"] > 0 for receipt in answers[-1].json()} == {True, False}
    answers.append(client.post("/v1/files", files=[("files", (f"{LAST}_{MEMBER}.837", broken_837s()[2]))]))
    answers.append(client.get(f"/v1/queue/{LAST}"))
    answers.append(client.get("/v1/queue", params={"sort": LAST}))
    answers.append(client.get(f"/v1/{LAST}"))
    answers.append(client.get("/v1/queue", headers={"X-Request-Id": LAST, "User-Agent": LAST, "Referer": f"http://x/{LAST}"}))
    answers.append(client.patch(f"/v1/queue/{item['id']}", json={"version": 0, "note": LAST, LAST: MEMBER}))
    change = {"version": item["version"], "original": good.decode(), "changes": [{"fix": LAST, "field": LAST, "value": MEMBER}]}
    answers.append(client.post(f"/v1/queue/{item['id']}/replacement", json=change))
    answers.append(client.get("/v1/analytics/initial_denial_rate", params={"by": LAST}))
    answers.append(client.get("/"))
    # A receipt names the file as its sender did; the log of requests does not.
    return [f"{answer.status_code}: {answer.text.replace(f'{LAST}_{MEMBER}.837', '')}" for answer in answers]


def found_in(text: str) -> str | None:
    lowered = text.lower()
    return next((canary for canary in CANARIES if canary in lowered), None)


def around(text: str) -> str:
    """Show where a canary came to rest."""
    at = text.lower().index(found_in(text) or "")
    return text[max(0, at - 60) : at + 40]


def test_no_canary_comes_to_rest(
    home: Path, practice: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = Settings(home_path=home, today=END, score_log=True, score_log_seconds=0.05)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        answers = ask(client, practice)
        answers += [client.get(path).text for path in ("/readyz", "/v1/models", "/metrics")]
    files = tmp_path / "inbox"
    files.mkdir()
    for at, body in enumerate([claim_837().replace(b"EXAMPLE-", b"BYFILE-"), *broken_837s()]):
        (files / f"{at}.837").write_bytes(body)
    out = tmp_path / "out"
    out.mkdir()
    for words in (
        ["ingest", str(files)],
        ["score", str(files), "--out", str(out / "scores.csv")],
        ["queue", "--out", str(out / "queue.csv"), "--as-of", END.isoformat()],
        ["audit", "show"],
    ):
        result = CliRunner().invoke(command, ["--home", str(home), *words])
        assert result.exit_code in (0, 1), result.stderr
        answers.append(result.stdout + result.stderr)
    captured = capfd.readouterr()
    # The test's own HTTP client logs the addresses that it asks for.
    logs = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    written = [("answer", answer) for answer in answers] + [
        *texts_of(home),
        *texts_of(out),
        ("stdout", captured.out),
        ("stderr", captured.err),
        ("logs", logs),
    ]
    assert [(name, around(text)) for name, text in written if found_in(text)] == []
    assert len(answers) > 20
    assert {"history", "models", "scores.csv", "queue.csv"} <= {
        name.split("/")[0].removesuffix(" (bytes)") for name, _ in written
    }
    logged = ScoreLog(Home(home).history_uri).scores(columns=["patient_control_number"])["patient_control_number"].to_pylist()
    assert {"EXAMPLE-1", claim_json()["claim_id"]} <= set(logged)
    assert any((home / "quarantine").iterdir())


@pytest.mark.slow
def test_no_canary_comes_to_rest_by_report_and_training(
    home: Path, practice: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    files, report = tmp_path / "inbox", tmp_path / "out" / "report"
    files.mkdir()
    (files / "claims.837").write_bytes(claim_837().replace(b"EXAMPLE-", b"TRAINED-"))
    (files / "answers.835").write_bytes(remittance(practice))
    ingest_paths([files], home=Home(home), now=NOW)
    result = CliRunner().invoke(command, ["--home", str(home), "report", "--out", str(report), "--as-of", END.isoformat()])
    assert result.exit_code == 0, result.stderr
    train_model(DENIAL_RISK, home=Home(home), now=NOW, spec=replace(spec(), rounds=FEW_ROUNDS))
    captured = capfd.readouterr()
    told = [result.output, captured.out, captured.err, *(record.getMessage() for record in caplog.records)]
    written = [*texts_of(home), *texts_of(report.parent), *(("told", text) for text in told)]
    assert [(name, around(text)) for name, text in written if found_in(text)] == []
    assert {"history", "mlflow.db", "mlartifacts", "report"} <= {name.split("/")[0] for name, _ in written}


def test_search_finds_what_it_looks_for(home: Path) -> None:
    """Hold the search to values that are known to be there: a claim's number and a hashed member id."""
    together = "\n".join(text for name, text in texts_of(home) if name.startswith("history"))
    assert "patient_control_number" in together
    assert re.search(r'"subscriber_key": \["[0-9a-f]{32}"', together)


def test_nothing_of_the_simulated_people_is_in_a_trained_home(trained_home: Home, practice: Path) -> None:
    """History, MLflow, models, artifacts and logs after ingest and training, against everybody in the files."""
    members: set[str] = set()
    births: set[str] = set()
    streets: set[str] = set()
    for path in list((practice / "files" / "837").iterdir())[::8]:
        text = path.read_text()
        members |= set(re.findall(r"NM1\*IL\*1\*[^~]*?\*MI\*([A-Z0-9]{6,})", text))
        births |= set(re.findall(r"DMG\*D8\*(\d{8})", text))
        streets |= set(re.findall(r"NM1\*IL[^~]*~\s*N3\*(\d+ [A-Z]+ [A-Z]+)", text))
    assert min(len(members), len(births), len(streets)) > 50
    for name, text in texts_of(trained_home.path):
        assert not members & set(re.findall(r"[A-Z0-9]{6,}", text)), name
        assert not streets & set(re.findall(r"\d+ [A-Z]+ [A-Z]+", text)), name
        if not name.endswith("(bytes)"):  # eight digits come up by chance in packed bytes
            assert not births & set(re.findall(r"\b\d{8}\b", text)), name
