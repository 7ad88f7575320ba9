"""Export labelling sheets to other tools."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.errors import OutputIsInputError, StanceError, UsageError
from stance.interchange.registry import TOOL_NAMES, TOOLS
from stance.operations.arguments import STANDARD_STREAM, PathInput, PathInputs, as_path, as_paths

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class ExportResult:
    """What was written.

    Attributes
    ----------
    n_comments
        The number of comments.
    n_labels
        The number of labels.
    paths
        The files.
    warnings
        What had to be changed in texts, and other warnings.
    """

    n_comments: int
    n_labels: int
    paths: tuple[Path, ...]
    warnings: tuple[str, ...] = ()


def export_labels(
    sheets: PathInputs,
    output: PathInput,
    *,
    tool: str | None = None,
    config: PathInput | None = None,
    codebook: PathInput | None = None,
    settled: bool = False,
    force: bool = False,
) -> ExportResult:
    """Write labelling sheets for Label Studio, doccano or Prodigy, or as a table; importing them loses nothing.

    Parameters
    ----------
    sheets
        Labelling sheets.
    output
        The file to write; '-' is standard output.
    tool
        "label-studio", "doccano", "prodigy" or "csv"; None means by suffix. A table is written as CSV or, if the suffix
        says so, as Parquet.
    config
        A file to write the tool's labelling interface, or its labels, to.
    codebook
        The codebook; by default `codebook.toml` beside a sheet.
    settled
        For CSV: one row per comment with its resolved stance, instead of one row per label.
    force
        Overwrite files that exist.

    Raises
    ------
    UsageError
        The suffix does not tell the tool, or `settled` or `config` does not fit it.
    StanceError
        A sheet cannot be read, or an output would overwrite an input or a file that exists.

    Examples
    --------
    >>> import stance
    >>> stance.export_labels("labels/csto.csv", "tasks.json", tool="label-studio")  # doctest: +SKIP
    """
    from stance.interchange import load_sheets, tool_files
    from stance.io import atomic
    from stance.labels.codebook import find_codebook, read_codebook

    is_stream = os.fspath(output) == STANDARD_STREAM
    output_path, config_path = as_paths(output)[0], as_path(config)
    tool = tool or tool_files.infer_output_tool(output_path)
    if tool is None:
        raise UsageError(f"cannot tell the tool from the name {output_path.name!r}", f"add --to {'|'.join(TOOL_NAMES)}")
    if tool not in TOOLS:
        raise UsageError(f"unknown tool {tool!r}", f"use one of {', '.join(TOOL_NAMES)}")
    if settled and not TOOLS[tool].has_resolved_rows:
        raise UsageError("--settled works only for CSV", "add --to csv, or leave --settled out")
    if config_path and not TOOLS[tool].has_config:
        raise UsageError("a CSV has no labelling interface", "leave --config out")
    paths = as_paths(sheets)
    given_codebook = as_path(codebook)
    inputs = {path.resolve() for path in (*paths, *filter(None, [given_codebook]))}
    outputs = [*([] if is_stream else [output_path]), *([config_path] if config_path else [])]
    for path in outputs:
        if path.resolve() in inputs or outputs.count(path) > 1:
            raise OutputIsInputError(path)
        atomic.refuse_overwriting(path, force=force)
    loaded = load_sheets.load_sheets_for_export(paths)
    codebook_path = given_codebook or find_codebook(paths)
    stances = read_codebook(codebook_path) if codebook_path else None
    if config_path and stances is None:
        raise StanceError("--config needs a codebook", "name one with --codebook")
    if is_stream:
        sys.stdout.writelines(tool_files.format_for_tool(loaded, tool, stances, resolved=settled))
    else:
        tool_files.write_tool_file(output_path, loaded, tool, stances, resolved=settled)
    if config_path and stances is not None:
        tool_files.write_text_file(config_path, [tool_files.format_labelling_config(loaded, tool, stances)])
    n_labels = sum(bool(row.get("stance")) for item in loaded.items for row in item.rows.values())
    return ExportResult(len(loaded.items), n_labels, tuple(outputs), tuple(loaded.warnings))
