import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from claims.home import Home
from cli.main import app
from cli.scores_out import columns
from serving.app import create_app
from serving.settings import Settings
from serving.work_queue.order import QUEUE_COLUMNS
from tests.conftest import END

ROOT = Path(__file__).resolve().parents[2]
X12 = ROOT / "docs/examples/claims.837"
RUNNER = CliRunner()


def run(home: Home | Path, *words: str | Path) -> tuple[int, str, str]:
    path = home.path if isinstance(home, Home) else home
    result = RUNNER.invoke(app, ["--home", str(path), *(str(word) for word in words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_score_writes_the_contracted_columns(trained_home: Home, tmp_path: Path) -> None:
    code, _, _ = run(trained_home, "score", X12, "--out", tmp_path / "scores.csv")
    rows = rows_of(tmp_path / "scores.csv")
    assert code == 0
    assert list(rows[0]) == columns()
    assert [row["claim_id"] for row in rows] == ["EXAMPLE-1", "EXAMPLE-2", "EXAMPLE-3"]


def test_score_by_command_equals_score_over_http(trained_home: Home, tmp_path: Path) -> None:
    run(trained_home, "score", X12, "--out", tmp_path / "scores.jsonl")
    by_command = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    with TestClient(create_app(Settings(home_path=trained_home.path, today=END))) as client:
        over_http = client.post("/v1/claims/score/x12", content=X12.read_bytes()).json()["scored"]
    for left, right in zip(by_command, over_http, strict=True):
        assert left["denial_probability"] == round(right["denial_probability"], 6)
        assert left["root_cause_1"] == right["root_causes"][0]["id"]
        assert left["advice"] == right["advice"]
        assert left["unfamiliar"] == right["unfamiliar"]
        assert 0 < left["probability_low"] <= left["denial_probability"] <= left["probability_high"] < 1
        assert left["probability_high"] == round(right["probability_high"], 6)
        assert (left["fixes"], left["certain"]) == (right["fixes"], right["certain"])
        assert left["expected_saving"] == round(right["expected_saving"], 2)
        assert left["root_causes"] == right["root_causes"]


def test_formats_hold_the_same_scores(trained_home: Home, tmp_path: Path) -> None:
    for suffix in ("csv", "parquet"):
        run(trained_home, "score", X12, "--out", tmp_path / f"s.{suffix}")
    flat = [float(row["denial_probability"]) for row in rows_of(tmp_path / "s.csv")]
    assert pq.read_table(tmp_path / "s.parquet")["denial_probability"].to_pylist() == flat


def test_pictures_are_numbered_as_the_scores_and_stay_in_their_folder(trained_home: Home, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.837"
    hostile.write_bytes(X12.read_bytes().replace(b"EXAMPLE-2", b"../../up", 1))
    code, _, _ = run(trained_home, "score", hostile, "--out", tmp_path / "s.csv", "--pictures", tmp_path / "pictures")
    assert code == 0
    found = sorted((tmp_path / "pictures").iterdir())
    assert [path.name for path in found] == ["000001-EXAMPLE-1.svg", "000002-______up.svg", "000003-EXAMPLE-3.svg"]
    shares = [f"{100 * float(row['denial_probability']):.0f} %" for row in rows_of(tmp_path / "s.csv")]
    assert all(f"{share} chance of denial" in path.read_text() for share, path in zip(shares, found, strict=True))


def test_unknown_suffix_is_wrong_use(trained_home: Home, tmp_path: Path) -> None:
    code, _, trouble = run(trained_home, "score", X12, "--out", tmp_path / "scores.xls")
    assert code == 2
    assert ".csv, .parquet or .jsonl" in trouble


def test_refused_claim_makes_exit_code_1(trained_home: Home, tmp_path: Path) -> None:
    broken = tmp_path / "broken.837"
    broken.write_bytes(X12.read_bytes().replace(b"CLM*EXAMPLE-2*", b"CLM*EXAMPLE-2*x", 1))
    code, _, trouble = run(trained_home, "score", broken, "--out", tmp_path / "s.csv")
    assert code == 1
    assert "charge amount" in trouble


def test_score_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    code, _, trouble = run(tmp_path, "score", X12, "--out", tmp_path / "s.csv")
    assert code == 2
    assert "denials train denial_risk" in trouble


def test_train_without_a_history_is_a_clear_failure(tmp_path: Path) -> None:
    code, _, trouble = run(tmp_path, "train", "denial_risk")
    assert code == 2
    assert "expected" in trouble


def test_queue_writes_the_contracted_columns_in_rank(trained_home: Home, tmp_path: Path) -> None:
    code, out, _ = run(
        trained_home, "queue", "--out", tmp_path / "q.csv", "--as-of", END.isoformat(), "--minutes-per-day", "120", "--json"
    )
    rows = rows_of(tmp_path / "q.csv")
    assert code == 0
    assert tuple(rows[0]) == QUEUE_COLUMNS
    assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
    assert json.loads(out)["items"] == len(rows)


def test_queue_of_today_shows_what_people_did(trained_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENIALS_TODAY", END.isoformat())
    monkeypatch.setenv("DENIALS_DATABASE_URL", f"sqlite:///{tmp_path / 'queue.db'}")
    run(trained_home, "queue", "--out", tmp_path / "before.csv")
    with TestClient(create_app(Settings(home_path=trained_home.path))) as client:
        taken = client.post("/v1/queue/next", json={"by": "ann"}).json()
    run(trained_home, "queue", "--out", tmp_path / "after.csv")
    before, after = rows_of(tmp_path / "before.csv"), rows_of(tmp_path / "after.csv")
    assert after == [row | {"status": "in_progress"} if row["claim_id"] == taken["claim_id"] else row for row in before]


def test_queue_of_today_equals_that_of_the_same_day_by_as_of(
    trained_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENIALS_TODAY", END.isoformat())
    monkeypatch.setenv("DENIALS_DATABASE_URL", f"sqlite:///{tmp_path / 'queue.db'}")
    run(trained_home, "queue", "--out", tmp_path / "today.csv", "--minutes-per-day", "120")
    run(trained_home, "queue", "--out", tmp_path / "as_of.csv", "--minutes-per-day", "120", "--as-of", END.isoformat())
    assert rows_of(tmp_path / "today.csv") == rows_of(tmp_path / "as_of.csv")


def test_queue_as_of_an_earlier_day_holds_only_denials_known_before(trained_home: Home, tmp_path: Path) -> None:
    run(trained_home, "queue", "--out", tmp_path / "early.csv", "--as-of", "2024-06-01")
    run(trained_home, "queue", "--out", tmp_path / "late.csv", "--as-of", END.isoformat())
    early = {row["claim_id"] for row in rows_of(tmp_path / "early.csv")}
    late = {row["claim_id"] for row in rows_of(tmp_path / "late.csv")}
    assert early
    assert early != late


def test_simulate_then_ingest_twice_changes_nothing(tmp_path: Path) -> None:
    assert run(tmp_path / "home", "simulate", "--out", tmp_path / "files", "--claims", "200", "--months", "3")[0] == 0
    assert run(tmp_path / "home", "ingest", tmp_path / "files")[0] == 0
    code, out, _ = run(tmp_path / "home", "ingest", tmp_path / "files", "--json")
    assert code == 0
    assert {row["accepted"] for row in json.loads(out)} == {0}


def test_simulate_into_a_full_folder_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "something").write_text("x")
    assert run(tmp_path, "simulate", "--out", tmp_path)[0] == 2


def test_models_are_listed_with_their_aliases(trained_home: Home) -> None:
    code, out, _ = run(trained_home, "models", "list", "--json")
    assert code == 0
    assert {(row["model"], row["aliases"]) for row in json.loads(out)} == {
        ("denial_risk", "champion"),
        ("appeal_success", "champion"),
    }


def test_evaluate_puts_the_model_beside_the_oracle(trained_home: Home, practice: Path) -> None:
    code, out, _ = run(trained_home, "evaluate", "--truth", practice / "files" / "truth", "--json")
    truth = json.loads(out)["denial_risk"]["truth"]
    assert code == 0
    assert truth["oracle"]["log_loss"] < truth["model"]["log_loss"]


def test_unknown_model_is_wrong_use(trained_home: Home) -> None:
    code, _, trouble = run(trained_home, "models", "show", "nothing")
    assert code == 2
    assert "nothing" in trouble


def test_serving_to_other_machines_is_refused(trained_home: Home) -> None:
    code, _, trouble = run(trained_home, "serve", "--host", "0.0.0.0")  # noqa: S104
    assert code == 2
    assert "127.0.0.1" in trouble


def test_rules_past_their_review_date_are_listed_and_exit_1(tmp_path: Path) -> None:
    assert run(tmp_path, "rules", "check", "--on", "2026-11-25", "--json")[:2] == (0, "[]\n")
    code, out, _ = run(tmp_path, "rules", "check", "--on", "2027-05-21", "--json")
    assert (code, {row["review_on"] for row in json.loads(out)}) == (1, {"2027-05-20"})


def test_unclear_own_rule_file_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "payer_rules").mkdir()
    (tmp_path / "payer_rules" / "acme.toml").write_text('title = "x"\nlimit = 3\n', encoding="utf-8")
    code, _, trouble = run(tmp_path, "rules", "list")
    assert code == 2
    assert "acme.toml" in trouble


def test_plan_of_people_says_when_by_whom_and_why(trained_home: Home, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("name,minutes_per_day,actions\nAnn,120,appeal;send_records\nBob,90,\n", encoding="utf-8")
    day = ("--as-of", END.isoformat())
    code, _, _ = run(trained_home, "queue", "--out", tmp_path / "week.csv", *day, "--people", people, "--days", "3")
    rows = rows_of(tmp_path / "week.csv")
    assert code == 0
    assert list(rows[0]) == [*QUEUE_COLUMNS, "work_on", "person", "why"]
    assert len({row["work_on"] for row in rows}) == 3
    assert {row["next_action"] for row in rows if row["person"] == "Ann"} <= {"appeal", "send_records"}
    assert sum(int(row["minutes"]) for row in rows if row["person"] == "Bob") <= 3 * 90
    assert all(row["why"] for row in rows)


def test_queue_holds_what_the_filters_keep_in_the_order_of_the_whole(trained_home: Home, tmp_path: Path) -> None:
    day = ("--as-of", END.isoformat())
    run(trained_home, "queue", "--out", tmp_path / "all.csv", *day)
    run(
        trained_home,
        "queue",
        "--out",
        tmp_path / "some.csv",
        *day,
        "--action",
        "appeal",
        "--min-denied",
        "200",
        "--kind",
        "denial",
    )
    kept = [row for row in rows_of(tmp_path / "all.csv") if row["next_action"] == "appeal" and float(row["denied_amount"]) >= 200]
    assert 0 < len(kept) < 1000
    assert [row["claim_id"] for row in rows_of(tmp_path / "some.csv")] == [row["claim_id"] for row in kept]


@pytest.mark.parametrize("words", [("--people", "none.csv"), ("--kind", "nonsense"), ("--days", "0")])
def test_queue_of_nonsense_is_wrong_use(trained_home: Home, tmp_path: Path, words: tuple[str, str]) -> None:
    assert run(trained_home, "queue", "--out", tmp_path / "q.csv", *words)[0] == 2
