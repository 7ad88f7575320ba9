"""Find labels that disagree with the predictions of models that were not trained on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance import tables
from stance.evaluation import label_issues, splits
from stance.evaluation.predictions import pivot_predictions, read_oof, select_model_rows
from stance.metrics.skill import measure_skill
from stance.validation.context import ITEM_COLUMNS
from stance.validation.findings import Finding, locate_rows
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from stance.validation.context import CheckContext


def find_suspect_labels(context: CheckContext, model_path: Path) -> Iterator[Finding]:
    """Find labels that may be wrong according to the out-of-fold predictions beside a model.

    Predictions of the model itself would be no evidence, since it was trained on these labels. So labels newer than the
    model, and those used for training only, are counted and not compared.
    """
    labels = context.training_labels
    if not len(labels):
        return
    if not model_path.is_file():
        yield Finding("no-model", f"no model at {model_path}, so labels were not compared with predictions")
        return
    oof = _read_oof_if_valid(model_path.with_name("oof.csv"))
    if oof is None:
        message = f"no readable oof.csv beside {model_path}, so labels were not compared with predictions"
        yield Finding("no-model", message)
        return
    model_labels = select_model_rows(oof).drop_duplicates(ITEM_COLUMNS)[[*ITEM_COLUMNS, "stance"]]
    is_tested = labels["sampled"].isin(splits.TEST_SAMPLING_METHODS)
    common = labels[is_tested].merge(model_labels, on=ITEM_COLUMNS, suffixes=("", "_of_model"))
    n_unchanged = int((common["stance"] == common["stance_of_model"]).sum())
    if 2 * n_unchanged < len(common) or not n_unchanged:
        # Comments numbered from 1 have the same ids in every sheet.
        message = f"the model at {model_path} was trained on other labels, so these were not compared with it"
        yield Finding("other-labels", message)
        return
    yield from _report_changes(n_new=int(is_tested.sum()) - len(common), n_changed=len(common) - n_unchanged)
    if not is_tested.all():
        n_training_only = pluralise(int((~is_tested).sum()), "label")
        message = f"{n_training_only} of comments selected by a model: used for training only, and not compared"
        yield Finding("learnt-only", message)
    if not _is_skill_shown(oof):
        message = f"the model at {model_path} is not shown to be better than guessing, so it says nothing about labels"
        yield Finding("no-skill", message)
        return
    known_stances = {column.removeprefix(tables.probability_column("")) for column in oof.columns}
    suspects = label_issues.rank_suspect_labels(oof, labels[is_tested & labels["stance"].isin(known_stances)])
    if len(suspects):
        located = suspects.merge(labels[[*ITEM_COLUMNS, "path", "row"]], on=ITEM_COLUMNS)
        details = [
            f"{stance} ({probability:.0%}), {suggested} is more probable"
            for stance, probability, suggested in suspects[["stance", "probability", "suggested"]].to_numpy()
        ]
        message = "models that were not trained on these labels find another stance more probable"
        if len(suspects) == label_issues.MAX_SUSPECT_LABELS:
            message += f"; only the {len(suspects)} least probable labels are listed"
        yield Finding("suspect-label", message, locate_rows(located, details))


def _is_skill_shown(oof: pd.DataFrame) -> bool:
    predictions = pivot_predictions(select_model_rows(oof))
    truth, predicted, targets = predictions.truth, predictions.predicted, predictions.targets
    return measure_skill(truth, predicted, targets, predictions.weights, predictions.groups).interval.low > 0


def _report_changes(n_new: int, n_changed: int) -> Iterator[Finding]:
    messages = []
    if n_new:
        was = "was" if n_new == 1 else "were"
        messages.append(f"{pluralise(n_new, 'label')} newer than the model {was} not compared")
    if n_changed:
        messages.append(f"{pluralise(n_changed, 'label')} changed")
    if messages:
        yield Finding("other-labels", "; ".join(messages))


def _read_oof_if_valid(path: Path) -> pd.DataFrame | None:
    """Return an out-of-fold table; None if there is none, or the file is something else."""
    try:
        table = read_oof(path)
    except (OSError, ValueError):  # pandas raises subclasses of ValueError
        return None
    return table if set(tables.OOF_COLUMNS) <= set(table.columns) else None
