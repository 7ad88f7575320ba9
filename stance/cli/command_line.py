"""The command line: every command, in the order in which people need them."""

from __future__ import annotations

from typing import Annotated

import typer

from stance import __version__
from stance.cli import terminal
from stance.cli.commands.adjudicate import adjudicate
from stance.cli.commands.agree import agree
from stance.cli.commands.check import check
from stance.cli.commands.collect import collect
from stance.cli.commands.export import export
from stance.cli.commands.import_ import import_
from stance.cli.commands.label import label
from stance.cli.commands.predict import predict
from stance.cli.commands.sample import sample
from stance.cli.commands.train import train

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help comes in half the time that boxes take
    context_settings={"help_option_names": ["-h", "--help"]},
)


def print_version(wanted: bool) -> None:
    """Print the version and exit, if that is wanted."""
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


app.command(short_help="Pull reader comments from pages into a sheet.")(collect)
app.command(short_help="Draw comments at random into a sheet to label.")(sample)
app.command(short_help="Label comments by hand in the terminal.")(label)
app.command(short_help="Print how far annotators agree, and on what they do not.")(agree)
app.command(short_help="Decide where labels differ.")(adjudicate)
app.command(short_help="Find what is wrong with labels.")(check)
app.command(short_help="Train a model on labels, and evaluate it.")(train)
app.command(short_help="Score new comments.")(predict)
app.command(short_help="Write sheets for other labelling tools, or as plain CSV.")(export)
app.command(name="import", short_help="Bring labels from other tools into a sheet.")(import_)


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
    with terminal.prepared():
        try:
            app(arguments, prog_name="stance")
        except SystemExit as end:
            if end.code:
                raise
