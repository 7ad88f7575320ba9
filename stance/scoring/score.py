"""Scoring the rows of files with a model, batch by batch: the work of `stance predict`."""

from __future__ import annotations

import sys
from collections import deque
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from stance.errors import UsageError
from stance.io import atomic, formats, input_stream, row_batches
from stance.io.input_stream import STANDARD_STREAM
from stance.io.row_batches import ColumnSelection
from stance.models import model_file
from stance.scoring import targets
from stance.scoring.batch_scores import format_scores

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    import pyarrow as pa

    from stance.io.formats import TableFormat
    from stance.io.row_batches import RowBatch
    from stance.io.writers import BatchWriter
    from stance.models.model import Model
    from stance.scoring.batch_scores import BatchScores
    from stance.scoring.targets import TargetSource

MIN_ROWS_FOR_NOTE = 30
"""Nobody counts the predictions of fewer texts than this."""

_MAX_READ_WARNINGS = 20


@dataclass(frozen=True)
class ScoringRequest:
    """What to score, with which model, and where to write it.

    Attributes
    ----------
    model
        The model file.
    inputs, texts
        The files to score, or '-' for standard input, and single texts.
    output
        The file to write, or '-' for standard output.
    output_format, input_format
        The names of formats; by default the suffix of a file decides.
    text_column, columns
        The text column, and the columns of a table without a header.
    target, target_column
        The target of all texts, or the column with that of each row; not both.
    min_confidence
        A less confident prediction is `cannot-tell`.
    min_known
        So is that for a text of whose words the model knows a smaller share; None for the limit of the model.
    explain
        How many terms to name that contributed most to each prediction.
    jobs
        How many processes to use; below 1, one per core.
    force
        Whether an existing output may be overwritten.
    """

    model: Path
    inputs: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    output: str = STANDARD_STREAM
    output_format: str | None = None
    input_format: str | None = None
    text_column: str = "text"
    target: str | None = None
    target_column: str | None = None
    columns: tuple[str, ...] | None = None
    min_confidence: float = 0.0
    min_known: float | None = None
    explain: int = 0
    jobs: int = 1
    force: bool = False


@dataclass(frozen=True)
class ScoringSummary:
    """What was scored.

    Attributes
    ----------
    n_rows
        How many rows were scored.
    n_cannot_tell
        How many of them have no stance because their text is empty or has no known term.
    n_below_min_known
        How many more have none because the model knows a smaller share of their words than `min_known`.
    n_below_min_confidence
        How many more have none because the model is less confident than `min_confidence`.
    min_confidence
        The minimum confidence that was asked for.
    min_known
        The minimum share of known words.
    read_warnings
        Messages about rows that may have been read wrongly.
    """

    n_rows: int
    n_cannot_tell: int
    n_below_min_known: int = 0
    n_below_min_confidence: int = 0
    min_confidence: float = 0.0
    min_known: float = 0.0
    read_warnings: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Messages about rows that may have been read wrongly, and about predictions that are `cannot-tell`."""
        counts = {
            "texts are empty or contain no known term": self.n_cannot_tell,
            f"texts are unlike the labelled ones, with 'known' below {self.min_known:.2f}": self.n_below_min_known,
            f"have a confidence below --min-confidence {self.min_confidence}": self.n_below_min_confidence,
        }
        withheld = (f"{count} of {self.n_rows} {reason}: cannot-tell" for reason, count in counts.items() if count)
        return (*self.read_warnings, *withheld)

    @property
    def note(self) -> str:
        """A note on what counts of the predictions mean; empty if there are too few to count."""
        if self.n_rows < MIN_ROWS_FOR_NOTE:
            return ""
        return (
            "note: counts of 'predicted' do not estimate prevalence: "
            "at best they match for comments drawn like the labels"
        )


def score_inputs(
    request: ScoringRequest, progress: Callable[[int, float | None], None] | None = None
) -> ScoringSummary:
    """Score texts and files, and write their rows with the predictions.

    Parameters
    ----------
    request
        What to score.
    progress
        Called after each batch with the number of rows written, and the fraction of the inputs that they are, from 0
        to 1, or None if that is unknown.

    Raises
    ------
    UsageError
        There is nothing to score.
    StanceError
        An input cannot be read, or the output exists.
    """
    if not request.inputs and not request.texts:
        raise UsageError("nothing to score", "name a file, - for standard input, or give --text")
    input_stream.check_inputs(request.inputs)
    if request.output != STANDARD_STREAM:
        atomic.refuse_overwriting(Path(request.output), force=request.force)
    model = model_file.load(request.model)
    output_format = formats.resolve_output_format(request.output, request.output_format)
    target_source = targets.resolve_target_source(model.targets, request.target, request.target_column)
    min_known = model.min_known if request.min_known is None else request.min_known
    score_batch = partial(
        _score_batch,
        target=target_source.target,
        output_format=output_format.name,
        explain=request.explain,
        min_confidence=request.min_confidence,
        min_known=min_known,
    )

    def score_batches(batches: Iterable[pa.RecordBatch]) -> Generator[BatchScores]:
        if request.jobs == 1:
            return (score_batch(model, *batch.columns) for batch in batches)
        from stance.scoring import workers  # imports joblib, which takes as long as scoring a text

        n_processes = request.jobs if request.jobs > 0 else workers.count_cores()
        return workers.map_in_processes(score_batch, request.model, batches, n_processes)

    write_bom = request.output != STANDARD_STREAM
    with (
        input_stream.gc_disabled(),
        _open_output(request.output) as stream,
        closing(output_format.load_module().open_writer(stream, _input_names(request), write_bom=write_bom)) as writer,
    ):
        batches = _read_targeted_batches(request, output_format, target_source)
        summary = score_and_write(batches, score_batches, writer, progress)
        return replace(summary, min_confidence=request.min_confidence, min_known=min_known)


def score_and_write(
    input_batches: Iterable[RowBatch],
    score_batches: Callable[[Iterable[pa.RecordBatch]], Generator[BatchScores]],
    writer: BatchWriter,
    progress: Callable[[int, float | None], None] | None = None,
) -> ScoringSummary:
    """Score batches of rows, and write the rows with their scores.

    Parameters
    ----------
    input_batches
        The rows.
    score_batches
        Yields the scores of each batch, in order.
    writer
        Where to write them.
    progress
        As in `score_inputs`.
    """
    n_rows = n_cannot_tell = n_below_min_known = n_below_min_confidence = 0
    read_warnings: list[str] = []
    unscored: deque[RowBatch] = deque()

    def record_batches() -> Iterator[pa.RecordBatch]:
        for batch in input_batches:
            unscored.append(batch)
            yield batch.record_batch

    with closing(score_batches(record_batches())) as all_scores:  # closing ends worker processes, also after an error
        for scores in all_scores:
            batch = unscored.popleft()
            writer.write_batch(batch, scores.columns)
            n_rows += len(batch.texts)
            n_cannot_tell += scores.n_cannot_tell
            n_below_min_known += scores.n_below_min_known
            n_below_min_confidence += scores.n_below_min_confidence
            read_warnings += batch.warnings[: _MAX_READ_WARNINGS - len(read_warnings)]
            if progress:
                progress(n_rows, batch.fraction_read)
    return ScoringSummary(
        n_rows, n_cannot_tell, n_below_min_known, n_below_min_confidence, read_warnings=tuple(read_warnings)
    )


def _score_batch(
    model: Model,
    texts: pa.Array,
    row_targets: pa.Array | None = None,
    *,
    target: str | None,
    output_format: str,
    explain: int,
    min_confidence: float,
    min_known: float,
) -> BatchScores:
    """Return the formatted predictions for texts, each with its own target or all with one."""
    batch_targets = target if row_targets is None else row_targets
    limits = {"min_confidence": min_confidence, "min_known": min_known}
    predictions = model.predict_arrow(texts, batch_targets, explain=explain, **limits)
    return format_scores(predictions, output_format, **limits)


def _read_targeted_batches(
    request: ScoringRequest, output_format: TableFormat, target_source: TargetSource
) -> Iterator[RowBatch]:
    """Yield the requested texts and the rows of the inputs, with their targets as the model spells them."""
    selection = ColumnSelection(request.text_column, target_source.column, request.columns)
    if request.texts:
        batch = row_batches.batch_from_texts(request.texts)
        yield replace(batch, targets=target_source.find_batch_targets(batch, "--text"))
    # A table must not get its columns from the few JSON lines that happen to be in the first partial batch.
    partial_formats = [
        name
        for name, input_format in formats.FORMATS.items()
        if input_format.has_fixed_columns or not output_format.has_fixed_columns
    ]
    batches = input_stream.read_inputs(request.inputs, request.input_format, selection, partial_formats=partial_formats)
    for name, batch in batches:
        yield replace(batch, targets=target_source.find_batch_targets(batch, name))


@contextmanager
def _open_output(name: str) -> Iterator[BinaryIO]:
    if name == STANDARD_STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with atomic.open_atomically(Path(name)) as stream:
            yield stream


def _input_names(request: ScoringRequest) -> str:
    return ", ".join(request.inputs) or "--text"
