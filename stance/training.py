"""Labelling sheets -> a model, its evaluation, and the record of how both came about."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stance import tables
from stance.errors import (
    EmptyTableError,
    OutputIsInputError,
    SingleStanceError,
    StanceError,
    UnwritableFileError,
)
from stance.evaluation import out_of_fold
from stance.evaluation.assessment import evaluate_predictions
from stance.evaluation.label_impact import measure_label_impact
from stance.evaluation.metrics_file import build_metrics, fingerprint_file
from stance.evaluation.notes import compose_notes
from stance.evaluation.splits import TEST_SAMPLING_METHODS
from stance.io import atomic
from stance.labels import resolution
from stance.labels.codebook import find_codebook, read_codebook
from stance.labels.sheets import sheet_file
from stance.labels.sheets.unmerged import read_sheet_with_journal
from stance.metrics import f1
from stance.metrics.near_duplicates import group_near_duplicates
from stance.models import model_file
from stance.models.decision_rule import DecisionMode
from stance.models.procedure import TrainingPlan
from stance.models.settings import default_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from stance.evaluation.assessment import Evaluation
    from stance.evaluation.label_impact import LabelImpact
    from stance.labels.codebook import Codebook
    from stance.labels.sheets.sheet_file import Sheet
    from stance.models.model import Model


@dataclass(frozen=True)
class TrainingOptions:
    """What a training run was asked for; `codebook` None means the one beside the sheets, if there is one.

    `decide` is how stances are predicted by their probabilities: "matched" or "most-probable".
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
    seed: int = 0
    jobs: int = -1


@dataclass(frozen=True)
class TrainingRun:
    """A trained model with its out-of-fold predictions and its evaluation."""

    model: Model
    labels: pd.DataFrame
    oof: pd.DataFrame
    evaluation: Evaluation
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    paths: tuple[Path, ...] = ()
    """The files that were written."""


def train_on_sheets(
    paths: Sequence[Path], options: TrainingOptions, progress: Callable[[int, int], None] | None = None
) -> TrainingRun:
    """Train a model on labelling sheets and evaluate it.

    Raises
    ------
    StanceError
        Anything about the sheets or the codebook that must be mended first; errors.py lists it.
    ValueError
        `options.decide` is not one of the ways to predict.
    """
    decide = DecisionMode(options.decide)
    called = {"text": options.text_column, "stance": options.stance_column, "target": options.target_column}
    read = [
        sheet_file.rename_columns(read_sheet_with_journal(path, options.columns, options.delimiter), called)
        for path in paths
    ]
    source = _find_codebook(paths, options)
    rows, codebook = resolution.combine_labels(read, read_codebook(source) if source else None, options.group_column)
    settled = resolution.resolve_labels(rows)
    stances = settled["stance"].unique()
    if not len(settled):
        raise EmptyTableError(", ".join(path.name for path in paths), "labels")
    if len(stances) == 1:
        raise SingleStanceError(stances[0])
    if len(set(group_near_duplicates(settled["text"].to_list()).tolist())) == 1:
        raise StanceError("all labelled comments say nearly the same", "label comments of different texts")
    if not settled["sampled"].isin(TEST_SAMPLING_METHODS).any():
        remedy = "label some that are drawn at random, and write so into the column 'sampled'"
        raise StanceError("all comments were chosen by a model, there is nothing to evaluate by", remedy)
    plan = replace(make_training_plan(settled, codebook, quick=options.quick), decision_mode=decide)
    task = out_of_fold.prepare_evaluation_task(settled, codebook, plan, use_examples=options.use_examples)
    found = out_of_fold.predict_out_of_fold(task, options.seed, options.jobs or -1, progress)
    evaluation = evaluate_predictions(task, found, rows)
    told = compose_notes(task, evaluation, found.fitted_procedure)
    provenance = {
        "seed": options.seed,
        "quick": options.quick,
        "sheets": [fingerprint_file(path) for path in paths],
        "codebook": fingerprint_file(source) if source else None,
    }
    metrics = build_metrics(task, evaluation, found.fitted_procedure, told, provenance)
    warnings = tuple(f"{sheet.path.name}: {warning}" for sheet in read for warning in sheet.messages)
    return TrainingRun(
        replace(found.fitted_procedure.model, metrics=metrics), settled, found.table, evaluation, told, warnings
    )


def make_training_plan(resolved_labels: pd.DataFrame, codebook: Codebook, *, quick: bool) -> TrainingPlan:
    """Say what holds for a run: the default settings, and that favour and against count where labels name targets."""
    counted = (
        f1.find_f_avg_stances(codebook.stance_names) if any(resolved_labels["target"]) else ()
    ) or codebook.stance_names
    return TrainingPlan(default_settings(), quick, tuple(counted))


@dataclass(frozen=True)
class TrainingOutputs:
    """Where a training run writes; all that is told of the model lies beside it unless named."""

    model: Path
    metrics: Path
    oof: Path
    report: Path
    card: Path

    @classmethod
    def beside_model(cls, model: Path, metrics: Path | None, oof: Path | None, report: Path | None) -> TrainingOutputs:
        """Place what is not named beside the model."""
        return cls(
            model,
            metrics or model.with_name("metrics.json"),
            oof or model.with_name("oof.csv"),
            report or model.with_name("report.html"),
            model.with_name("model-card.md"),
        )

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files that are written."""
        return self.model, self.metrics, self.oof, self.report, self.card

    def check_inputs_kept(self, inputs: Sequence[Path]) -> None:
        """Stop before anything is done if an output would overwrite an input or another output.

        Raises
        ------
        OutputIsInputError
            Names the output.
        """
        taken = {path.resolve() for path in inputs}
        for path in self.paths:
            if path.resolve() in taken:
                raise OutputIsInputError(path)
            if path.is_dir():
                raise UnwritableFileError(path, "it is a folder")
            taken.add(path.resolve())

    def write_files(self, training_run: TrainingRun) -> None:
        """Write the model, its figures, the predictions these are made from, and what people read of them."""
        from stance.reports.html_page import render_html_report
        from stance.reports.model_card import render_model_card  # templates take a tenth of a second to load

        evaluation = training_run.evaluation
        model_file.save_model(training_run.model, self.model)
        atomic.write_atomically(
            self.metrics, (json.dumps(training_run.model.metrics, ensure_ascii=False, indent=2) + "\n").encode()
        )
        atomic.write_atomically(self.oof, training_run.oof.to_csv(index=False, lineterminator="\n").encode())
        atomic.write_atomically(
            self.report,
            render_html_report(
                training_run.model.metrics, evaluation.suspect_labels, evaluation.misclassified
            ).encode(),
        )
        atomic.write_atomically(self.card, render_model_card(training_run.model.metrics).encode())


def _find_codebook(paths: Sequence[Path], options: TrainingOptions) -> Path | None:
    if not options.use_codebook:
        return None
    return options.codebook or find_codebook(paths)


def compare_models_before_after(
    sheet_before: Sheet,
    sheet_paths: Sequence[Path],
    codebook_path: Path | None,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> LabelImpact | None:
    """Compare models of the labels before and after.

    Parameters
    ----------
    sheet_before
        The sheet that was added to, as it was.
    sheet_paths
        All sheets to learn from, that one among them.
    codebook_path
        The codebook, else the one beside the sheets.
    seed
        Deals out the folds.
    progress
        Takes how many steps are done, and of how many.

    Returns
    -------
    Gain or None
        None where there is too little to compare.

    Raises
    ------
    StanceError
        Something in the sheets must be mended first, such as labels that differ.
    """
    source = codebook_path or find_codebook(sheet_paths)
    stances = read_codebook(source) if source else None
    now = [read_sheet_with_journal(path) for path in sheet_paths]
    whole = replace(
        sheet_before, frame=sheet_file.add_missing_columns(sheet_before.frame, ("comment_id", *tables.LABEL_COLUMNS))
    )
    added_to = sheet_before.path.resolve()
    then = [whole if sheet.path.resolve() == added_to else sheet for sheet in now]
    rows, stances = resolution.combine_labels(now, stances)
    new = resolution.resolve_labels(rows)
    old = resolution.resolve_labels(resolution.combine_labels(then, stances)[0])
    return measure_label_impact(old, new, stances, make_training_plan(new, stances, quick=True), seed, progress)
