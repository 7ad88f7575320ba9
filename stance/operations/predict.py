"""Score files of comments with a model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stance.operations.arguments import (
    DEFAULT_MODEL,
    STANDARD_STREAM,
    PathInput,
    PathInputs,
    as_names,
    as_paths,
    check_exclusive,
    check_number,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stance.scoring.score import ScoringSummary


def predict_file(
    inputs: PathInputs,
    output: PathInput = STANDARD_STREAM,
    model: PathInput = DEFAULT_MODEL,
    *,
    texts: Sequence[str] = (),
    output_format: str | None = None,
    input_format: str | None = None,
    text_column: str = "text",
    target: str | None = None,
    target_column: str | None = None,
    columns: Sequence[str] | None = None,
    min_confidence: float = 0.0,
    min_known: float | None = None,
    explain: int = 0,
    jobs: int = 1,
    force: bool = False,
    progress: Callable[[int, float | None], None] | None = None,
) -> ScoringSummary:
    """Score files of comments: each row with its predicted stance and the probability of every stance.

    Files of any size are read in bounded memory. To score texts in memory, use `stance.load(...).predict(texts)`.

    Parameters
    ----------
    inputs
        Files to score: CSV, TSV, JSON lines, Parquet or text; '-' is standard input.
    output
        Where to write the scored rows; '-' is standard output.
    model
        The model file.
    texts
        Texts to score besides the files.
    output_format
        The format of the output; None means by suffix, else CSV.
    input_format
        The format of the inputs; None means by suffix.
    text_column
        The column that holds the texts.
    target
        The target of all texts.
    target_column
        The column that holds the target of each row; by default `target`, if there is one.
    columns
        The names of the columns of inputs without a header.
    min_confidence
        Predict `cannot-tell` where the highest probability is below this.
    min_known
        Predict `cannot-tell` where the model knows a smaller share of the words; 0 predicts all. By default it is the
        share below which 3 % of the labelled comments are.
    explain
        Add this many terms that contribute most to each prediction.
    jobs
        The number of processes; -1 for one per core.
    force
        Overwrite an output that exists.
    progress
        Called with the number of rows written and the fraction of the inputs that they are, None if that is unknown.

    Raises
    ------
    UsageError
        `target` and `target_column` are both given, there is nothing to score, or a number is out of range.
    StanceError
        An input or the model cannot be read, or the output exists.

    Examples
    --------
    >>> import stance
    >>> summary = stance.predict_file("new.csv", "scored.csv")  # doctest: +SKIP
    >>> summary.n_rows  # doctest: +SKIP
    """
    from stance.scoring import score

    check_exclusive("--target", "--target-column", both=target is not None and target_column is not None)
    check_number("min_confidence", min_confidence, 0, 1, whole=False)
    if min_known is not None:
        check_number("min_known", min_known, 0, 1, whole=False)
    check_number("explain", explain, 0)
    check_number("jobs", jobs, -1)
    request = score.ScoringRequest(
        inputs=as_names(inputs),
        texts=tuple(texts),
        model=as_paths(model)[0],
        output=os.fspath(output),
        output_format=output_format,
        input_format=input_format,
        text_column=text_column,
        target=target,
        target_column=target_column,
        columns=None if columns is None else tuple(columns),
        min_confidence=min_confidence,
        min_known=min_known,
        explain=explain,
        jobs=jobs,
        force=force,
    )
    return score.score_inputs(request, progress)
