"""Train and evaluate a model on labelling sheets, and write the model with its reports."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stance import tables
from stance.errors import (
    EmptyTableError,
    SingleStanceError,
    StanceError,
)
from stance.evaluation import closed_test, out_of_fold
from stance.evaluation.assessment import evaluate_predictions, find_headline_directions
from stance.evaluation.evaluation_task import prepare_evaluation_task
from stance.evaluation.label_impact import measure_label_impact
from stance.evaluation.metrics_file import build_metrics, fingerprint_file
from stance.evaluation.notes import compose_notes
from stance.evaluation.splits import TEST_SAMPLING_METHODS
from stance.labels import resolution
from stance.labels.codebook import find_codebook, read_codebook
from stance.labels.sheets import sheet_file
from stance.labels.sheets.unmerged import read_sheet_with_journal
from stance.metrics.near_duplicates import group_near_duplicates
from stance.models.decision_rule import DecisionMode
from stance.models.model_file import serialise_model
from stance.models.procedure import TrainingPlan
from stance.models.settings import default_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from stance.evaluation.assessment import Evaluation
    from stance.evaluation.closed_test import ClosedTest
    from stance.evaluation.label_impact import LabelImpact
    from stance.labels.codebook import Codebook
    from stance.labels.sheets.sheet_file import Sheet
    from stance.models.model import Model

_MAX_COMPARED = 1_000  # of which at least two must be different texts


@dataclass(frozen=True)
class TrainingOptions:
    """The options of a training run, as of `stance train`.

    Attributes
    ----------
    codebook
        The codebook; None for the one beside the sheets, if there is one.
    use_codebook
        False to ignore any codebook and take the stances that occur in the labels.
    use_examples
        Whether to train on the codebook's examples, too.
    text_column, stance_column, target_column
        Names of the columns in the sheets.
    group_column
        Rows with the same value in this column stay in the same fold.
    columns, delimiter
        Column names of sheets without a header; delimiter of the sheets, None to detect it.
    quick
        Whether to cross-validate once only, and without a learning curve.
    decide
        How stances are predicted from probabilities: "matched" or "most-probable".
    final
        Whether to open the closed test set: to score the model on the labels that were set aside.
    seed, jobs
        Random seed for the splits; number of parallel processes, -1 for one per core.
    """

    codebook: Path | None = None
    use_codebook: bool = True
    use_examples: bool = True
    text_column: str = "text"
    stance_column: str = "stance"
    target_column: str = "target"
    group_column: str | None = None
    columns: tuple[str, ...] | None = None
    delimiter: str | None = None
    quick: bool = False
    decide: str = DecisionMode.MATCHED.value
    final: bool = False
    seed: int = 0
    jobs: int = -1


@dataclass(frozen=True)
class TrainingRun:
    """A trained model and its evaluation.

    Attributes
    ----------
    model
        The model trained on all labels but those of a closed test set.
    labels
        The labels, one row per comment and target, without those of a closed test set.
    oof
        The out-of-fold predictions.
    evaluation
        The scores computed from them.
    notes
        Sentences for the report.
    warnings
        Problems in the sheets.
    paths
        The files that were written.
    """

    model: Model
    labels: pd.DataFrame
    oof: pd.DataFrame
    evaluation: Evaluation
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    paths: tuple[Path, ...] = ()


def train_on_sheets(
    paths: Sequence[Path],
    options: TrainingOptions,
    progress: Callable[[int, int], None] | None = None,
    announce: Callable[[float], None] | None = None,
) -> TrainingRun:
    """Train a model on labelling sheets and evaluate it.

    Parameters
    ----------
    paths
        The labelling sheets.
    options
        The options of `stance train`.
    progress
        Called with the number of folds done and their total.
    announce
        Called once, with an estimate of the seconds that the folds will take.

    Raises
    ------
    StanceError
        Sheets or codebook have to be corrected first; `stance.errors` lists the kinds.
    ValueError
        `options.decide` is not a decision mode.

    Examples
    --------
    >>> run = train_on_sheets([Path("labels/csto.csv")], TrainingOptions())  # doctest: +SKIP
    >>> run.evaluation.macro_f1  # doctest: +SKIP
    """
    decision_mode = DecisionMode(options.decide)
    new_names = {"text": options.text_column, "stance": options.stance_column, "target": options.target_column}
    sheets = [
        sheet_file.rename_columns(read_sheet_with_journal(path, options.columns, options.delimiter), new_names)
        for path in paths
    ]
    codebook_path = (options.codebook or find_codebook(paths)) if options.use_codebook else None
    given_codebook = read_codebook(codebook_path) if codebook_path else None
    rows, codebook = resolution.combine_labels(sheets, given_codebook, options.group_column)
    labels = resolution.sort_by_comment(resolution.resolve_labels(rows))
    labels, test_set = closed_test.set_test_aside(labels, rows, is_open=options.final)
    _check_trainable(labels, paths, test_set)
    plan = replace(make_training_plan(labels, codebook, quick=options.quick), decision_mode=decision_mode)
    task = prepare_evaluation_task(labels, codebook, plan, use_examples=options.use_examples, closed_test=test_set)
    oof = out_of_fold.predict_out_of_fold(task, options.seed, options.jobs or -1, progress, announce)
    evaluation = evaluate_predictions(task, oof, rows)
    notes = compose_notes(task, evaluation, oof.fitted_procedure)
    provenance = {
        "seed": options.seed,
        "quick": options.quick,
        "group_column": options.group_column,
        "sheets": [fingerprint_file(path) for path in paths],
        "codebook": fingerprint_file(codebook_path) if codebook_path else None,
    }
    metrics = build_metrics(task, evaluation, oof.fitted_procedure, notes, provenance, rows)
    warnings = [f"{sheet.path.name}: {warning}" for sheet in sheets for warning in sheet.messages]
    model = replace(oof.fitted_procedure.model, metrics=metrics)
    if test_set and options.final:  # recorded before anyone can see the scores
        test_set.record_opening(hashlib.sha256(serialise_model(model)).hexdigest())
        if test_set.n_openings > 1:
            warnings.append(f"the closed test set was opened {test_set.n_openings} times. {closed_test.REOPENED}")
    return TrainingRun(model, labels, oof.table, evaluation, notes, tuple(warnings))


def _check_trainable(labels: pd.DataFrame, paths: Sequence[Path], test_set: ClosedTest | None) -> None:
    """Raise an error if there are no labels, a single stance, or nothing to evaluate with."""
    if not len(labels) and test_set:
        raise StanceError("all labelled comments are in the closed test set", "label other comments, too")
    if not len(labels):
        raise EmptyTableError(", ".join(path.name for path in paths), "labels")
    stances = labels["stance"].unique()
    if len(stances) == 1:
        raise SingleStanceError(stances[0])
    if len(set(group_near_duplicates(labels["text"].iloc[:_MAX_COMPARED].to_list()).tolist())) == 1:
        raise StanceError("all labelled comments say nearly the same", "label comments with different texts")
    if not labels["sampled"].isin(TEST_SAMPLING_METHODS).any():
        raise StanceError(
            "all labelled comments were selected by a model, so none can be used to evaluate",
            "label comments drawn at random, with 'random' in the column 'sampled'",
        )


def make_training_plan(labels: pd.DataFrame, codebook: Codebook, *, quick: bool) -> TrainingPlan:
    """Return the plan of a training run, with default settings.

    Where F_avg is the main score, only the stances for and against the target count.
    """
    scored_stances = tuple(find_headline_directions(codebook, labels)) or codebook.stance_names
    return TrainingPlan(default_settings(), quick, scored_stances)


def compare_models_before_after(
    sheet_before: Sheet,
    sheet_paths: Sequence[Path],
    codebook_path: Path | None,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> LabelImpact | None:
    """Compare models trained on the labels before and after a labelling session.

    Parameters
    ----------
    sheet_before
        The sheet of the session, as it was before.
    sheet_paths
        All sheets to train on, including that of the session.
    codebook_path
        The codebook; None for the one beside the sheets, if there is one.
    seed
        Random seed for the splits.
    progress
        Called with the number of steps done and their total.

    Returns
    -------
    LabelImpact or None
        None if there are too few labels to compare.

    Raises
    ------
    StanceError
        Sheets or codebook have to be corrected first, for example labels that contradict each other.
    """
    codebook_path = codebook_path or find_codebook(sheet_paths)
    given_codebook = read_codebook(codebook_path) if codebook_path else None
    sheets_after = [read_sheet_with_journal(path) for path in sheet_paths]
    columns = ("comment_id", *tables.LABEL_COLUMNS)
    completed = replace(sheet_before, frame=sheet_file.add_missing_columns(sheet_before.frame, columns))
    session_path = sheet_before.path.resolve()
    sheets_before = [completed if sheet.path.resolve() == session_path else sheet for sheet in sheets_after]
    rows_after, codebook = resolution.combine_labels(sheets_after, given_codebook)
    rows_before, _ = resolution.combine_labels(sheets_before, codebook)
    labels_before, labels_after = (
        closed_test.drop_test_labels(resolution.sort_by_comment(resolution.resolve_labels(rows)))
        for rows in (rows_before, rows_after)
    )
    plan = make_training_plan(labels_after, codebook, quick=True)
    return measure_label_impact(labels_before, labels_after, codebook, plan, seed, progress)
