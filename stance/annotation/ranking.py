"""The orders in which a model, or a disagreement, puts comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.sampling.disagreement import find_disagreements
from stance.sampling.uncertainty import select_uncertain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from stance.annotation.comment_order import CommentPool, Item
    from stance.models.model import Model

    Ranking = Callable[[CommentPool, pd.DataFrame], Sequence[tuple[str, str]]]

BATCH_SIZE = 200
"""So many comments are chosen by one model: those after them are better chosen by the next one."""


def make_uncertainty_ranking(model: Model, seed: int) -> Ranking:
    """Rank what nobody has labelled by what would teach the model most."""

    def rank(found: CommentPool, _: pd.DataFrame) -> Sequence[tuple[str, str]]:
        items: list[Item] = found.unlabelled_items
        labelled = {about.comment_id for about in found.items} - {item.key.comment_id for item in items}
        texts = [item.text for about, item in found.items.items() if about.comment_id in labelled]
        targets = [item.key.target for item in items] if len(model.targets) > 1 else None
        places = select_uncertain(model, [item.text for item in items], texts, targets, BATCH_SIZE, seed)
        return [items[place].about for place in places.tolist()]

    return rank


def make_disagreement_ranking(model: Model | None, oof: pd.DataFrame | None) -> Ranking:
    """Rank what is labelled by how far labels differ, from each other and from the model."""

    def rank(_: CommentPool, rows: pd.DataFrame) -> Sequence[tuple[str, str]]:
        return [(each.comment_id, each.target) for each in find_disagreements(rows, oof, model)]

    return rank
