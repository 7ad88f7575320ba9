"""Set the labels of a closed test set aside: they are neither trained on nor evaluated until it is opened."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stance import tables
from stance.errors import StanceError
from stance.evaluation.label_groups import group_labels, group_repeated_texts
from stance.evaluation.splits import N_FOLDS, TEST_SAMPLING_METHODS, compute_test_weights
from stance.evaluation.systems import TextsToPredict
from stance.labels.sheets.openings import Opening, read_openings, record_opening
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stance.evaluation.systems import FittedSystems


CLOSED_TEST = "closed test set"
"""The name of the scheme in tables and in metrics.json."""

CLOSED_TEST_POPULATION = "further comments drawn in the same way"
"""The comments that its scores are about."""

REOPENED = (
    "Its score is no longer that of a closed test: labels, settings or the codebook may have been changed after it was "
    "opened."
)
"""What the score of a test set that was opened several times means."""


@dataclass(frozen=True, eq=False)
class ClosedTest:
    """A closed test set.

    Attributes
    ----------
    labels
        Its resolved labels. Those of comments that a model selected are left out: they are not representative.
    n_near_duplicates
        The number of other labels that are not trained on, because they nearly repeat a comment of the test set.
    n_unlabelled
        The number of its comments without a label.
    sheets
        The sheets that hold its comments.
    n_openings
        How often it has been opened, this run included.
    is_open
        Whether this run scores its labels.
    """

    labels: pd.DataFrame
    n_near_duplicates: int
    n_unlabelled: int
    sheets: tuple[Path, ...]
    n_openings: int
    is_open: bool

    @property
    def rows_sha256(self) -> str:
        """The hash of the ids, targets and stances of the labels, whatever their order."""
        rows = sorted(self.labels[["comment_id", "target", "stance"]].itertuples(index=False, name=None))
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return what metrics.json says about the test set."""
        return {
            "n": len(self.labels),
            "left_out": self.n_near_duplicates,
            "unlabelled": self.n_unlabelled,
            "openings": self.n_openings,
            "scored": self.is_open,
            "rows_sha256": self.rows_sha256,
        }

    def record_opening(self, model_sha256: str) -> None:
        """Record beside every sheet with its comments that the test set was opened to score a model."""
        opening = Opening.now(len(self.labels), self.rows_sha256, model_sha256)
        for sheet in self.sheets:
            record_opening(sheet, opening)


def predict_closed_test(
    closed_test: ClosedTest, fitted: FittedSystems, system_names: Sequence[str], text_indices: NDArray[np.int64]
) -> list[pd.DataFrame]:
    """Predict the labels of the test set by every fitted system, as rows of the out-of-fold table, one frame each.

    `text_indices`, of shape (n_labels,), are the indices of their texts in the corpus.
    """
    tested = closed_test.labels
    names = ("comment_id", "article_id", "target", "stance", "also")
    rows = pd.DataFrame({name: tested[name].to_numpy() for name in names}).assign(
        group=group_labels(tested, N_FOLDS).groups,
        weight=compute_test_weights(tested),
        scheme=CLOSED_TEST,
        repeat=0,
        fold=0,
        learnt=fitted.n_labels,
    )
    target_codes = np.array([fitted.training.target_names.index(target) for target in tested["target"]], np.int64)
    texts = TextsToPredict(tested["text"].to_list(), text_indices, target_codes)
    return [
        rows.assign(system=system).join(fitted.predict(system, texts))
        for system in system_names
        if fitted.can_predict(system)
    ]


def describe_closed_test(closed_test: ClosedTest) -> str:
    """Return sentences that say what the closed test set is, how often it was opened, and what that means."""
    n_labels = pluralise(len(closed_test.labels), "label")
    sentences = [f"The closed test set has {n_labels}, neither trained on nor used to choose settings."]
    if closed_test.n_near_duplicates:
        n_left_out = closed_test.n_near_duplicates
        sentences.append(f"Not trained on either, since their comments nearly repeat one in it: {n_left_out:,}.")
    if closed_test.n_unlabelled:
        n_unlabelled = closed_test.n_unlabelled
        sentences.append(
            f"Its comments without a label: {n_unlabelled:,}; scores are biased if these differ from the rest."
        )
    if not closed_test.n_openings:
        sentences.append("It was never opened; 'stance train --final' opens it.")
    else:
        sentences.append(f"It was opened {pluralise(closed_test.n_openings, 'time')}.")
    if closed_test.is_open:
        sentences.append(f"Its intervals are those of the scores of this very model on {CLOSED_TEST_POPULATION}.")
    if closed_test.n_openings > 1:
        sentences.append(REOPENED)
    return " ".join(sentences)


def find_training_rows(split: NDArray[np.object_], duplicate_groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which labels may be trained on: those outside the test set that nearly repeat no comment in it.

    Parameters
    ----------
    split
        The column `split` of the labels, of shape (n_labels,).
    duplicate_groups
        The near-duplicate group of each label, of shape (n_labels,).
    """
    return ~np.isin(duplicate_groups, duplicate_groups[split == tables.TEST_SPLIT])


def drop_test_labels(labels: pd.DataFrame) -> pd.DataFrame:
    """Return the resolved labels that may be trained on."""
    split = labels[tables.SPLIT_COLUMN].to_numpy(object)
    if not (split == tables.TEST_SPLIT).any():
        return labels
    groups = group_repeated_texts(labels["text"].to_list())
    return labels[find_training_rows(split, groups)].reset_index(drop=True)


def set_test_aside(
    labels: pd.DataFrame, rows: pd.DataFrame, *, is_open: bool
) -> tuple[pd.DataFrame, ClosedTest | None]:
    """Separate the labels that may be trained on from the closed test set.

    Parameters
    ----------
    labels
        Resolved labels, as returned by `resolution.resolve_labels`.
    rows
        All rows of the sheets, as returned by `resolution.combine_labels`.
    is_open
        Whether this run scores the test set.

    Returns
    -------
    tuple of (DataFrame, ClosedTest or None)
        The labels to train on; and the test set, None if no comment of the sheets belongs to one.

    Raises
    ------
    UnreadableFileError
        The file that counts the openings is damaged.
    StanceError
        The test set is to be opened, but has no labels.
    """
    is_test_row = rows[tables.SPLIT_COLUMN] == tables.TEST_SPLIT
    is_test = labels[tables.SPLIT_COLUMN] == tables.TEST_SPLIT
    tested = labels[is_test & labels["sampled"].isin(TEST_SAMPLING_METHODS)].reset_index(drop=True)
    if is_open and not len(tested):
        remedy = "draw one with 'stance sample --test N', and label it"
        raise StanceError("there is no closed test set with labels", remedy)
    if not is_test_row.any():
        return labels, None
    kept = drop_test_labels(labels)
    if is_open and (unknown := set(tested["target"]) - set(kept["target"])):
        cause = f"the closed test set has the target {min(unknown)!r}, which no label to train on has"
        raise StanceError(cause, "label other comments with this target, too")
    sheets = tuple(map(Path, dict.fromkeys(rows.loc[is_test_row, "path"])))
    return kept, ClosedTest(
        labels=tested,
        n_near_duplicates=len(labels) - int(is_test.sum()) - len(kept),
        n_unlabelled=len(set(rows.loc[is_test_row, "comment_id"]) - set(labels.loc[is_test, "comment_id"])),
        sheets=sheets,
        n_openings=max(len(read_openings(sheet)) for sheet in sheets) + is_open,
        is_open=is_open,
    )
