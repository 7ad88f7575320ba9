"""Labels -> the comments to look at again: those on which annotators differ, then those where model and label do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from stance.evaluation.label_issues import rank_suspect_labels
from stance.labels.resolution import ADJUDICATED
from stance.tables import probability_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stance.models.model import Model

DisagreementKind = Literal["annotators", "passes", "out-of-fold", "model"]

_ITEM_COLUMNS = ["comment_id", "target"]
_COMMENT_LEVEL_COLUMNS = ["article_id", "article_title", "text"]


@dataclass(frozen=True)
class Disagreement:
    """A comment to look at again.

    Attributes
    ----------
    comment_id, target
        Which comment, and toward what.
    kind
        Who differ: annotators; one annotator's passes; the label and models that never saw it ("out-of-fold"); or the
        label and the model as it stands.
    reason
        The same with the stances, in words. Not to be shown before the comment has been labelled again.
    label_probability
        How likely the model takes the label to be; None where annotators differ.
    """

    comment_id: str
    target: str
    kind: DisagreementKind
    reason: str
    label_probability: float | None = None


def find_disagreements(
    rows: pd.DataFrame, oof: pd.DataFrame | None = None, model: Model | None = None
) -> tuple[Disagreement, ...]:
    """List what is worth a second look, in this order; what has been adjudicated is settled and left out.

    First come comments on which annotators differ, then those on which one annotator's passes do, the most evenly
    divided first. Then come labels that a model gives another stance for, the least likely label first. A model tends
    to agree with what it learnt from, so the out-of-fold table speaks where it has the comment, and the model itself
    only of the others.

    Parameters
    ----------
    rows
        All rows of the sheets, as `labels.rows` gives them.
    oof
        The out-of-fold table beside the model.
    model
        The model; comments toward a target that it does not know are left out.
    """
    labels = rows[rows["stance"] != ""]
    adjudicated = set(labels.loc[labels["pass"] == ADJUDICATED, _ITEM_COLUMNS].itertuples(index=False, name=None))
    divided, agreed = [], []
    for key, of_one in labels.groupby(_ITEM_COLUMNS, sort=False):
        if key in adjudicated:
            continue
        if len(set(of_one["stance"])) > 1:
            divided.append(_rank_divided_labels(of_one))
        else:
            agreed.append(of_one.iloc[-1])
    divided.sort(key=lambda each: each[0])
    found = [disagreement for _, disagreement in divided]
    if agreed:
        found += _find_model_disagreements(_fill_comment_columns(pd.DataFrame(agreed), rows), oof, model)
    return tuple(found)


def _rank_divided_labels(labels: pd.DataFrame) -> tuple[tuple[bool, float], Disagreement]:
    """Tell how a comment is divided: first the key it is ranked by, least first."""
    first = labels.drop_duplicates("annotator")
    # Labels without a name may be of several people.
    between: DisagreementKind = (
        "annotators" if len(set(first["stance"])) > 1 or (labels["annotator"] == "").any() else "passes"
    )
    counted = Counter(labels["stance"]).most_common()
    told = ", ".join(f"{stance} {count}" for stance, count in counted)
    whose = "annotators differ" if between == "annotators" else f"{first['annotator'].iloc[0]} differs between passes"
    rank = between == "passes", counted[0][1] / len(labels)
    comment_id, target = labels[_ITEM_COLUMNS].iloc[0]
    return rank, Disagreement(comment_id, target, between, f"{whose}: {told}")


def _fill_comment_columns(labels: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Give each label what any row of its comment says of the comment."""
    filled = labels.copy()
    for column in _COMMENT_LEVEL_COLUMNS:
        told = rows[rows[column].str.strip() != ""].drop_duplicates("comment_id")
        of_comment = dict(zip(told["comment_id"], told[column], strict=True))
        filled[column] = [of_comment.get(each, "") for each in filled["comment_id"]]
    return filled


def _find_model_disagreements(
    labels: pd.DataFrame, oof: pd.DataFrame | None, model: Model | None
) -> list[Disagreement]:
    found = []
    others = labels
    if oof is not None:
        found += list(_to_disagreements(rank_suspect_labels(oof, labels, limit=len(labels)), "out-of-fold"))
        known = pd.MultiIndex.from_frame(oof[_ITEM_COLUMNS])
        others = labels[~pd.MultiIndex.from_frame(labels[_ITEM_COLUMNS]).isin(known)]
    if model is not None:
        found += list(_to_disagreements(_select_disputed_labels(model, others), "model"))
    return sorted(found, key=lambda each: each.label_probability or 0.0)


def _select_disputed_labels(model: Model, labels: pd.DataFrame) -> pd.DataFrame:
    """Keep the labels for which the model has a more probable stance, as `suspects` gives them."""
    one = model.targets == ("",)
    asked = labels if one else labels[labels["target"].isin(model.targets)]
    asked = asked[asked["text"].str.strip() != ""]
    if asked.empty:
        return asked.assign(suggested="", probability=0.0)
    columns = {probability_column(stance): stance for stance in model.stances}
    answers = model.predict(asked["text"], None if one else asked["target"])[list(columns)]
    is_answered = answers.notna().all(axis=1)
    asked, answers = asked[is_answered], answers[is_answered]
    of_label = [
        float(given[column]) if (column := probability_column(stance)) in columns else 0.0
        for stance, (_, given) in zip(asked["stance"], answers.iterrows(), strict=True)
    ]
    told = asked.assign(suggested=answers.idxmax(axis=1).map(columns), probability=of_label)
    return told[told["suggested"] != told["stance"]]


def _to_disagreements(disputed: pd.DataFrame, kind: DisagreementKind) -> Iterator[Disagreement]:
    columns = [*_ITEM_COLUMNS, "stance", "suggested", "probability"]
    for comment_id, target, stance, suggested, probability in disputed[columns].itertuples(index=False, name=None):
        who = "models that did not see the label say" if kind == "out-of-fold" else "the model says"
        reason = f"{who} {suggested}, and {probability:.2f} for {stance}"
        yield Disagreement(comment_id, target, kind, reason, float(probability))
