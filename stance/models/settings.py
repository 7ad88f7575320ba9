"""Every hyperparameter of a model, and its default, in one function."""

from __future__ import annotations

from dataclasses import dataclass

from stance.features.ngrams import FeatureSettings


@dataclass(frozen=True)
class ModelSettings:
    """Every hyperparameter of a model.

    Attributes
    ----------
    features
        Which n-grams are counted.
    word_weight
        How much word n-grams count against character n-grams, in the inner product of two texts.
    c
        The inverse penalty as in scikit-learn.
    balance
        How far rare stances are made to weigh as much as common ones: each label by the number of labels of its stance
        to the power of minus this, on average 1; 1 is scikit-learn's "balanced".
    example_mass
        How many labelled comments the codebook's examples of a stance weigh together.
    prior_count
        Added to the number of labels of each stance before their shares become the prior, where examples train.
    shared
        Where there are several targets, the part that a classifier of the labels toward all of them has in the weights
        toward each.
    """

    features: FeatureSettings
    word_weight: float
    c: float
    balance: float
    example_mass: float
    prior_count: float
    shared: float


def default_settings() -> ModelSettings:
    """Give the settings that hold unless enough labels are there to choose better ones.

    `c` is the strongest penalty within one standard error (.02) of the lowest log loss on the codebook's examples,
    under cross-validation that keeps similar examples together; no labelled comment takes part
    (benchmarks/example_settings.py: .99, .85, .80, .80, .82 at c = 30, 100, 300, 1000, 3000). `example_mass`
    and `prior_count` are set by judgement, after a look at the project's 24 comments had shown that they matter little
    there (masses of 5 to 20 and counts of 1 to 5 got 17 to 19 of 24 right under an article left out). The first lets
    the examples of a stance speak about as loudly as the labels of a small study. `shared` is half and
    half, the plainest mixture. `prior_count` is three and not Laplace's one because comments
    come by the article: n of them say less about the next article than n independent ones would.
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
