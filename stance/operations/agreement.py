"""How far annotators agree, and what they disagree on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.errors import OutputIsInputError, StanceError
from stance.operations.arguments import PathInput, PathInputs, as_path, check_exclusive, find_sheets

if TYPE_CHECKING:
    import pandas as pd

    from stance.labels.comparisons import AgreementResults


@dataclass(frozen=True, eq=False)
class AgreementResult:
    """How far annotators agree.

    Attributes
    ----------
    comparisons
        The agreement of each pair of annotators, of all together, toward each target, and of annotators with
        themselves, with 95 % intervals.
    disagreements
        One row per item to which annotators gave different stances.
    notes
        What was left out, what is assumed, and what the figures mean, in sentences.
    warnings
        Warnings about the sheet.
    """

    comparisons: AgreementResults
    disagreements: pd.DataFrame
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def agreement(
    sheets: PathInputs | None = None,
    *,
    codebook: PathInput | None = None,
    no_codebook: bool = False,
    output: PathInput | None = None,
    force: bool = False,
) -> AgreementResult:
    """Measure how far annotators agree beyond chance, with intervals.

    Parameters
    ----------
    sheets
        Labelling sheets; by default those in `labels/`.
    codebook
        The codebook; by default `codebook.toml` beside a sheet.
    no_codebook
        Use no codebook; take whatever stances the labels contain.
    output
        A CSV file to write the disagreements to, as a sheet to adjudicate in.
    force
        Overwrite `output` if it exists.

    Raises
    ------
    UsageError
        `codebook` and `no_codebook` are both given.
    StanceError
        No two annotators labelled two comments in common, or something in the sheets must be corrected first.

    Examples
    --------
    >>> import stance
    >>> result = stance.agreement("labels/csto.csv")  # doctest: +SKIP
    >>> result.comparisons.overall.agreement.alpha  # doctest: +SKIP
    """
    from stance.io import atomic
    from stance.labels import comparisons, resolution
    from stance.labels.codebook import find_codebook, read_codebook
    from stance.labels.sheets.sheet_file import write_sheet
    from stance.labels.sheets.unmerged import read_sheet_with_journal, require_empty_journal
    from stance.reports.agreement_notes import describe_agreement
    from stance.reports.agreement_report import build_adjudication_sheet

    check_exclusive("--codebook", "--no-codebook", both=codebook is not None and no_codebook)
    paths = find_sheets(sheets)
    codebook_path = None if no_codebook else as_path(codebook) or find_codebook(paths)
    output_path = as_path(output)
    if output_path:
        if output_path.resolve() in {path.resolve() for path in [*paths, *([codebook_path] if codebook_path else [])]}:
            raise OutputIsInputError(output_path)
        atomic.refuse_overwriting(output_path, force=force)
        require_empty_journal(output_path)
    read = [read_sheet_with_journal(path) for path in paths]
    rows, stances = resolution.combine_labels(read, read_codebook(codebook_path) if codebook_path else None)
    results = comparisons.compare_annotators(rows, stances.stance_names)
    disagreements = comparisons.find_annotator_disagreements(rows)
    notes = describe_agreement(rows, results)
    if not results.overall and not results.self_consistency:
        named = ", ".join(f"{name} ({n})" for name, n in results.items_per_annotator.items()) or "nobody"
        raise StanceError(
            f"no two annotators labelled two comments in common; labels by {named}",
            "let another annotator label some of the same comments, "
            "and enter each label's annotator in the column 'annotator'",
        )
    warnings = [f"{sheet.path.name}: {warning}" for sheet in read for warning in sheet.messages]
    if not results.overall:
        warnings.append("no two annotators labelled two comments in common, so how far people agree is unknown")
    if output_path:
        write_sheet(output_path, build_adjudication_sheet(disagreements, list(results.items_per_annotator)))
    return AgreementResult(results, disagreements, notes, tuple(warnings))
