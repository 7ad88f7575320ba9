"""Rows of text through a model, chunk by chunk, in order."""

from __future__ import annotations

import sys
from collections import deque
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from stance.errors import StanceError
from stance.io import atomic, input_stream, row_batches, writers
from stance.io.input_stream import STANDARD_STREAM
from stance.io.row_batches import ColumnSelection
from stance.models import model_file
from stance.scoring import targets

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    import pyarrow as pa

    from stance.io.readers import InputFormat
    from stance.io.row_batches import RowBatch
    from stance.io.writers import BatchWriter, FormattedScores, OutputFormat
    from stance.models.model import Model
    from stance.scoring.targets import TargetSource


MIN_ROWS_FOR_NOTE = 30
"""Predictions of fewer texts than this nobody counts."""

_MAX_READ_WARNINGS = 20


@dataclass(frozen=True)
class ScoringRequest:
    """What is to be scored, by which model, in how many processes, and where to; '-' is a standard stream.

    `target` and `target_column` exclude each other, `columns` names those of tables without a header, and with `jobs`
    below 1 there is a process per core.
    """

    model: Path
    inputs: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    output: str = STANDARD_STREAM
    output_format: OutputFormat | None = None
    input_format: InputFormat | None = None
    text_column: str = "text"
    target: str | None = None
    target_column: str | None = None
    columns: tuple[str, ...] | None = None
    min_confidence: float = 0.0
    explain: int = 0
    jobs: int = 1
    force: bool = False


@dataclass(frozen=True)
class ScoringSummary:
    """How many rows were scored, how many of them the model could not tell, and of how many more it was not sure.

    `read_warnings` says which rows may have been read wrongly.
    """

    n_rows: int
    n_cannot_tell: int
    n_unsure: int = 0
    min_confidence: float = 0.0
    read_warnings: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What whoever asked should know."""
        counted = {
            "texts are empty or hold no known term": self.n_cannot_tell,
            f"are less sure than --min-confidence {self.min_confidence}": self.n_unsure,
        }
        withheld = (f"{count} of {self.n_rows} {what}: cannot-tell" for what, count in counted.items() if count)
        return (*self.read_warnings, *withheld)

    @property
    def note(self) -> str:
        """What counts of the predictions mean, where there are enough to count; else empty."""
        if self.n_rows < MIN_ROWS_FOR_NOTE:
            return ""
        return (
            "note: counts of 'predicted' do not estimate prevalence: "
            "at best they match for comments drawn like the labels"
        )


def score_inputs(
    request: ScoringRequest, progress: Callable[[int, float | None], None] | None = None
) -> ScoringSummary:
    """Score what a request names.

    Parameters
    ----------
    request
        What to score.
    progress
        Told how many rows are written, and the share of the inputs that they are, from 0 to 1, if it is known.

    Raises
    ------
    StanceError
        There is nothing to score, an input cannot be read, or the output is there already.
    """
    if not request.inputs and not request.texts:
        raise StanceError("nothing to score", "name a file, - for standard input, or give --text")
    input_stream.check_inputs(request.inputs)
    if request.output != STANDARD_STREAM:
        atomic.refuse_overwriting(Path(request.output), force=request.force)
    model = model_file.load(request.model)
    kind = request.output_format or _output_format_for(request.output)
    aim = targets.resolve_target_source(model.targets, request.target, request.target_column)
    answer = partial(
        _predict_batch,
        target=aim.target,
        output_format=kind,
        explain=request.explain,
        min_confidence=request.min_confidence,
    )

    def scorer(batches: Iterable[pa.RecordBatch]) -> Generator[FormattedScores]:
        if request.jobs == 1:
            return (answer(model, *batch.columns) for batch in batches)
        from stance.scoring import workers  # with joblib, which takes as long to import as a text to score

        jobs = request.jobs if request.jobs > 0 else workers.count_cores()
        return workers.map_in_processes(answer, request.model, batches, jobs)

    with (
        input_stream.gc_disabled(),
        _open_output(request.output) as stream,
        closing(
            writers.open_batch_writer(stream, kind, _input_names(request), write_bom=request.output != STANDARD_STREAM)
        ) as writer,
    ):
        scored = score_and_write(_read_targeted_batches(request, kind, aim), scorer, writer, progress)
        return replace(scored, min_confidence=request.min_confidence)


def score_and_write(
    input_batches: Iterable[RowBatch],
    scorer: Callable[[Iterable[pa.RecordBatch]], Generator[FormattedScores]],
    writer: BatchWriter,
    progress: Callable[[int, float | None], None] | None = None,
) -> ScoringSummary:
    """Score rows and write them with their scores; the scorer turns batches to scores, one by one, in order."""
    done = cannot_tell = unsure = 0
    doubts: list[str] = []
    waiting: deque[RowBatch] = deque()

    def batches() -> Iterator[pa.RecordBatch]:
        for chunk in input_batches:
            waiting.append(chunk)
            yield chunk.record_batch

    with closing(scorer(batches())) as scored:  # ends the processes it may have, whatever happens here
        for scores in scored:
            chunk = waiting.popleft()
            writer.write_batch(chunk, scores)
            done += len(chunk.texts)
            cannot_tell += scores.n_cannot_tell
            unsure += scores.n_unsure
            doubts += chunk.warnings[: _MAX_READ_WARNINGS - len(doubts)]
            if progress:
                progress(done, chunk.fraction_read)
    return ScoringSummary(done, cannot_tell, unsure, read_warnings=tuple(doubts))


def _predict_batch(
    model: Model,
    texts: pa.Array,
    row_targets: pa.Array | None = None,
    *,
    target: str | None,
    output_format: OutputFormat,
    explain: int,
    min_confidence: float,
) -> FormattedScores:
    """Score texts, each toward a target of its own or all toward one."""
    toward = target if row_targets is None else row_targets
    answers = model.predict_arrow(texts, toward, explain=explain, min_confidence=min_confidence)
    return writers.format_scores(answers, output_format, min_confidence)


def _read_targeted_batches(
    request: ScoringRequest, output_format: OutputFormat, target_source: TargetSource
) -> Iterator[RowBatch]:
    """Read the texts and inputs that are named, and tell what each row is toward."""
    wanted = ColumnSelection(request.text_column, target_source.column, request.columns)
    if request.texts:
        given = row_batches.batch_from_texts(request.texts)
        yield replace(given, targets=target_source.find_batch_targets(given, "--text"))
    # A table must not get its columns from the few JSON lines that happened to be there.
    prompt: tuple[InputFormat, ...] = ("text", "csv", "tsv", *(("jsonl",) if output_format == "jsonl" else ()))
    for name, chunk in input_stream.read_inputs(request.inputs, request.input_format, wanted, partial_formats=prompt):
        yield replace(chunk, targets=target_source.find_batch_targets(chunk, name))


@contextmanager
def _open_output(name: str) -> Iterator[BinaryIO]:
    if name == STANDARD_STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with atomic.open_atomically(Path(name)) as stream:
            yield stream


def _output_format_for(name: str) -> OutputFormat:
    known: dict[str, OutputFormat] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet"}
    return known.get(Path(name).suffix.lower(), "csv")


def _input_names(request: ScoringRequest) -> str:
    return ", ".join(request.inputs) or "--text"
