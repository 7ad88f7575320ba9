"""The command line: every command, in the order in which people need them."""

from __future__ import annotations

import typer

from stance import terminal
from stance.commands.adjudicate import adjudicate
from stance.commands.agree import agree
from stance.commands.check import check
from stance.commands.collect import collect
from stance.commands.export import export
from stance.commands.import_ import import_
from stance.commands.label import label
from stance.commands.predict import predict
from stance.commands.sample import sample
from stance.commands.train import train

app = typer.Typer(
    help="Measure stance in the comment sections under news articles.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help comes in half the time that boxes take
    context_settings={"help_option_names": ["-h", "--help"]},
)

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


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, with the arguments the process was given unless others are."""
    terminal.set_up()
    app(arguments, prog_name="stance")
