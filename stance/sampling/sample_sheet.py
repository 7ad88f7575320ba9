"""Files of comments -> a new labelling sheet with some of them, drawn at random, and with what probability."""

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
from stance.sampling.random_keys import shuffle_ids
from stance.sampling.sampler import STRATUM_COLUMN, ExcludedComments, Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stance.io.readers import InputFormat
    from stance.sampling.reservoir import CandidateComment
    from stance.sampling.sampler import DrawnSample, SamplingPlan

_PROBABILITY_DIGITS = 12  # of a probability
_UNNAMED_COLUMN = "nameless"  # what a column without a name is called, which no sheet can have
_PREDICTION_COLUMNS = ("predicted", "predicted_group")
_MAX_WARNINGS = 20
_ANNOTATION_COLUMNS = ("stance", "also", "note", "unsure")
"""The columns that only a person fills."""


@dataclass(frozen=True)
class SampleRequest:
    """What to draw from, what not to draw, and where the sheet is to be written; '-' is standard input."""

    inputs: tuple[str, ...]
    output: Path
    plan: SamplingPlan
    exclude: tuple[Path, ...] = ()
    input_format: InputFormat | None = None
    text_column: str = "text"
    columns: tuple[str, ...] | None = None
    force: bool = False


def draw_sample(request: SampleRequest, progress: Callable[[int, float | None], None] | None = None) -> DrawnSample:
    """Draw comments as a request asks; nothing is written.

    Parameters
    ----------
    request
        What to draw.
    progress
        Told how many rows are read, and the share of the inputs that they are, from 0 to 1, if it is known.

    Raises
    ------
    StanceError
        An input cannot be read, the output would overwrite one or holds labels, or there is nothing to draw.
    """
    input_stream.check_inputs(request.inputs)
    if twice := [name for name, count in Counter(request.inputs).items() if count > 1]:
        raise StanceError("an input is named twice", "name each once", path=twice[0])
    check_sample_output(request)
    columns = request.columns and tuple("comment_id" if name.strip() == "id" else name for name in request.columns)
    wanted = ColumnSelection(request.text_column, column_names=columns)
    sampler = Sampler(request.plan, wanted, read_excluded_comments(request.exclude))
    done = 0
    doubts: list[str] = []
    with input_stream.gc_disabled():
        for name, chunk in input_stream.read_inputs(request.inputs, request.input_format, wanted):
            sampler.add_batch(name, chunk)
            done += len(chunk.texts)
            doubts += chunk.warnings[: _MAX_WARNINGS - len(doubts)]
            if progress:
                progress(done, chunk.fraction_read)
    drawn = replace(sampler.draw(), parse_warnings=tuple(doubts))
    if not drawn.comments:
        names = ", ".join(request.inputs)
        if drawn.n_excluded:
            raise StanceError("all comments are in the sheets already", "name further inputs, or leave --exclude out")
        raise EmptyTableError(names, "comments")
    return drawn


def check_sample_output(request: SampleRequest) -> None:
    """Stop if the sheet may not be written: it is there already, is read from, or holds labels, with --force or not.

    Raises
    ------
    OutputIsInputError, FileExistsAlreadyError, StanceError
    """
    read_from = [*(Path(name) for name in request.inputs if name != input_stream.STANDARD_STREAM), *request.exclude]
    if request.output.resolve() in {path.resolve() for path in read_from}:
        raise OutputIsInputError(request.output)
    atomic.refuse_overwriting(request.output, force=request.force)
    require_empty_journal(request.output)
    if not request.output.is_file() or not request.output.read_bytes().strip():
        return
    frame = sheet_file.read_sheet(request.output).frame
    worked_in = [name for name in _ANNOTATION_COLUMNS if name in frame.columns and frame[name].str.strip().ne("").any()]
    if worked_in:
        raise StanceError(
            f"somebody has worked in this sheet (column {worked_in[0]!r})",
            "name another file; not even --force overwrites labels",
            path=request.output,
        )


def read_excluded_comments(paths: Iterable[Path]) -> ExcludedComments:
    """Gather the comments of sheets."""
    found = []
    for path in paths:
        frame = sheet_file.read_sheet(path).frame
        if not {"comment_id", "text"}.intersection(frame.columns):
            tables.require_columns(
                frame.columns, ("comment_id",), path, "name a sheet with a column comment_id or text"
            )
        found.append(frame.reindex(columns=["comment_id", "text"], fill_value=""))
    if not found:
        return ExcludedComments()
    rows = pd.concat(found, ignore_index=True)
    ids, texts = rows["comment_id"].str.strip(), rows["text"].map(tables.normalise_text)
    return ExcludedComments(frozenset(ids) - {""}, frozenset(texts) - {""}, frozenset(texts[ids == ""]) - {""})


def write_sample(drawn: DrawnSample, request: SampleRequest) -> None:
    """Write the sheet, in an order by chance: whoever labels it from its top may stop anywhere.

    Raises
    ------
    StanceError
        Two columns of the input have the same name but for blanks, or the sheet may not be written.
    """
    parse_header(
        list(dict.fromkeys(name for entry in drawn.comments for name in entry.cells)), ", ".join(request.inputs)
    )
    ids = _assign_ids(drawn.comments)
    turn = {comment_id: number for number, comment_id in enumerate(shuffle_ids(set(ids), request.plan.seed))}
    probability = {stratum.name: stratum.probability for stratum in drawn.strata}
    before = _input_probabilities(drawn.comments)
    rows = []
    for comment_id, entry in sorted(zip(ids, drawn.comments, strict=True), key=lambda each: turn[each[0]]):
        own = {name.strip() or _UNNAMED_COLUMN: cell for name, cell in entry.cells.items()}
        chance = probability[entry.stratum] * before.get(entry.comment_key, 1.0)
        label = {
            "target": own.get("target", ""),
            "sampled": "random",
            "seed": str(request.plan.seed),
            "probability": np.format_float_positional(chance, _PROBABILITY_DIGITS, fractional=False, trim="-"),
        }
        kept = {name: cell for name, cell in own.items() if name not in tables.LABEL_COLUMNS}
        stratum = {} if request.plan.stratify_by is None else {STRATUM_COLUMN: entry.stratum}
        rows.append(kept | {"comment_id": comment_id, "text": entry.text} | label | stratum)
    found = dict.fromkeys(name for row in rows for name in row)
    known = [name for name in tables.COMMENT_COLUMNS if name in found]
    others = [name for name in found if name not in tables.SHEET_COLUMNS]
    columns = [*known, *tables.LABEL_COLUMNS, *others]
    frame = pd.DataFrame([[row.get(name, "") for name in columns] for row in rows], columns=columns, dtype="str")
    with lock.lock_sheet(request.output):
        check_sample_output(request)  # drawing may have taken minutes
        sheet_file.write_sheet(request.output, frame)


def format_sample_warnings(drawn: DrawnSample, plan: SamplingPlan) -> tuple[str, ...]:
    """Say what whoever asked should know."""
    told = list(drawn.parse_warnings)
    if len(drawn.comments) < plan.n:
        told.append(f"fewer than {plan.n:,} comments are there: all {len(drawn.comments):,} are drawn")
    if drawn.n_repeated:
        told.append(
            f"{drawn.n_repeated:,} of the comments drawn stand in several rows: they count once, and where not all "
            "comments are drawn, probabilities are estimates"
        )
    if _input_probabilities(drawn.comments):
        told.append("the input is itself a sample: probabilities are the input's times those of this draw")
    if shown := [name for name in _PREDICTION_COLUMNS if any(name in entry.cells for entry in drawn.comments)]:
        told.append(f"the sheet shows what a model answered (column {shown[0]!r}) to whoever labels it as a table")
    return tuple(told)


def _assign_ids(comments: Sequence[CandidateComment]) -> list[str]:
    """Give comments without an id one of their own, as `tables.own_ids` does, that is no other's."""
    taken = {entry.comment_id for entry in comments}
    occurrences: Counter[str] = Counter()
    ids = []
    for entry in comments:
        own = entry.comment_id
        while own in taken and not entry.comment_id:
            occurrences[key := tables.normalise_text(entry.text)] += 1
            own = tables.make_comment_id("", key, occurrences[key])
        taken.add(own)
        ids.append(own)
    return ids


def _input_probabilities(comments: Sequence[CandidateComment]) -> dict[str, float]:
    """Look up the probabilities by which the comments came into the input, if it is a sample that tells all of them."""
    found = {}
    for entry in comments:
        try:
            probability = float(entry.cells.get("probability", ""))
        except ValueError:
            return {}
        if entry.cells.get("sampled", "").strip().lower() != "random" or not 0 < probability <= 1:
            return {}
        found[entry.comment_key] = probability
    return found
