"""`stance collect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli import options, terminal
from stance.cli.options import SHOWN_WARNINGS, Debug, Jobs, Quiet
from stance.cli.terminal import errors_in_one_line


def collect(
    pages: Annotated[list[Path], typer.Argument(help="Article pages: text dumps, saved HTML, or folders of them.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The labelling sheet.")] = Path("labels/comments.csv"),
    layouts: Annotated[Path | None, typer.Option(metavar="FILE", help="Footer layouts of your own.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the page report as JSON on stdout.")] = False,
    jobs: Jobs = -1,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Pull reader comments from article pages into a labelling sheet; rows and labels in it are kept."""
    with errors_in_one_line(debug=debug):
        from dataclasses import asdict

        from stance.cli import progress
        from stance.extraction.collection import collect as collect_from
        from stance.extraction.collection import find_page_files
        from stance.extraction.textdump import footers
        from stance.labels.collected_comments import merge_comments
        from stance.labels.sheets import lock
        from stance.reports import terminal_report

        own = footers.read_layouts(layouts) if layouts else ()
        paths = find_page_files(pages)
        with progress.steps("reading pages", quiet=quiet) as show:
            collection = collect_from(paths, own, jobs=jobs, on_page=show)
        with lock.lock_sheet(output):
            new, warnings = merge_comments(output, collection.comments)
        if as_json:
            options.print_json([asdict(page) for page in collection.pages])
        terminal.say(terminal_report.format_pages(collection.pages, options.width()), quiet=quiet or as_json)
        told = [f"{page.source}: {warning}" for page in collection.pages for warning in page.warnings]
        terminal.warn(*told[:SHOWN_WARNINGS])
        if len(told) > SHOWN_WARNINGS:
            terminal.warn(f"{len(told) - SHOWN_WARNINGS} more about pages, --json lists all")
        terminal.warn(*warnings)
        known = len(collection.comments) - new
        terminal.say(f"{output}: {new} new comments, {known} known already", quiet=quiet)
        unread = [page for page in collection.pages if page.error]
        if unread:
            cause = f"{len(unread)} of {len(collection.pages)} pages could not be read, see the report; the others were"
            terminal.fail(cause)
