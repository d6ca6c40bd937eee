"""Every `denials` command in a tutorial exists, with the options that it is given. Fast: nothing is run."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cli.main import app
from tests.tutorials.pages import PAGES, script_of

_COMMAND = re.compile(r"(?:^|\$\()denials ([^|()\n]*)", re.MULTILINE)


def _parse(words: list[str]) -> None:
    """Take a command line apart as the command itself does, down to the one that would run; raises a usage error."""
    command: Any = get_command(app)
    context = command.make_context("denials", words)
    while hasattr(command, "commands"):
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, list(rest), parent=context)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_tutorial_takes_what_it_is_given(page: Path) -> None:
    commands = _COMMAND.findall(script_of(page))
    assert commands
    for words in commands:
        _parse(shlex.split(words))


def test_a_command_that_does_not_exist_is_found_out() -> None:
    with pytest.raises(Exception, match="No such command"):
        _parse(["users", "enlist", "ann"])
    with pytest.raises(Exception, match="No such option"):
        _parse(["report", "--out", "a", "--into", "folder"])


def test_there_is_a_tutorial_for_every_user() -> None:
    assert {page.stem for page in PAGES} == {"claim_system", "biller", "analyst", "leader", "operator"}
