"""`stance collect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli import terminal
from stance.cli.help import command
from stance.cli.options import INPUT, OUTPUT, AsJson, Debug, Jobs, Quiet, Verbose


@command(
    "collect",
    panel="Comments",
    position=1,
    summary="Extract reader comments from saved pages into a sheet.",
    examples="""
        stance collect seeds -o labels/csto.csv
        stance collect seeds -o labels/csto.csv --json > pages.json
    """,
)
def collect(
    pages: Annotated[list[Path], typer.Argument(help="Saved pages (HTML, MHTML, text), or folders of them.")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="The labelling sheet, new or to be added to.", rich_help_panel=OUTPUT),
    ] = Path("labels/comments.csv"),
    layouts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Your own layouts of comments in text dumps (TOML).", rich_help_panel=INPUT),
    ] = None,
    *,
    as_json: AsJson = False,
    jobs: Jobs = -1,
    verbose: Verbose = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Extract reader comments from saved pages into a labelling sheet; its rows and labels are kept."""
    with terminal.errors_on_one_line(debug=debug):
        from dataclasses import asdict

        from stance.cli import progress
        from stance.operations.collect import collect as collect_comments
        from stance.reports.terminal_report import format_pages
        from stance.wording import pluralise

        with progress.show_steps("reading pages", quiet=quiet) as show:
            result = collect_comments(pages, output, layouts=layouts, jobs=jobs, progress=show)
        if as_json:
            terminal.print_json([asdict(page) for page in result.pages])
        text = format_pages(result.pages, terminal.table_width(), verbose=verbose)
        terminal.print_report(text, quiet=quiet or as_json)
        terminal.print_warnings(
            [f"{page.source}: {warning}" for page in result.pages for warning in page.warnings],
            "more about pages, --verbose prints all",
            verbose=verbose,
        )
        terminal.print_warnings(result.warnings, verbose=verbose)
        n_known = len(result.comments) - result.n_new
        terminal.print_message(
            f"{output}: {pluralise(result.n_new, 'new comment')}, {n_known} already in the sheet", quiet=quiet
        )
        n_unreadable = sum(bool(page.error) for page in result.pages)
        if n_unreadable:
            terminal.exit_with_error(
                f"{n_unreadable} of {len(result.pages)} pages could not be read, see the report; the others were"
            )
