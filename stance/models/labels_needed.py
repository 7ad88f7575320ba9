"""From how many labels on settings are chosen, in the numbers that users know: those of all labels, not of a fold."""

from __future__ import annotations

from itertools import count

from stance.wording import pluralise


def count_labels_needed(n_training: int, n_folds: int) -> int:
    """Return the smallest number of labels of which every training fold has `n_training`.

    The labels are split into `n_folds` folds whose sizes differ by one at most, and each fold is held out in turn.

    >>> count_labels_needed(100, n_folds=10), count_labels_needed(10, n_folds=10)
    (112, 12)
    """
    return next(n for n in count(n_training) if n - -(-n // n_folds) >= n_training)


def describe_too_few_labels(n_testable: int, n_needed: int, n_training_only: int) -> str:
    """Return a part of a sentence that says how many labels there are, and how many are needed.

    >>> describe_too_few_labels(24, 112, 0)
    '24 labels, 112 are needed'
    >>> describe_too_few_labels(90, 112, 60)
    '90 labels, 112 are needed, not counting 60 labels of comments selected by a model'
    """
    not_counted = ""
    if n_training_only:
        not_counted = f", not counting {pluralise(n_training_only, 'label')} of comments selected by a model"
    return f"{pluralise(n_testable, 'label')}, {n_needed} are needed{not_counted}"


def describe_too_few_labels_of_stance(n_of_stance: int, stance: str, n_needed: int) -> str:
    """Return a part of a sentence that says how many labels of a stance there are, and how many are needed.

    >>> describe_too_few_labels_of_stance(4, "neutral", 12)
    '4 labels of neutral, 12 of at least two stances are needed'
    """
    return f"{pluralise(n_of_stance, 'label')} of {stance}, {n_needed} of at least two stances are needed"
