"""A model -> the terms that speak most for each stance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from stance.models.model import Model

N_TOP_WORDS, N_TOP_CHARACTER_NGRAMS = 10, 5


@dataclass(frozen=True)
class TopTerms:
    """What speaks most for one stance toward one target: terms, each with its weight, the strongest first."""

    target: str
    stance: str
    terms: tuple[tuple[str, float], ...]


def find_top_terms(model: Model) -> tuple[TopTerms, ...]:
    """List the ten words and word pairs, and the five pieces of words, that speak most for each stance.

    The weight of a term is what one occurrence adds to the margin of its stance over the mean of all stances, in a text
    of which it is the only term of its kind: idf times coefficient. Terms without a letter are left out.
    """
    vocabulary = model.vocabulary
    labels, is_word = vocabulary.display_names, np.arange(len(vocabulary.idf)) < len(vocabulary.word_terms)
    found = []
    for target, coef in zip(model.targets, model.coef, strict=True):
        weights = (coef - coef.mean(axis=0)) * vocabulary.idf * vocabulary.has_letters
        for stance, weight in zip(model.stances, weights, strict=True):
            chosen = [
                np.flatnonzero(kind)[np.argsort(-weight[kind], kind="stable")[:most]]
                for kind, most in ((is_word, N_TOP_WORDS), (~is_word, N_TOP_CHARACTER_NGRAMS))
            ]
            order = sorted(np.concatenate(chosen).tolist(), key=lambda term: (-weight[term], term))
            told = tuple((labels[term], float(weight[term])) for term in order if weight[term] > 0)
            found.append(TopTerms(target, stance, told))
    return tuple(found)
