"""Walks every command that there is, so that a new one cannot come without help, example and an answer for machines."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from typer.main import get_command
from typer.testing import CliRunner

from cli import output
from cli.main import app

SERVES = ("serve",)  # runs until it is stopped: nothing to print as JSON


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _commands(inner, (*path, name))
    else:
        yield path, command


COMMANDS = dict(_commands(get_command(app)))


def test_the_walk_reaches_commands_and_those_of_groups() -> None:
    assert {("simulate",), ("doctor",), ("models", "promote"), ("users", "add"), ("audit", "verify")} <= set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example_of_itself(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert f"denials {' '.join(path)}" in " ".join(result.stdout.replace("│", " ").split())


@pytest.mark.parametrize("path", [path for path in COMMANDS if path != SERVES], ids=" ".join)
def test_every_command_answers_machines(path: tuple[str, ...]) -> None:
    assert any("--json" in parameter.opts for parameter in COMMANDS[path].params)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    silent = [each.name for each in COMMANDS[path].params if not getattr(each, "help", None)]
    assert silent == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands(shell: str) -> None:
    variables = {"_DENIALS_COMPLETE": f"complete_{shell}", "COMP_WORDS": "denials mod", "COMP_CWORD": "1",
                 "_TYPER_COMPLETE_ARGS": "denials mod", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}  # fmt: skip
    result = CliRunner().invoke(app, [], prog_name="denials", env=variables)
    assert "models" in result.stdout


def test_a_setting_that_is_none_is_named_without_what_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENIALS_PORT", "hush")
    result = CliRunner().invoke(app, ["rules", "list"])
    assert result.exit_code == 2
    assert "DENIALS_PORT" in result.stderr
    assert "hush" not in result.stderr


def test_long_work_shows_a_bar_on_a_terminal_and_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = StringIO()
    monkeypatch.setattr(output, "_err", Console(file=shown, force_terminal=True, width=100))
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    with output.progress("ingesting") as advance:
        advance(1, 2)
    assert shown.getvalue() == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with output.progress("ingesting") as advance:
        advance(1, 2)
    assert "ingesting" in shown.getvalue()
    with output.status("training") as say:
        say("fitting")
    assert "training" in shown.getvalue()
