"""Rank comments for labelling by a model's uncertainty, or by disagreement between labels and with the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.sampling.disagreement import find_disagreements
from stance.sampling.uncertainty import select_uncertain
from stance.tables import SPLIT_COLUMN, TEST_SPLIT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from stance.annotation.comment_order import CommentPool
    from stance.models.model import Model

    Ranking = Callable[[CommentPool, pd.DataFrame], Sequence[tuple[str, str]]]

BATCH_SIZE = 200
"""The number of comments selected with one model; for more, it is better to train again in between."""


def make_uncertainty_ranking(model: Model, seed: int) -> Ranking:
    """Return a function that ranks the unlabelled comments by how informative their labels would be for the model."""

    def rank(pool: CommentPool, rows: pd.DataFrame) -> Sequence[tuple[str, str]]:
        # The comments of a closed test set inform no model, and their labels must not depend on one.
        test_ids = set(rows.loc[rows[SPLIT_COLUMN] == TEST_SPLIT, "comment_id"])
        items = [item for item in pool.unlabelled_items if item.key.comment_id not in test_ids]
        labelled_ids = {key.comment_id for key in pool.items} - {item.key.comment_id for item in items}
        labelled_texts = [item.text for key, item in pool.items.items() if key.comment_id in labelled_ids]
        targets = [item.key.target for item in items] if len(model.targets) > 1 else None
        indices = select_uncertain(model, [item.text for item in items], labelled_texts, targets, BATCH_SIZE, seed)
        return [items[index].key for index in indices.tolist()]

    return rank


def make_disagreement_ranking(model: Model | None, oof: pd.DataFrame | None) -> Ranking:
    """Return a function that ranks the labelled comments by how far labels differ, from each other and from the model.

    Parameters
    ----------
    model
        The model to compare labels with, if there is one.
    oof
        Its out-of-fold predictions, as in `oof.csv`.
    """

    def rank(_: CommentPool, rows: pd.DataFrame) -> Sequence[tuple[str, str]]:
        return [(comment.comment_id, comment.target) for comment in find_disagreements(rows, oof, model)]

    return rank
