"""All hyperparameters of a model and their default values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from stance.features.ngrams import FeatureSettings

DEFAULT_CLASSIFIER = "logistic"
"""Name of multinomial logistic regression in `stance.models.classifiers.registry`."""

_NUMBERS = ("c", "example_c", "example_mass", "prior_count", "shared")
_DEFAULTS_OF_OLD_FILES = {"example_c": 300.0, "classifier": DEFAULT_CLASSIFIER}
_SETTINGS_OF_OLD_FILES = ("word_weight", "balance")


@dataclass(frozen=True)
class ModelSettings:
    """All hyperparameters of a model.

    Attributes
    ----------
    features
        Which n-grams are counted.
    c
        Inverse strength of the L2 penalty on what the labels add to the coefficients, as in scikit-learn.
    example_c
        The same for the classifier of the codebook's examples.
    example_mass
        Total weight of the codebook's examples of one stance, in labelled comments.
    prior_count
        The number of content-free texts of each stance that are added to the labels where there are examples.
    shared
        With several targets: how much they have in common, from 0 to 1; see `FitProblem`.
    classifier
        Name of the classifier in `stance.models.classifiers.registry`.
    """

    features: FeatureSettings
    c: float
    example_c: float
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
        """Return the settings that `to_dict` wrote; those that only earlier versions had are ignored.

        Raises
        ------
        ValueError
            A setting is missing, unknown or of the wrong type.
        """
        values = {**_DEFAULTS_OF_OLD_FILES, **values}
        for name in _SETTINGS_OF_OLD_FILES:
            values.pop(name, None)
        ngrams = values.pop("features")
        word_ngrams, char_ngrams = tuple(ngrams["word_ngrams"]), tuple(ngrams["char_ngrams"])
        if not set(values) == {*_NUMBERS, "classifier"} or len(word_ngrams) != 2 or len(char_ngrams) != 2:  # noqa: PLR2004 - from n to m
            raise ValueError("a setting is missing or unknown")
        numbers = (*word_ngrams, *char_ngrams, ngrams["min_df"], *(values[name] for name in _NUMBERS))
        if not all(isinstance(number, (int, float)) for number in numbers) or not isinstance(values["classifier"], str):
            raise ValueError("a setting has the wrong type")
        return cls(features=FeatureSettings(word_ngrams, char_ngrams, ngrams["min_df"]), **values)


def default_settings() -> ModelSettings:
    """Return the settings of all models.

    How they were chosen, and why no search chooses others: docs/explanation/decisions/hyperparameters.md.
    """
    return ModelSettings(
        features=FeatureSettings(word_ngrams=(1, 3), char_ngrams=(2, 5), min_df=1),
        c=10.0,
        example_c=300.0,
        example_mass=20.0,
        prior_count=3.0,
        shared=0.25,
    )
