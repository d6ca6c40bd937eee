import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app

RUNNER = CliRunner()


def run(home: Path, *words: str, typed: str | None = None) -> tuple[int, str, str]:
    result = RUNNER.invoke(app, ["--home", str(home), "users", *words], input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def listed(home: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(run(home, "list", "--json")[1])
    return found


@pytest.mark.parametrize("command", ["add", "list", "rotate", "revoke", "roles", "password", "calls"])
def test_every_users_command_has_help_with_an_example(command: str) -> None:
    result = RUNNER.invoke(app, ["users", command, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.stdout


def test_account_goes_through_its_life(tmp_path: Path) -> None:
    added = json.loads(run(tmp_path, "add", "ann", "--role", "biller", "--json")[1])
    assert added["key"].startswith(f"denials_{added['key_id']}_")
    rotated = json.loads(run(tmp_path, "rotate", "ann", "--grace-hours", "0", "--json")[1])
    assert [(row["key_id"], row["key_state"]) for row in listed(tmp_path)] == [
        (added["key_id"], "expired"), (rotated["key_id"], "valid"),
    ]  # fmt: skip
    assert run(tmp_path, "roles", "ann", "--role", "manager", "--role", "auditor")[0] == 0
    assert {row["roles"] for row in listed(tmp_path)} == {"auditor manager"}
    assert run(tmp_path, "password", "ann", typed="a long pass phrase\n")[0] == 0
    assert {row["password"] for row in listed(tmp_path)} == {"yes"}
    assert json.loads(run(tmp_path, "revoke", "ann", "--json")[1])["ended_keys"] == 2
    assert {row["state"] for row in listed(tmp_path)} == {"revoked"}


def test_key_is_shown_once(tmp_path: Path) -> None:
    key = json.loads(run(tmp_path, "add", "ann", "--role", "biller", "--json")[1])["key"]
    assert key not in "".join(run(tmp_path, "list")[1:]) + "".join(run(tmp_path, "list", "--json")[1:])
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert key.rpartition("_")[2].encode() not in written


@pytest.mark.parametrize(
    "words",
    [("add", "ann"), ("add", "ann", "--role", "nobody"), ("add", " ann", "--role", "biller"), ("rotate", "bob"),
     ("revoke", "bob"), ("roles", "bob", "--role", "biller"), ("roles", "bob")],
)  # fmt: skip
def test_wrong_use_is_said_in_a_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    code, out, trouble = run(tmp_path, *words)
    assert (code, out) == (2, "")
    assert "expected" in trouble


def test_weak_password_is_wrong_use(tmp_path: Path) -> None:
    run(tmp_path, "add", "ann", "--role", "biller")
    code, _, trouble = run(tmp_path, "password", "ann", typed="short\n")
    assert code == 2
    assert "short" not in trouble
