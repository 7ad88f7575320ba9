"""Find comments to label again: annotators differ, or a model predicts another stance than the label."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from stance.evaluation.label_issues import rank_suspect_labels
from stance.labels.resolution import ADJUDICATED, ITEM_COLUMNS, first_filled_cells
from stance.tables import SPLIT_COLUMN, TEST_SPLIT, probability_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stance.models.model import Model

DisagreementKind = Literal["annotators", "passes", "out-of-fold", "model"]

_COMMENT_LEVEL_COLUMNS = ["article_id", "article_title", "text"]


@dataclass(frozen=True)
class Disagreement:
    """A comment to label again.

    Attributes
    ----------
    comment_id, target
        The comment, and the target of its stance.
    kind
        What differs: the labels of several annotators; the passes of one annotator; the label and the prediction of
        models that were not fitted to it ("out-of-fold"); or the label and the prediction of the model.
    reason
        One sentence with the stances. Not to be shown before the comment has been labelled again.
    label_probability
        The predicted probability of the label; None if annotators or passes differ.
    """

    comment_id: str
    target: str
    kind: DisagreementKind
    reason: str
    label_probability: float | None = None


def find_disagreements(
    rows: pd.DataFrame, oof: pd.DataFrame | None = None, model: Model | None = None
) -> tuple[Disagreement, ...]:
    """List comments that are worth labelling again, in order; adjudicated ones are left out.

    First come comments on which annotators differ, then those on which the passes of one annotator differ, the most
    evenly divided first. Then come labels for which a model predicts another stance, the least probable label first.
    A model tends to agree with the labels it was fitted to. So the out-of-fold predictions are used for the comments
    that they contain, and the model only for the others. No model is asked about comments of a closed test set.

    Parameters
    ----------
    rows
        All rows of the sheets, as `resolution.combine_labels` returns them.
    oof
        The table of out-of-fold predictions of the model.
    model
        The model; comments with a target that it does not know are left out.
    """
    labels = rows[rows["stance"] != ""]
    adjudicated = set(labels.loc[labels["pass"] == ADJUDICATED, ITEM_COLUMNS].itertuples(index=False, name=None))
    divided, unanimous = [], []
    for item, labels_of_item in labels.groupby(ITEM_COLUMNS, sort=False):
        if item in adjudicated:
            continue
        if len(set(labels_of_item["stance"])) > 1:
            divided.append(_rank_divided_labels(labels_of_item))
        else:
            unanimous.append(labels_of_item.iloc[-1])
    divided.sort(key=lambda ranked: ranked[0])
    disagreements = [disagreement for _, disagreement in divided]
    if unanimous:
        last_labels = _fill_comment_columns(pd.DataFrame(unanimous), rows)
        disagreements += _find_model_disagreements(last_labels, oof, model)
    return tuple(disagreements)


def _rank_divided_labels(labels: pd.DataFrame) -> tuple[tuple[bool, float], Disagreement]:
    """Return the sort key and the disagreement of one comment whose labels differ."""
    first_passes = labels.drop_duplicates("annotator")
    # Labels without an annotator may be from several people.
    is_between_annotators = len(set(first_passes["stance"])) > 1 or (labels["annotator"] == "").any()
    kind: DisagreementKind = "annotators" if is_between_annotators else "passes"
    counts = Counter(labels["stance"]).most_common()
    stances = ", ".join(f"{stance} {count}" for stance, count in counts)
    annotator = first_passes["annotator"].iloc[0]
    cause = "annotators differ" if is_between_annotators else f"{annotator} differs between passes"
    comment_id, target = labels[ITEM_COLUMNS].iloc[0]
    sort_key = kind == "passes", counts[0][1] / len(labels)
    return sort_key, Disagreement(comment_id, target, kind, f"{cause}: {stances}")


def _fill_comment_columns(labels: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return labels with the article and text of their comments, from whichever row has them."""
    filled = labels.copy()
    for column in _COMMENT_LEVEL_COLUMNS:
        cells = first_filled_cells(rows, column)
        filled[column] = [cells.get(comment_id, "") for comment_id in filled["comment_id"]]
    return filled


def _find_model_disagreements(
    labels: pd.DataFrame, oof: pd.DataFrame | None, model: Model | None
) -> list[Disagreement]:
    # Correcting the labels that a model contradicts would make its score on a closed test set too high.
    labels = labels[labels[SPLIT_COLUMN] != TEST_SPLIT]
    disagreements: list[Disagreement] = []
    not_in_oof = labels
    if oof is not None:
        disagreements += _to_disagreements(rank_suspect_labels(oof, labels, limit=len(labels)), "out-of-fold")
        oof_items = pd.MultiIndex.from_frame(oof[ITEM_COLUMNS])
        not_in_oof = labels[~pd.MultiIndex.from_frame(labels[ITEM_COLUMNS]).isin(oof_items)]
    if model is not None:
        disagreements += _to_disagreements(_select_disputed_labels(model, not_in_oof), "model")
    return sorted(disagreements, key=lambda disagreement: disagreement.label_probability or 0.0)


def _select_disputed_labels(model: Model, labels: pd.DataFrame) -> pd.DataFrame:
    """Return the labels for which the model predicts another stance, in the form of `rank_suspect_labels`."""
    has_one_target = model.targets == ("",)
    labels = labels if has_one_target else labels[labels["target"].isin(model.targets)]
    labels = labels[labels["text"].str.strip() != ""]
    if labels.empty:
        return labels.assign(suggested="", probability=0.0)
    columns = {probability_column(stance): stance for stance in model.stances}
    predictions = model.predict(labels["text"], None if has_one_target else labels["target"])[list(columns)]
    is_known = predictions.notna().all(axis=1)
    labels, predictions = labels[is_known], predictions[is_known]
    label_probabilities = [
        float(prediction[column]) if (column := probability_column(stance)) in columns else 0.0
        for stance, (_, prediction) in zip(labels["stance"], predictions.iterrows(), strict=True)
    ]
    suggested = predictions.idxmax(axis=1).map(columns)
    labels = labels.assign(suggested=suggested, probability=label_probabilities)
    return labels[labels["suggested"] != labels["stance"]]


def _to_disagreements(disputed: pd.DataFrame, kind: DisagreementKind) -> Iterator[Disagreement]:
    columns = [*ITEM_COLUMNS, "stance", "suggested", "probability"]
    source = "models that did not see the label predict" if kind == "out-of-fold" else "the model predicts"
    for comment_id, target, stance, suggested, probability in disputed[columns].itertuples(index=False, name=None):
        reason = f"{source} {suggested}, with a probability of {probability:.2f} for {stance}"
        yield Disagreement(comment_id, target, kind, reason, float(probability))
