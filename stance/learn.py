"""Labelling sheets -> a model, its evaluation, and the record of how both came about."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stance import atomic, bundle, evaluate, labels, sheets, tables
from stance.appraisal import appraise, record, source_hash
from stance.codebook import codebook_beside, read_codebook
from stance.errors import (
    ColumnTakenError,
    EmptyTableError,
    MissingColumnError,
    OneStanceError,
    OutputIsInputError,
    StanceError,
    UnwritableFileError,
)
from stance.model import Model, default_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from stance.appraisal import Evaluation
    from stance.sheets import Sheet


@dataclass(frozen=True)
class Options:
    """What a training run was asked for; `codebook` None means the one beside the sheets, if there is one."""

    codebook: Path | None = None
    use_codebook: bool = True
    use_examples: bool = True
    text_column: str = "text"
    stance_column: str = "stance"
    seed: int = 0
    jobs: int = -1


@dataclass(frozen=True)
class Learnt:
    """A trained model with its out-of-fold predictions and its evaluation."""

    model: Model
    labels: pd.DataFrame
    oof: pd.DataFrame
    evaluation: Evaluation
    warnings: tuple[str, ...]


def learn(paths: Sequence[Path], options: Options, progress: Callable[[int, int], None] | None = None) -> Learnt:
    """Train a model on labelling sheets and evaluate it.

    Raises
    ------
    StanceError
        Anything about the sheets or the codebook that must be mended first; errors.py lists it.
    """
    read = [_renamed(sheets.read_sheet(path), options) for path in paths]
    source = _codebook_path(paths, options)
    settled, codebook = labels.one_stance_each(read, read_codebook(source) if source else None)
    hashes = [source_hash(path) for path in (*paths, *([source] if source else []))]
    stances = settled["stance"].unique()
    if not len(settled):
        raise EmptyTableError(", ".join(path.name for path in paths), "labels")
    if len(stances) == 1:
        raise OneStanceError(stances[0])
    if len(set(settled["text"].map(tables.normalised))) == 1:
        raise StanceError("all labelled comments have the same text", "label comments of different texts")
    if len(settled["target"].unique()) > 1:
        raise StanceError("labels toward several targets", "keep the labels toward one target in the sheets given")
    task = evaluate.task(settled, codebook, default_settings(), use_examples=options.use_examples)
    result = evaluate.out_of_fold(task, options.seed, options.jobs or -1, progress)
    evaluation = appraise(task, result.table, options.seed)
    metrics = record(task, evaluation, options.seed, hashes)
    warnings = tuple(f"{sheet.path.name}: {warning}" for sheet in read for warning in sheet.warnings)
    return Learnt(replace(result.model, metrics=metrics), settled, result.table, evaluation, warnings)


@dataclass(frozen=True)
class Outputs:
    """Where a training run writes; the figures and predictions lie beside the model unless named."""

    model: Path
    metrics: Path
    oof: Path

    @classmethod
    def beside(cls, model: Path, metrics: Path | None, oof: Path | None) -> Outputs:
        """Place what is not named beside the model."""
        return cls(model, metrics or model.with_name("metrics.json"), oof or model.with_name("oof.csv"))

    def check(self, inputs: Sequence[Path]) -> None:
        """Stop before anything is done if an output would overwrite an input or another output.

        Raises
        ------
        OutputIsInputError
            Names the output.
        """
        taken = {path.resolve() for path in inputs}
        for path in (self.model, self.metrics, self.oof):
            if path.resolve() in taken:
                raise OutputIsInputError(path)
            if path.is_dir():
                raise UnwritableFileError(path, "it is a folder")
            taken.add(path.resolve())

    def write(self, learnt: Learnt) -> None:
        """Write the model, its figures, and the predictions these are made from."""
        bundle.save(learnt.model, self.model)
        atomic.write(self.metrics, (json.dumps(learnt.model.metrics, ensure_ascii=False, indent=2) + "\n").encode())
        atomic.write(self.oof, learnt.oof.to_csv(index=False, lineterminator="\n").encode())


def _renamed(sheet: Sheet, options: Options) -> Sheet:
    """Call the columns with texts and stances by the names that all rooms know."""
    frame = sheet.frame
    for ours, theirs in (("text", options.text_column), ("stance", options.stance_column)):
        if theirs == ours:
            continue
        if theirs not in frame.columns:
            raise MissingColumnError(theirs, frame.columns, sheet.path, f"name the right one by --{ours}-column")
        if ours in frame.columns:
            raise ColumnTakenError(ours, sheet.path)
        frame = frame.rename(columns={theirs: ours})
    return replace(sheet, frame=frame)


def _codebook_path(paths: Sequence[Path], options: Options) -> Path | None:
    if not options.use_codebook:
        return None
    return options.codebook or codebook_beside(paths)
