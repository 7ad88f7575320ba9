"""Labelling sheets -> a model, its evaluation, and the record of how both came about."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from stance import __version__, atomic, bundle, evaluate, figures, labels, sheets, tables
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

    from stance.figures import SchemeFigures
    from stance.sheets import Sheet

ENOUGH_TO_CHOOSE = 100
"""Below this many labels nothing is chosen by the data."""

METRICS_SCHEMA = 1


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
class Evaluation:
    """What the labels say about a model: figures a scheme, the same for groups, and plain sentences."""

    counts: dict[str, int]
    articles: int
    schemes: tuple[SchemeFigures, ...]
    groups: tuple[SchemeFigures, ...]
    notes: tuple[str, ...]

    @property
    def macro_f1(self) -> float:
        """The cross-validated macro F1 of the model."""
        return next(each for each in self.schemes if each.scheme == evaluate.STRATIFIED).systems[-1].macro_f1.value


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
    hashes = [_hashed(path) for path in (*paths, *([source] if source else []))]
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
    evaluation = _evaluate(task, result.table, options.seed)
    metrics = _metrics(task, evaluation, options, hashes)
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


def _evaluate(task: evaluate.Task, oof: pd.DataFrame, seed: int) -> Evaluation:
    names, groups = task.codebook.names, task.codebook.groups
    counted = task.labels["stance"].value_counts()
    counts = {name: int(counted.get(name, 0)) for name in names}
    of_article = task.labels["article_id"]
    articles = len(set(of_article) - {""})
    schemes = figures.figures(oof, names, seed)
    return Evaluation(
        counts=counts,
        articles=articles,
        schemes=schemes,
        groups=figures.figures(oof, names, seed, groups) if groups else (),
        notes=tuple(_notes(task, counts, articles, int((of_article == "").sum()), schemes)),
    )


def _notes(
    task: evaluate.Task, counts: dict[str, int], articles: int, homeless: int, schemes: Sequence[SchemeFigures]
) -> list[str]:
    n = sum(counts.values())
    notes = []
    if n < ENOUGH_TO_CHOOSE:
        notes.append(f"With {n} labels nothing was chosen by the data; all settings are fixed defaults.")
    else:
        notes.append("All settings are fixed defaults; nothing was chosen by the data.")
    where = f"under these {articles} articles" if articles else "like the labelled ones"
    notes.append(f"Intervals are 95 % intervals, for further comments {where} and for no others.")
    if not homeless and articles < figures.FEW_ARTICLES:
        notes.append(
            f"Comments under other articles: no interval, {articles} article{'s' * (articles > 1)}; "
            f"label comments under at least {figures.FEW_ARTICLES}."
        )
    if homeless:
        notes.append(f"No article was left out: {_labels(homeless)} without an article_id.")
    taught = {stance for _, stance in task.examples}
    for stance, count in counts.items():
        if count >= figures.FEW_LABELS:
            continue
        missing = figures.FEW_LABELS - count
        if count:
            notes.append(f"{stance}: {_labels(count)}, too few to judge it by; label at least {missing} more.")
        elif stance in taught:
            notes.append(f"{stance}: no label, it is known from the codebook's examples only; label {missing}.")
        else:
            notes.append(f"{stance}: no label and no example, the model cannot answer with it; label {missing}.")
    notes += [_on_examples(scheme) for scheme in schemes if scheme.scheme == evaluate.STRATIFIED and task.examples]
    return notes


def _labels(count: int) -> str:
    return "1 label" if count == 1 else f"{count} labels"


def _on_examples(scheme: SchemeFigures) -> str:
    difference = next(each for each in scheme.differences if each.system == evaluate.LABELS).accuracy
    interval = difference.interval
    assert interval is not None  # noqa: S101 - k-fold always has one
    told = f"{difference.value:+.2f} accuracy [{interval.low:+.2f}, {interval.high:+.2f}] against labels only"
    if interval.low > 0:
        return f"The codebook's examples help: {told}."
    if interval.high < 0:
        return f"The codebook's examples hurt: {told}; try --no-codebook-examples."
    return f"Whether the codebook's examples help cannot be told from these labels: {told}."


def _metrics(
    task: evaluate.Task, evaluation: Evaluation, options: Options, sources: Sequence[dict[str, str]]
) -> dict[str, Any]:
    """Record what the figures are and how they came about, without a clock or a path in it."""
    return {
        "schema": METRICS_SCHEMA,
        "labels": evaluation.counts,
        "articles": evaluation.articles,
        "groups_of_stances": task.codebook.groups,
        "examples": len(task.examples),
        "settings": asdict(task.settings),
        "seed": options.seed,
        "sources": list(sources),
        "versions": {
            "python": platform.python_version(),
            "stance": __version__,
            **{name: version(name) for name in ("numpy", "pandas", "scikit-learn", "scipy")},
        },
        "schemes": [_plain(scheme) for scheme in evaluation.schemes],
        "groups": [_plain(scheme) for scheme in evaluation.groups],
        "notes": list(evaluation.notes),
    }


def _hashed(path: Path) -> dict[str, str]:
    return {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _plain(scheme: SchemeFigures) -> dict[str, Any]:
    """Turn the figures of a scheme into what JSON can hold, at 6 decimals."""
    systems = []
    for system in scheme.systems:
        matrix = system.confusion
        confusion = {stance: {key: float(value) for key, value in row.items()} for stance, row in matrix.iterrows()}
        systems.append({**asdict(replace(system, confusion=matrix.iloc[:0])), "confusion": confusion})
    differences = [asdict(difference) for difference in scheme.differences]
    rounded: dict[str, Any] = _rounded({"scheme": scheme.scheme, "systems": systems, "differences": differences})
    return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, (list, tuple)) else value
