"""The classifiers that `ModelSettings.classifier` can name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.models.classifiers.logistic_regression import LogisticRegression
from stance.models.settings import DEFAULT_CLASSIFIER

if TYPE_CHECKING:
    from stance.models.classifiers.interface import Classifier

CLASSIFIERS: dict[str, Classifier] = {
    DEFAULT_CLASSIFIER: LogisticRegression(),
}


def get_classifier(name: str) -> Classifier:
    """Return the classifier of this name.

    Raises
    ------
    ValueError
        There is none.
    """
    if name not in CLASSIFIERS:
        raise ValueError(f"unknown classifier {name!r}: use one of {', '.join(CLASSIFIERS)}")
    return CLASSIFIERS[name]
