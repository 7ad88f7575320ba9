"""The files that a training run writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.errors import OutputIsInputError, UnwritableFileError
from stance.io import atomic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stance.training import TrainingRun


METHODS_SUFFIXES = ("md", "tex", "bib")
"""The formats of the methods text."""


@dataclass(frozen=True)
class TrainingOutputs:
    """Paths of the files that a training run writes."""

    model: Path
    metrics: Path
    oof: Path
    report: Path
    card: Path
    methods: tuple[Path, ...]

    @classmethod
    def beside_model(cls, model: Path, metrics: Path | None, oof: Path | None, report: Path | None) -> TrainingOutputs:
        """Return the paths, those that are None being in the folder of the model."""
        return cls(
            model,
            metrics or model.with_name("metrics.json"),
            oof or model.with_name("oof.csv"),
            report or model.with_name("report.html"),
            model.with_name("model-card.md"),
            tuple(model.with_name(f"methods.{suffix}") for suffix in METHODS_SUFFIXES),
        )

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files that are written."""
        return self.model, self.metrics, self.oof, self.report, self.card, *self.methods

    def check_inputs_kept(self, inputs: Sequence[Path]) -> None:
        """Raise an error if an output would overwrite an input or another output.

        Raises
        ------
        OutputIsInputError
            An output is an input or another output.
        UnwritableFileError
            An output is a folder.
        """
        used = {path.resolve() for path in inputs}
        for path in self.paths:
            if path.resolve() in used:
                raise OutputIsInputError(path)
            if path.is_dir():
                raise UnwritableFileError(path, "it is a folder")
            used.add(path.resolve())

    def write_files(self, training_run: TrainingRun) -> None:
        """Write the model, its metrics and out-of-fold predictions, the HTML report, the model card and the methods."""
        from stance.reports.html_page import render_html_report  # templates are slow to load
        from stance.reports.methods.text import render_methods
        from stance.reports.model_card import render_model_card

        evaluation, metrics = training_run.evaluation, training_run.model.metrics
        report = render_html_report(metrics, evaluation.suspect_labels, evaluation.misclassified)
        oof = training_run.oof.to_csv(index=False, lineterminator="\n")
        training_run.model.save(self.model)
        atomic.write_atomically(self.metrics, (json.dumps(metrics, ensure_ascii=False, indent=2) + "\n").encode())
        atomic.write_atomically(self.oof, oof.encode())
        atomic.write_atomically(self.report, report.encode())
        atomic.write_atomically(self.card, render_model_card(metrics).encode())
        for path, text in zip(self.methods, map(render_methods(metrics).__getitem__, METHODS_SUFFIXES), strict=True):
            atomic.write_atomically(path, text.encode())
