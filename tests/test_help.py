"""The help of every command: panels, a summary, and two examples that parse."""

from __future__ import annotations

import shlex

import pytest
from conftest import run

from stance.cli import command_line, help  # noqa: A004 - the module is called so
from stance.cli.help import DECLARATIONS

COMMANDS = {declaration.settings["name"]: declaration for declaration in DECLARATIONS}
EXAMPLES = [(name, line) for name, command in COMMANDS.items() for line in command.settings["epilog"].splitlines()]


def test_help_lists_every_command_with_its_summary() -> None:
    text = run("--help").out
    assert [name for name, command in COMMANDS.items() if command.settings["short_help"] not in text] == []
    assert [panel for panel in help.PANELS if f"\n{panel}:\n" not in text] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_has_panels_and_two_examples(name: str) -> None:
    text = run(name, "--help").out
    assert "\nMessages:\n" in text
    examples = text.split("\nExamples:\n")[1].splitlines()
    assert [example.split()[:2] for example in examples if example] == [["stance", name]] * 2


@pytest.mark.slow
@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_examples_use_options_that_the_command_has(name: str, example: str) -> None:
    arguments = shlex.split(example.split(" > ", maxsplit=1)[0])[2:]
    group = command_line.build_group()
    command = group.commands[name]
    context = command.make_context(name, arguments)
    assert context.command is command
