"""Write the reference of all commands from their declarations, into the place that commands.md marks."""

from __future__ import annotations

import re
from typing import Any

from stance.cli import command_line
from stance.cli.help import PANELS, list_option_panels

PLACE = "<!-- all commands -->\n"


def render_commands() -> str:
    """Return all commands in Markdown: a section for each panel of `stance --help`, and a subsection per command."""
    group = command_line.build_group()
    context = group.make_context("stance", [], resilient_parsing=True)
    lines = []
    for panel in PANELS:
        lines += [f"## {panel}", ""]
        for command in group.commands.values():
            if command.rich_help_panel == panel:
                lines += _render_command(command, context)
    return "\n".join(lines)


def _render_command(command: Any, parent: Any) -> list[str]:
    context = command.make_context(command.name, [], parent=parent, resilient_parsing=True)
    usage = " ".join([f"stance {command.name}", *command.collect_usage_pieces(context)])
    examples = [f"$ {example}" for example in command.epilog.splitlines()]
    lines = [f"### stance {command.name}", "", _escape(_join_lines(command.help)), "", "```text", usage, "```", ""]
    for panel, records in list_option_panels(command, context).items():
        lines += [f"**{panel}**", ""]
        for declaration, description in records:
            lines += [f"`{declaration}`", f": {_escape(_join_lines(description))}", ""]
    return [*lines, "**Examples**", "", "```console", *examples, "```", ""]


def _join_lines(text: str) -> str:
    return " ".join(text.split())


def _escape(text: str) -> str:
    """Return a text with the characters escaped that Markdown would read as markup."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", text)


def _insert_commands(_app: Any, page: str, source: list[str]) -> None:
    if page == "reference/commands":
        source[0] = source[0].replace(PLACE, render_commands())


def setup(app: Any) -> dict[str, bool]:
    """Let Sphinx call this extension when it reads a page."""
    app.connect("source-read", _insert_commands)
    return {"parallel_read_safe": True}
