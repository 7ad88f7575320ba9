"""Find the terms with the largest coefficients for each stance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from stance.models.model import Model

N_TOP_WORDS, N_TOP_CHARACTER_NGRAMS = 10, 5


@dataclass(frozen=True)
class TopTerms:
    """The terms with the largest weights for one stance toward one target: pairs of term and weight, largest first."""

    target: str
    stance: str
    terms: tuple[tuple[str, float], ...]


def find_top_terms(model: Model) -> tuple[TopTerms, ...]:
    """Return the ten word n-grams and five character n-grams with the largest weights for each stance.

    The weight of a term is idf times its coefficient, minus the mean over all stances: what one occurrence adds to the
    margin of the stance in a text where it is the only term of its kind. Terms without a letter are left out.
    """
    vocabulary = model.vocabulary
    names, is_word = vocabulary.display_names, np.arange(len(vocabulary.idf)) < len(vocabulary.word_terms)
    top_terms = []
    for target, coef in zip(model.targets, model.coef, strict=True):
        target_weights = (coef - coef.mean(axis=0)) * vocabulary.idf * vocabulary.has_letters
        for stance, weights in zip(model.stances, target_weights, strict=True):
            largest = [
                np.flatnonzero(is_kind)[np.argsort(-weights[is_kind], kind="stable")[:n_terms]]
                for is_kind, n_terms in ((is_word, N_TOP_WORDS), (~is_word, N_TOP_CHARACTER_NGRAMS))
            ]
            order = sorted(np.concatenate(largest).tolist(), key=lambda term: (-weights[term], term))
            terms = tuple((names[term], float(weights[term])) for term in order if weights[term] > 0)
            top_terms.append(TopTerms(target, stance, terms))
    return tuple(top_terms)
