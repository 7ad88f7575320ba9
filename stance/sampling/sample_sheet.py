"""Draw a random sample of comments from files into a new labelling sheet, with inclusion probabilities."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance import tables
from stance.errors import EmptyTableError, OutputIsInputError, StanceError
from stance.io import atomic, input_stream
from stance.io.csv_format import parse_header
from stance.io.row_batches import ColumnSelection
from stance.labels.sheets import lock, sheet_file
from stance.labels.sheets.unmerged import require_empty_journal
from stance.sampling.random_keys import TEST_PURPOSE, shuffle_ids
from stance.sampling.sampler import STRATUM_COLUMN, ExcludedComments, Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stance.sampling.drawn_sample import DrawnSample
    from stance.sampling.reservoir import CandidateComment
    from stance.sampling.sampler import SamplingPlan

_PROBABILITY_DIGITS = 12
_UNNAMED_COLUMN = "nameless"  # the name given to a column without one, since a sheet cannot have such a column
_PREDICTION_COLUMNS = ("predicted", "predicted_group")
_MAX_WARNINGS = 20
_ANNOTATION_COLUMNS = ("stance", "also", "note", "unsure")
"""The columns that only an annotator fills in."""


@dataclass(frozen=True)
class SampleRequest:
    """What to draw, from which inputs, and into which sheet.

    Attributes
    ----------
    inputs
        Files of comments; '-' is standard input.
    output
        The new labelling sheet.
    plan
        How many comments to draw and how.
    exclude
        Sheets whose comments are not drawn.
    input_format, text_column, columns
        The format of the inputs, their column of texts, and the column names of tables without a header.
    force
        Whether to overwrite a file that holds no labels.
    n_test
        How many of the drawn comments form a closed test set.
    """

    inputs: tuple[str, ...]
    output: Path
    plan: SamplingPlan
    exclude: tuple[Path, ...] = ()
    input_format: str | None = None
    text_column: str = "text"
    columns: tuple[str, ...] | None = None
    force: bool = False
    n_test: int = 0


def draw_sample(request: SampleRequest, progress: Callable[[int, float | None], None] | None = None) -> DrawnSample:
    """Draw a sample of comments; nothing is written.

    Parameters
    ----------
    request
        What to draw.
    progress
        Called with the number of rows read so far, and the fraction of the inputs that they are, if known.

    Raises
    ------
    StanceError
        An input cannot be read, the output is an input or holds labels, or there is nothing to draw.
    """
    input_stream.check_inputs(request.inputs)
    if repeated := [name for name, count in Counter(request.inputs).items() if count > 1]:
        raise StanceError("an input is given twice", "give each input once", path=repeated[0])
    check_sample_output(request)
    column_names = request.columns and tuple("comment_id" if name.strip() == "id" else name for name in request.columns)
    columns = ColumnSelection(request.text_column, column_names=column_names)
    sampler = Sampler(request.plan, columns, read_excluded_comments(request.exclude))
    n_rows = 0
    parse_warnings: list[str] = []
    with input_stream.gc_disabled():
        for input_name, batch in input_stream.read_inputs(request.inputs, request.input_format, columns):
            sampler.add_batch(input_name, batch)
            n_rows += len(batch.texts)
            parse_warnings += batch.warnings[: _MAX_WARNINGS - len(parse_warnings)]
            if progress:
                progress(n_rows, batch.fraction_read)
    sample = replace(sampler.draw(), parse_warnings=tuple(parse_warnings))
    if not sample.comments:
        if sample.n_excluded:
            raise StanceError("all comments are in the excluded sheets", "add other inputs, or leave out --exclude")
        raise EmptyTableError(", ".join(request.inputs), "comments")
    if request.n_test:
        _check_test_set(sample, request)
    return sample


def _check_test_set(sample: DrawnSample, request: SampleRequest) -> None:
    if any(comment.cells.get(tables.SPLIT_COLUMN, "").strip() for comment in sample.comments):
        remedy = "rename this column, or leave out --test"
        raise StanceError("the comments already have a column split", remedy, path=request.inputs[0])
    if len(set(_assign_ids(sample.comments))) < request.n_test:
        cause = f"fewer comments were drawn than --test asks for: {len(sample.comments)}"
        raise StanceError(cause, "choose a smaller --test, or a larger --n")


def check_sample_output(request: SampleRequest) -> None:
    """Raise an error if the output is an input, exists and may not be overwritten, or holds labels.

    A sheet with labels is never overwritten, not even with --force.

    Raises
    ------
    OutputIsInputError, OutputExistsError, StanceError
    """
    inputs = [*(Path(name) for name in request.inputs if name != input_stream.STANDARD_STREAM), *request.exclude]
    if request.output.resolve() in {path.resolve() for path in inputs}:
        raise OutputIsInputError(request.output)
    atomic.refuse_overwriting(request.output, force=request.force)
    require_empty_journal(request.output)
    if not request.output.is_file() or not request.output.read_bytes().strip():
        return
    frame = sheet_file.read_sheet(request.output).frame
    filled_in = [name for name in _ANNOTATION_COLUMNS if name in frame.columns and frame[name].str.strip().ne("").any()]
    if filled_in:
        cause = f"this sheet holds labels or notes (column {filled_in[0]!r})"
        raise StanceError(cause, "choose another file: --force does not overwrite them", path=request.output)


def read_excluded_comments(paths: Iterable[Path]) -> ExcludedComments:
    """Return the comments of sheets, which are not to be drawn again."""
    frames = []
    for path in paths:
        frame = sheet_file.read_sheet(path).frame
        if not {"comment_id", "text"}.intersection(frame.columns):
            remedy = "choose a sheet with a column comment_id or text"
            tables.require_columns(frame.columns, ("comment_id",), path, remedy)
        frames.append(frame.reindex(columns=["comment_id", "text"], fill_value=""))
    if not frames:
        return ExcludedComments()
    rows = pd.concat(frames, ignore_index=True)
    ids, texts = rows["comment_id"].str.strip(), rows["text"].map(tables.normalise_text)
    return ExcludedComments(frozenset(ids) - {""}, frozenset(texts) - {""}, frozenset(texts[ids == ""]) - {""})


def write_sample(sample: DrawnSample, request: SampleRequest) -> None:
    """Write the sheet, in random order: an annotator who starts at its top may stop anywhere.

    Raises
    ------
    StanceError
        Two columns of the input have the same name but for white space, or the sheet may not be written.
    """
    names = dict.fromkeys(name for comment in sample.comments for name in comment.cells)
    parse_header(list(names), ", ".join(request.inputs))
    ids = _assign_ids(sample.comments)
    positions = {comment_id: position for position, comment_id in enumerate(shuffle_ids(set(ids), request.plan.seed))}
    test_ids = set(shuffle_ids(set(ids), request.plan.seed, TEST_PURPOSE)[: request.n_test])
    probability = {stratum.name: stratum.probability for stratum in sample.strata}
    input_probability = _input_probabilities(sample.comments)
    rows = []
    for comment_id, comment in sorted(zip(ids, sample.comments, strict=True), key=lambda pair: positions[pair[0]]):
        cells = {name.strip() or _UNNAMED_COLUMN: cell for name, cell in comment.cells.items()}
        chance = probability[comment.stratum] * input_probability.get(comment.comment_key, 1.0)
        label_cells = {
            "target": cells.get("target", ""),
            "sampled": "random",
            "seed": str(request.plan.seed),
            "probability": np.format_float_positional(chance, _PROBABILITY_DIGITS, fractional=False, trim="-"),
        }
        comment_cells = {name: cell for name, cell in cells.items() if name not in tables.LABEL_COLUMNS}
        stratum_cell = {} if request.plan.stratify_by is None else {STRATUM_COLUMN: comment.stratum}
        split_cell = {tables.SPLIT_COLUMN: tables.TEST_SPLIT} if comment_id in test_ids else {}
        own_cells = {"comment_id": comment_id, "text": comment.text} | label_cells | stratum_cell | split_cell
        rows.append(comment_cells | own_cells)
    present = dict.fromkeys(name for row in rows for name in row)
    comment_columns = [name for name in tables.COMMENT_COLUMNS if name in present]
    own_columns = [name for name in present if name not in tables.SHEET_COLUMNS]
    columns = [*comment_columns, *tables.LABEL_COLUMNS, *own_columns]
    frame = pd.DataFrame([[row.get(name, "") for name in columns] for row in rows], columns=columns, dtype="str")
    with lock.lock_sheet(request.output):
        check_sample_output(request)  # again: drawing may have taken minutes
        sheet_file.write_sheet(request.output, frame)


def format_sample_warnings(sample: DrawnSample, plan: SamplingPlan) -> tuple[str, ...]:
    """Return warnings for the user about a sample."""
    warnings = list(sample.parse_warnings)
    if len(sample.comments) < plan.n:
        warnings.append(f"there are fewer than {plan.n:,} comments: all {len(sample.comments):,} are drawn")
    if sample.n_repeated:
        warnings.append(
            f"{sample.n_repeated:,} of the drawn comments occur in several rows: each counts once, and probabilities "
            "are estimates unless all comments are drawn"
        )
    if _input_probabilities(sample.comments):
        warnings.append("the input is itself a sample: its probabilities are multiplied by those of this draw")
    for name in _PREDICTION_COLUMNS:
        if any(name in comment.cells for comment in sample.comments):
            warnings.append(f"the sheet shows a model's predictions (column {name!r}) to annotators who open it")
            break
    return tuple(warnings)


def _assign_ids(comments: Sequence[CandidateComment]) -> list[str]:
    """Return the id of each comment, a new unused one (as by `tables.fill_comment_ids`) if it has none."""
    used = {comment.comment_id for comment in comments}
    occurrences: Counter[str] = Counter()
    ids = []
    for comment in comments:
        comment_id = comment.comment_id
        while comment_id in used and not comment.comment_id:
            text = tables.normalise_text(comment.text)
            occurrences[text] += 1
            comment_id = tables.make_comment_id("", text, occurrences[text])
        used.add(comment_id)
        ids.append(comment_id)
    return ids


def _input_probabilities(comments: Sequence[CandidateComment]) -> dict[str, float]:
    """Return the probability of each comment key in an input that is itself a random sample, else an empty dict."""
    probabilities = {}
    for comment in comments:
        try:
            probability = float(comment.cells.get("probability", ""))
        except ValueError:
            return {}
        if comment.cells.get("sampled", "").strip().lower() != "random" or not 0 < probability <= 1:
            return {}
        probabilities[comment.comment_key] = probability
    return probabilities
