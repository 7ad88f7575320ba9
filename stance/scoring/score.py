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
from stance.io.input_stream import STANDARD
from stance.io.row_batches import Columns
from stance.models import model_file
from stance.scoring import targets

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    import pyarrow as pa

    from stance.io.readers import InputFormat
    from stance.io.row_batches import Chunk
    from stance.io.writers import OutputFormat, Scores, Writer
    from stance.models.model import Model
    from stance.scoring.targets import Aim


ENOUGH_TO_COUNT = 30
"""Predictions of fewer texts than this nobody counts."""

_MOST_DOUBTS = 20


@dataclass(frozen=True)
class Request:
    """What is to be scored, by which model, in how many processes, and where to; '-' is a standard stream.

    `target` and `target_column` exclude each other, `columns` names those of tables without a header, and with `jobs`
    below 1 there is a process per core.
    """

    model: Path
    inputs: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    output: str = STANDARD
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
class Scored:
    """How many rows were scored, how many of them the model could not tell, and of how many more it was not sure.

    `doubts` says which rows may have been read wrongly.
    """

    rows: int
    cannot_tell: int
    unsure: int = 0
    min_confidence: float = 0.0
    doubts: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What whoever asked should know."""
        counted = {
            "texts are empty or hold no known term": self.cannot_tell,
            f"are less sure than --min-confidence {self.min_confidence}": self.unsure,
        }
        withheld = (f"{count} of {self.rows} {what}: cannot-tell" for what, count in counted.items() if count)
        return (*self.doubts, *withheld)

    @property
    def note(self) -> str:
        """What counts of the predictions mean, where there are enough to count; else empty."""
        if self.rows < ENOUGH_TO_COUNT:
            return ""
        return (
            "note: counts of 'predicted' do not estimate prevalence: "
            "at best they match for comments drawn like the labels"
        )


def run(request: Request, progress: Callable[[int, float | None], None] | None = None) -> Scored:
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
    input_stream.check(request.inputs)
    if request.output != STANDARD:
        atomic.refuse_overwriting(Path(request.output), force=request.force)
    model = model_file.load(request.model)
    kind = request.output_format or _output_format(request.output)
    aim = targets.aim(model.targets, request.target, request.target_column)
    answer = partial(
        _answer, target=aim.target, kind=kind, explain=request.explain, min_confidence=request.min_confidence
    )

    def scorer(batches: Iterable[pa.RecordBatch]) -> Generator[Scores]:
        if request.jobs == 1:
            return (answer(model, *batch.columns) for batch in batches)
        from stance.scoring import workers  # with joblib, which takes as long to import as a text to score

        jobs = request.jobs if request.jobs > 0 else workers.cores()
        return workers.in_order(answer, request.model, batches, jobs)

    with (
        input_stream.uncollected(),
        _output(request.output) as stream,
        closing(writers.open_writer(stream, kind, _shown(request), mark=request.output != STANDARD)) as writer,
    ):
        scored = score(_chunks(request, kind, aim), scorer, writer, progress)
        return replace(scored, min_confidence=request.min_confidence)


def score(
    read: Iterable[Chunk],
    scorer: Callable[[Iterable[pa.RecordBatch]], Generator[Scores]],
    writer: Writer,
    progress: Callable[[int, float | None], None] | None = None,
) -> Scored:
    """Score rows and write them with their scores; the scorer turns batches to scores, one by one, in order."""
    done = cannot_tell = unsure = 0
    doubts: list[str] = []
    waiting: deque[Chunk] = deque()

    def batches() -> Iterator[pa.RecordBatch]:
        for chunk in read:
            waiting.append(chunk)
            yield chunk.batch

    with closing(scorer(batches())) as scored:  # ends the processes it may have, whatever happens here
        for scores in scored:
            chunk = waiting.popleft()
            writer.write(chunk, scores)
            done += len(chunk.texts)
            cannot_tell += scores.cannot_tell
            unsure += scores.unsure
            doubts += chunk.warnings[: _MOST_DOUBTS - len(doubts)]
            if progress:
                progress(done, chunk.share)
    return Scored(done, cannot_tell, unsure, doubts=tuple(doubts))


def _answer(
    model: Model,
    texts: pa.Array,
    of_each: pa.Array | None = None,
    *,
    target: str | None,
    kind: OutputFormat,
    explain: int,
    min_confidence: float,
) -> Scores:
    """Score texts, each toward a target of its own or all toward one."""
    toward = target if of_each is None else of_each
    answers = model.predict_arrow(texts, toward, explain=explain, min_confidence=min_confidence)
    return writers.shape(answers, kind, min_confidence)


def _chunks(request: Request, kind: OutputFormat, aim: Aim) -> Iterator[Chunk]:
    """Read the texts and inputs that are named, and tell what each row is toward."""
    wanted = Columns(request.text_column, aim.column, request.columns)
    if request.texts:
        given = row_batches.from_texts(request.texts)
        yield replace(given, targets=aim.of_chunk(given, "--text"))
    # A table must not get its columns from the few JSON lines that happened to be there.
    prompt: tuple[InputFormat, ...] = ("text", "csv", "tsv", *(("jsonl",) if kind == "jsonl" else ()))
    for name, chunk in input_stream.read(request.inputs, request.input_format, wanted, prompt=prompt):
        yield replace(chunk, targets=aim.of_chunk(chunk, name))


@contextmanager
def _output(name: str) -> Iterator[BinaryIO]:
    if name == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with atomic.replacing(Path(name)) as stream:
            yield stream


def _output_format(name: str) -> OutputFormat:
    known: dict[str, OutputFormat] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet"}
    return known.get(Path(name).suffix.lower(), "csv")


def _shown(request: Request) -> str:
    return ", ".join(request.inputs) or "--text"
