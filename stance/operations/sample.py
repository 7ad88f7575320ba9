"""A random sample of comments as a new labelling sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from stance.errors import UsageError
from stance.operations.arguments import STANDARD_STREAM, PathInput, PathInputs, as_names, as_paths, check_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stance.sampling.allocation import AllocationMethod
    from stance.sampling.drawn_sample import DrawnSample


@dataclass(frozen=True, eq=False)
class SampleResult:
    """The sample that was drawn.

    Attributes
    ----------
    drawn
        The comments, and the strata with their inclusion probabilities.
    warnings
        Warnings about the input and the sample.
    """

    drawn: DrawnSample
    warnings: tuple[str, ...] = ()


def sample(
    inputs: PathInputs,
    output: PathInput,
    *,
    n: int = 500,
    test: int = 0,
    seed: int = 0,
    stratify_by: str | None = None,
    allocate: AllocationMethod = "equal",
    exclude: PathInputs = (),
    input_format: str | None = None,
    text_column: str = "text",
    columns: Sequence[str] | None = None,
    force: bool = False,
    progress: Callable[[int, float | None], None] | None = None,
) -> SampleResult:
    """Draw comments at random into a new labelling sheet, recording each comment's inclusion probability.

    Parameters
    ----------
    inputs
        Files of comments: CSV, TSV, JSON lines, Parquet or text; '-' is standard input.
    output
        The new labelling sheet.
    n
        The number of comments to draw.
    test
        How many of them form a closed test set: `stance.train` leaves them out until `final=True`.
    seed
        The random seed.
    stratify_by
        A column; comments are then drawn from each of its values separately.
    allocate
        How many comments each stratum gets: "equal" or "proportional" numbers.
    exclude
        Sheets whose comments are not drawn.
    input_format
        The format of the inputs; None means by suffix.
    text_column
        The column that holds the texts.
    columns
        The names of the columns of inputs without a header.
    force
        Overwrite a sheet that holds no label.
    progress
        Called with the number of rows read and the fraction of the inputs that they are, None if that is unknown.

    Raises
    ------
    UsageError
        The output is standard output, `allocate` is unknown, or a number is out of range.
    StanceError
        An input cannot be read, there is nothing to draw, or the sheet may not be written.

    Examples
    --------
    >>> import stance
    >>> result = stance.sample("labels/csto.csv", "to_label.csv", n=10)  # doctest: +SKIP
    """
    from stance.sampling import sample_sheet
    from stance.sampling.allocation import AllocationMethod
    from stance.sampling.sampler import SamplingPlan

    if str(output) == STANDARD_STREAM:
        raise UsageError("a labelling sheet is a file, not standard output", "name a file")
    if allocate not in get_args(AllocationMethod):
        raise UsageError(f"unknown allocation {allocate!r}", f"use one of {', '.join(get_args(AllocationMethod))}")
    check_number("n", n, 1)
    check_number("test", test, 0, n)
    check_number("seed", seed, 0)
    request = sample_sheet.SampleRequest(
        inputs=as_names(inputs),
        output=as_paths(output)[0],
        plan=SamplingPlan(n, seed, stratify_by, allocate),
        exclude=tuple(as_paths(exclude)),
        input_format=input_format,
        text_column=text_column,
        columns=None if columns is None else tuple(columns),
        force=force,
        n_test=test,
    )
    drawn = sample_sheet.draw_sample(request, progress)
    sample_sheet.write_sample(drawn, request)
    return SampleResult(drawn, tuple(sample_sheet.format_sample_warnings(drawn, request.plan)))
