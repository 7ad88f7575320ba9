"""The orders in which a model, or a disagreement, puts comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.sampling.disagreement import find_disagreements
from stance.sampling.uncertainty import select_uncertain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from stance.annotation.comment_order import Item, Pool
    from stance.models.model import Model

    Ranking = Callable[[Pool, pd.DataFrame], Sequence[tuple[str, str]]]

AT_ONCE = 200
"""So many comments are chosen by one model: those after them are better chosen by the next one."""


def uncertain(model: Model, seed: int) -> Ranking:
    """Rank what nobody has labelled by what would teach the model most."""

    def rank(found: Pool, _: pd.DataFrame) -> Sequence[tuple[str, str]]:
        items: list[Item] = found.unlabelled
        labelled = {about.comment_id for about in found.comments} - {item.about.comment_id for item in items}
        texts = [item.text for about, item in found.comments.items() if about.comment_id in labelled]
        targets = [item.about.target for item in items] if len(model.targets) > 1 else None
        places = select_uncertain(model, [item.text for item in items], texts, targets, AT_ONCE, seed)
        return [items[place].about for place in places.tolist()]

    return rank


def disagree(model: Model | None, oof: pd.DataFrame | None) -> Ranking:
    """Rank what is labelled by how far labels differ, from each other and from the model."""

    def rank(_: Pool, rows: pd.DataFrame) -> Sequence[tuple[str, str]]:
        return [(each.comment_id, each.target) for each in find_disagreements(rows, oof, model)]

    return rank
