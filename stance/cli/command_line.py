"""The command line: every module of `stance.cli.commands` declares one command."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Annotated, Any

import typer

from stance import __version__
from stance.cli import commands, terminal
from stance.cli.help import DECLARATIONS, GroupHelp

app = typer.Typer(
    cls=GroupHelp,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help comes in half the time that rich's boxes take
    context_settings={"help_option_names": ["-h", "--help"]},
)


def build_group() -> Any:
    """Return the command group that typer builds of the declared commands."""
    return typer.main.get_command(app)


def print_version(is_wanted: bool) -> None:
    """Print the version and exit, if that is wanted."""
    if is_wanted:
        typer.echo(__version__)
        raise typer.Exit


for _module in pkgutil.iter_modules(commands.__path__):
    import_module(f"{commands.__name__}.{_module.name}")
for _declaration in sorted(DECLARATIONS, key=lambda declaration: declaration.order):
    app.command(**_declaration.settings)(_declaration.function)


@app.callback()
def stance(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Measure stance in the comment sections under news articles."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line with these arguments, by default those of the process; return when it has succeeded.

    Raises
    ------
    SystemExit
        It has failed, with its exit code.
    """
    with terminal.prepare_process():
        try:
            app(arguments, prog_name="stance")
        except SystemExit as error:
            if error.code:
                raise
