"""Rows of text through a model, chunk by chunk, in order."""

from __future__ import annotations

import io
import sys
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from stance import atomic, bundle, rows, writers
from stance.errors import MissingFileError, StanceError, UnreadableFileError
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stance.model import Model
    from stance.rows import Chunk, InputFormat
    from stance.writers import OutputFormat, Writer

STANDARD = "-"


@dataclass(frozen=True)
class Request:
    """What is to be scored, by which model, and where the scores go; '-' is a standard stream."""

    inputs: tuple[str, ...]
    texts: tuple[str, ...]
    model: Path
    output: str
    output_format: OutputFormat | None
    input_format: InputFormat | None
    text_column: str
    explain: int
    force: bool


@dataclass(frozen=True)
class Scored:
    """How many rows were scored, and how many of them the model could not tell."""

    rows: int
    cannot_tell: int


def run(request: Request, progress: Callable[[int], None] | None = None) -> Scored:
    """Score what a request names.

    Raises
    ------
    StanceError
        There is nothing to score, an input cannot be read, or the output is there already.
    """
    if not request.inputs and not request.texts:
        raise StanceError("nothing to score", "name a file, - for standard input, or give --text")
    for name in request.inputs:
        if name != STANDARD and not Path(name).exists():
            raise MissingFileError(name)
        if Path(name).is_dir():
            raise UnreadableFileError(name, "a folder, not a file", "name the files in it")
    if request.output != STANDARD:
        atomic.refuse_overwriting(Path(request.output), force=request.force)
    model = bundle.load(request.model)
    kind = request.output_format or _output_format(request.output)
    with (
        _output(request.output) as stream,
        closing(writers.open_writer(stream, kind, _shown(request), mark=request.output != STANDARD)) as writer,
    ):
        return score(_chunks(request), model, writer, request.explain, progress)


def score(
    chunks: Iterable[Chunk],
    model: Model,
    writer: Writer,
    explain: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Scored:
    """Score rows and write them with their scores."""
    done = unanswered = 0
    for chunk in chunks:
        scores = model.predict(chunk.texts, explain)
        writer.write(chunk, scores)
        done += len(scores)
        unanswered += int((scores["predicted"] == CANNOT_TELL).sum())
        if progress:
            progress(done)
    return Scored(done, unanswered)


def _chunks(request: Request) -> Iterator[Chunk]:
    if request.texts:
        yield rows.from_texts(request.texts)
    for name in request.inputs:
        with ExitStack() as stack:
            if name == STANDARD and sys.stdin is None:
                raise StanceError("standard input is closed", "name a file")
            if name == STANDARD:
                stream, kind = cast("BinaryIO", sys.stdin.buffer), request.input_format or "text"
                if kind == "parquet":  # its index is at its end
                    stream = io.BytesIO(stream.read())
            else:
                kind = rows.format_of(Path(name), request.input_format)
                stream = stack.enter_context(Path(name).open("rb", buffering=rows.SAMPLE_BYTES))
            yield from rows.read(stream, kind, name, request.text_column)


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
