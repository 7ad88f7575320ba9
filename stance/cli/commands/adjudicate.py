"""`stance adjudicate`."""

from stance.cli import terminal
from stance.cli.help import command
from stance.cli.options import Annotator, Codebook, Debug, Quiet, Sheets


@command(
    "adjudicate",
    panel="Labels",
    position=3,
    summary="Decide by hand where labels differ.",
    examples="""
        stance adjudicate labels/csto.csv
        stance adjudicate labels/ann.csv labels/ben.csv --annotator cleo
    """,
)
def adjudicate(
    sheets: Sheets = None,
    annotator: Annotator = None,
    codebook: Codebook = None,
    *,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Decide in the terminal where labels of the same comment differ; decisions become rows of the first sheet."""
    with terminal.errors_on_one_line(debug=debug):
        from stance.operations.adjudicate import adjudicate as adjudicate_labels
        from stance.reports.label_summary import format_new_labels

        result = adjudicate_labels(sheets or None, annotator, codebook=codebook)
        if not result.had_items:
            terminal.print_message(
                "nothing to adjudicate: no comment has differing labels without a decision", quiet=quiet
            )
            return
        terminal.print_warnings(result.warnings)
        terminal.print_message(
            f"{result.sheet}: {format_new_labels(result.new_labels, result.labels_per_hour)}", quiet=quiet
        )
