"""All hyperparameters of a model and their default values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from stance.features.ngrams import FeatureSettings

DEFAULT_CLASSIFIER = "logistic"
"""Name of multinomial logistic regression in `stance.models.classifiers.registry`."""

_NUMBERS = ("word_weight", "c", "balance", "example_mass", "prior_count", "shared")


@dataclass(frozen=True)
class ModelSettings:
    """All hyperparameters of a model.

    Attributes
    ----------
    features
        Which n-grams are counted.
    word_weight
        Weight of word n-grams relative to character n-grams in the inner product of two texts.
    c
        Inverse strength of the L2 penalty, as in scikit-learn.
    balance
        Exponent of class weighting: each label is weighted by (number of labels of its stance) ** -balance, scaled to
        a mean of 1. 0 is no weighting, 1 is scikit-learn's "balanced".
    example_mass
        Total weight of the codebook's examples of one stance, in labelled comments.
    prior_count
        Pseudo-count added to the number of labels of each stance when examples are used for training.
    shared
        With several targets: weight, from 0 to 1, of the classifier trained on the labels of all targets in the
        coefficients of each target.
    classifier
        Name of the classifier in `stance.models.classifiers.registry`.
    """

    features: FeatureSettings
    word_weight: float
    c: float
    balance: float
    example_mass: float
    prior_count: float
    shared: float
    classifier: str = DEFAULT_CLASSIFIER

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON values, for model files and metrics.json.

        The default classifier is left out: files then stay readable by versions that knew no other.
        """
        values = asdict(self)
        if self.classifier == DEFAULT_CLASSIFIER:
            del values["classifier"]
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelSettings:
        """Return the settings that `to_dict` wrote.

        Raises
        ------
        ValueError
            A setting is missing, unknown or of the wrong type.
        """
        values = {"classifier": DEFAULT_CLASSIFIER, **values}
        ngrams = values.pop("features")
        word_ngrams, char_ngrams = tuple(ngrams["word_ngrams"]), tuple(ngrams["char_ngrams"])
        if not set(values) == {*_NUMBERS, "classifier"} or len(word_ngrams) != 2 or len(char_ngrams) != 2:  # noqa: PLR2004 - from n to m
            raise ValueError("a setting is missing or unknown")
        numbers = (*word_ngrams, *char_ngrams, ngrams["min_df"], *(values[name] for name in _NUMBERS))
        if not all(isinstance(number, (int, float)) for number in numbers) or not isinstance(values["classifier"], str):
            raise ValueError("a setting has the wrong type")
        return cls(features=FeatureSettings(word_ngrams, char_ngrams, ngrams["min_df"]), **values)


def default_settings() -> ModelSettings:
    """Return the settings of models with too few labels to choose better ones.

    How they were chosen: docs/explanation/decisions/hyperparameters.md.
    """
    return ModelSettings(
        features=FeatureSettings(word_ngrams=(1, 2), char_ngrams=(2, 5), min_df=1),
        word_weight=1.0,
        c=300.0,
        balance=0.0,
        example_mass=20.0,
        prior_count=3.0,
        shared=0.5,
    )
