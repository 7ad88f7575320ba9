"""How commands are declared, and how their help is printed."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from typer.core import TyperCommand, TyperGroup

PANELS = ("Comments", "Labels", "Model", "Other tools")
"""The groups in which `stance --help` lists the commands."""

OTHER_OPTIONS = "Other options"


def list_option_panels(command: Any, context: Any) -> dict[str, list[tuple[str, str]]]:
    """Return the declaration and description of each argument and option of a command, by panel.

    Arguments come first, other options last, panels between them in the order in which they first occur.
    """
    panels: dict[str, list[tuple[str, str]]] = {"Arguments": []}
    for parameter in command.get_params(context):
        if record := parameter.get_help_record(context):
            is_argument = parameter.param_type_name == "argument"
            panel = "Arguments" if is_argument else getattr(parameter, "rich_help_panel", None) or OTHER_OPTIONS
            panels.setdefault(panel, []).append(record)
    panels[OTHER_OPTIONS] = panels.pop(OTHER_OPTIONS, [])
    return {panel: records for panel, records in panels.items() if records}


class CommandHelp(TyperCommand):
    """A command whose options are listed in panels, as plain text: rich's boxes double the time of `--help`."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then the options of each panel."""
        for panel, records in list_option_panels(self, ctx).items():
            with formatter.section(panel):
                formatter.write_dl(records)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples as they are, without wrapping them."""
        del ctx
        if self.epilog:
            with formatter.section("Examples"):
                formatter.write(textwrap.indent(self.epilog, " " * formatter.current_indent) + "\n")


class GroupHelp(TyperGroup):
    """All commands, listed in panels."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands of each panel."""
        for panel in PANELS:
            commands = [
                (name, command)
                for name in self.list_commands(ctx)
                if (command := self.get_command(ctx, name)) and getattr(command, "rich_help_panel", None) == panel
            ]
            limit = formatter.width - 6 - max(map(len, self.list_commands(ctx)))
            if commands:
                with formatter.section(panel):
                    formatter.write_dl([(name, command.get_short_help_str(limit)) for name, command in commands])


@dataclass(frozen=True)
class Declaration:
    """A command: its function, its place in `stance --help`, and the keyword arguments for `typer.Typer.command`."""

    function: Callable[..., None]
    order: tuple[int, int]
    settings: dict[str, Any]


DECLARATIONS: list[Declaration] = []
"""All commands whose modules have been imported."""


def command(
    name: str, *, panel: str, position: int, summary: str, examples: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a function of `stance.cli.commands` as a command.

    Parameters
    ----------
    name
        What users type after `stance`.
    panel
        The panel of `stance --help`, one of `PANELS`.
    position
        The place in its panel.
    summary
        What `stance --help` says about it, at most 60 characters.
    examples
        Command lines that can be run, one per line.
    """
    settings = {
        "name": name,
        "rich_help_panel": panel,
        "short_help": summary,
        "epilog": textwrap.dedent(examples).strip(),
        "cls": CommandHelp,
    }

    def declare(function: Callable[..., None]) -> Callable[..., None]:
        DECLARATIONS.append(Declaration(function, (PANELS.index(panel), position), settings))
        return function

    return declare
