"""Import labels from other tools into a labelling sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.errors import OutputIsInputError, UsageError
from stance.interchange.registry import TOOL_NAMES, TOOLS, ImportOptions
from stance.operations.arguments import PathInput, PathInputs, as_path, as_paths

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class ImportResult:
    """What was added to a sheet.

    Attributes
    ----------
    n_comments
        The number of new comments.
    n_labels
        The number of new labels.
    n_known_rows
        The number of rows that the sheet had already.
    repairs
        What had to be changed in texts or cells.
    warnings
        Warnings about the rows.
    """

    n_comments: int
    n_labels: int
    n_known_rows: int
    repairs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


MAX_LISTED_STANCES = 40


def import_labels(
    files: PathInputs,
    output: PathInput,
    *,
    tool: str | None = None,
    text_column: str = "text",
    stance_column: str = "stance",
    annotators: Mapping[str, str] | None = None,
    codebook: PathInput | None = None,
) -> ImportResult:
    """Add labels from Label Studio, doccano, Prodigy or CSV to a labelling sheet; no row is added twice.

    Parameters
    ----------
    files
        Exports of the tools, or tables (CSV, TSV, Parquet).
    output
        The labelling sheet, new or to be added to; its rows are kept.
    tool
        The tool that wrote the files: "label-studio", "doccano", "prodigy" or "csv"; None detects it.
    text_column
        The column, key or question that holds the texts.
    stance_column
        The column, key or question that holds the stances.
    annotators
        Names of annotators in the files to names in the sheet; "" stands for files that name no annotator.
    codebook
        The codebook that stances are compared with; by default `codebook.toml` beside the sheet.

    Raises
    ------
    UsageError
        The tool that wrote a file cannot be detected.
    StanceError
        A file or the sheet cannot be read, or the sheet is one of the files.

    Examples
    --------
    >>> import stance
    >>> stance.import_labels("export.json", "labels/imported.csv", annotators={"": "ann"})  # doctest: +SKIP
    """
    from stance.interchange import merge_rows, tool_files
    from stance.labels.codebook import find_codebook, read_codebook
    from stance.labels.sheets import lock

    if tool is not None and tool not in TOOLS:
        raise UsageError(f"unknown tool {tool!r}", f"use one of {', '.join(TOOL_NAMES)}")
    paths = as_paths(files)
    sheet = as_paths(output)[0]
    tools = [(path, tool or tool_files.detect_input_tool(path)) for path in paths]
    named = [(path, name) for path, name in tools if name is not None]
    if len(named) < len(tools):
        unknown = next(path for path, name in tools if name is None)
        raise UsageError(f"cannot detect which tool wrote {unknown.name}", f"add --from {'|'.join(TOOL_NAMES)}")
    if sheet.resolve() in {path.resolve() for path in paths}:
        raise OutputIsInputError(sheet)
    codebook_path = as_path(codebook) or find_codebook([sheet])
    stances = read_codebook(codebook_path) if codebook_path else None
    names = tuple((annotators or {}).items())
    rows, repairs = tool_files.read_tool_files(named, ImportOptions(text_column, stance_column, names))
    with lock.lock_sheet(sheet):
        merged = merge_rows.merge_into_sheet(sheet, rows)
    warnings = list(merged.warnings)
    if stances and (unknown_stances := tool_files.find_unknown_stances(rows, stances)):
        listed = ", ".join(unknown_stances[:MAX_LISTED_STANCES])
        warnings.append(f"not in the codebook: {listed}; correct the rows, or add them to {codebook_path}")
    return ImportResult(merged.n_comments, merged.n_labels, merged.n_known_rows, tuple(repairs), tuple(warnings))
