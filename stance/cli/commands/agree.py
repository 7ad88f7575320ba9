"""`stance agree`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli import options, terminal
from stance.cli.options import Debug, Force, Quiet, Sheets
from stance.cli.terminal import errors_in_one_line


def agree(
    sheets: Sheets = None,
    codebook: Annotated[Path | None, typer.Option(help="The codebook [default: codebook.toml beside a sheet].")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write the disagreements as CSV.")
    ] = None,
    *,
    no_codebook: Annotated[bool, typer.Option("--no-codebook", help="Take the stances as they are found.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON on stdout.")] = False,
    force: Force = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Print how far annotators agree, with intervals, and what they disagree on."""
    if codebook and no_codebook:
        raise typer.BadParameter("--codebook and --no-codebook exclude each other")
    with errors_in_one_line(debug=debug):
        from stance.errors import OutputIsInputError, StanceError
        from stance.io import atomic
        from stance.labels import comparisons, resolution
        from stance.labels.codebook import find_codebook, read_codebook
        from stance.labels.sheets.sheet_file import write_sheet
        from stance.labels.sheets.unmerged import read_sheet_with_journal, require_empty_journal
        from stance.reports.agreement_report import (
            agreement_to_json,
            build_adjudication_sheet,
            describe_agreement,
            format_agreement,
        )

        paths = sheets or options.default_sheets()
        source = None if no_codebook else codebook or find_codebook(paths)
        if output:
            if output.resolve() in {path.resolve() for path in [*paths, *([source] if source else [])]}:
                raise OutputIsInputError(output)
            atomic.refuse_overwriting(output, force=force)
            require_empty_journal(output)
        read = [read_sheet_with_journal(path) for path in paths]
        rows, known = resolution.combine_labels(read, read_codebook(source) if source else None)
        found = comparisons.compare_annotators(rows, known.stance_names)
        torn = comparisons.find_annotator_disagreements(rows)
        said = describe_agreement(rows, found)
        if not found.overall and not found.self_consistency:
            named = ", ".join(f"{name} ({n})" for name, n in found.items_per_annotator.items()) or "nobody"
            raise StanceError(
                f"no two annotators labelled two comments in common; labels by {named}",
                "let another one label some of the same comments, and write each label's giver into 'annotator'",
            )
        terminal.warn(*(f"{sheet.path.name}: {warning}" for sheet in read for warning in sheet.messages))
        if not found.overall:
            terminal.warn("no two annotators labelled two comments in common, so nobody knows how far people agree")
        if as_json:
            options.print_json(agreement_to_json(found, torn, said))
        terminal.say(format_agreement(found, torn, said, options.width()), quiet=quiet or as_json)
        if output:
            write_sheet(output, build_adjudication_sheet(torn, list(found.items_per_annotator)))
            terminal.say(f"written: {output}", quiet=quiet)
