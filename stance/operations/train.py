"""One training run from labelling sheets to a model and its report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

from stance.errors import UsageError
from stance.operations.arguments import (
    PathInput,
    PathInputs,
    as_path,
    as_paths,
    check_exclusive,
    check_number,
    find_sheets,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stance.training import TrainingRun

DecisionName = Literal["matched", "most-probable"]


def train(
    sheets: PathInputs | None = None,
    model: PathInput | None = None,
    *,
    metrics: PathInput | None = None,
    oof: PathInput | None = None,
    report: PathInput | None = None,
    codebook: PathInput | None = None,
    quick: bool = False,
    final: bool = False,
    decide: DecisionName = "matched",
    no_codebook: bool = False,
    no_codebook_examples: bool = False,
    target_column: str = "target",
    group_column: str | None = None,
    delimiter: str | None = None,
    columns: Sequence[str] | None = None,
    text_column: str = "text",
    stance_column: str = "stance",
    seed: int = 0,
    jobs: int = -1,
    progress: Callable[[int, int], None] | None = None,
    announce: Callable[[float], None] | None = None,
) -> TrainingRun:
    """Train a model on labelled comments and evaluate it by cross-validation.

    Parameters
    ----------
    sheets
        Labelling sheets; by default those in `labels/`.
    model
        Where to write the model; metrics.json, oof.csv, report.html, model-card.md and the methods text (methods.md,
        methods.tex and methods.bib) are written beside it. Without it nothing is written.
    metrics
        Another place for metrics.json; needs `model`.
    oof
        Another place for the out-of-fold predictions; needs `model`.
    report
        Another place for the report; needs `model`.
    codebook
        The codebook; by default `codebook.toml` beside a sheet.
    quick
        Cross-validate once instead of up to five times, and without a learning curve; the model is nearly the same.
    final
        Open the closed test set of `stance.sample(test=N)`: score the model on it, too. Every opening is counted.
    decide
        "matched" predicts each stance as often as it is expected, "most-probable" always the most probable one.
    no_codebook
        Use no codebook; take whatever stances the labels contain.
    no_codebook_examples
        Train on the labels only, not on the examples of the codebook.
    target_column
        The column that holds each row's target.
    group_column
        Keep rows with the same value in this column (such as the author) in the same fold.
    delimiter
        The delimiter of the sheets; None detects it.
    columns
        The names of the columns of sheets without a header.
    text_column
        The column that holds the texts.
    stance_column
        The column that holds the stances.
    seed
        The random seed of the cross-validation splits.
    jobs
        The number of processes; -1 for one per core.
    progress
        Called with the number of steps done and the number of all steps.
    announce
        Called once, with an estimate of the seconds that the cross-validation will take.

    Returns
    -------
    TrainingRun
        The model, its out-of-fold predictions and its evaluation.

    Raises
    ------
    UsageError
        `codebook` and `no_codebook` are both given, `decide` is unknown, or a number is out of range.
    StanceError
        Something in the sheets or the codebook must be corrected first, or an output would overwrite an input.

    Examples
    --------
    >>> import stance
    >>> run = stance.train("labels/csto.csv", "models/stance.joblib", quick=True)  # doctest: +SKIP
    >>> run.model.predict(["We should leave the CSTO."])  # doctest: +SKIP
    """
    from stance.operations.training_outputs import TrainingOutputs
    from stance.training import TrainingOptions, train_on_sheets

    check_exclusive("--codebook", "--no-codebook", both=codebook is not None and no_codebook)
    if decide not in get_args(DecisionName):
        raise UsageError(f"unknown way to decide {decide!r}", f"use one of {', '.join(get_args(DecisionName))}")
    check_number("seed", seed, 0)
    check_number("jobs", jobs, -1)
    inputs = find_sheets(sheets)
    outputs = None
    if model is not None:
        outputs = TrainingOutputs.beside_model(as_paths(model)[0], as_path(metrics), as_path(oof), as_path(report))
        codebooks = [path for path in [as_path(codebook)] if path]
        outputs.check_inputs_kept([*inputs, *codebooks, *(path.with_name("codebook.toml") for path in inputs)])
    options = TrainingOptions(
        codebook=as_path(codebook),
        use_codebook=not no_codebook,
        use_examples=not no_codebook_examples,
        text_column=text_column,
        stance_column=stance_column,
        target_column=target_column,
        group_column=group_column,
        columns=None if columns is None else tuple(columns),
        delimiter=delimiter,
        quick=quick,
        final=final,
        decide=decide,
        seed=seed,
        jobs=jobs,
    )
    run = train_on_sheets(inputs, options, progress, announce)
    if outputs is None:
        return run
    outputs.write_files(run)
    return replace(run, paths=outputs.paths)
