"""Measure the weight that models give to the codebook's examples, beside fixed weights, on tweets on another topic.

The tweets of RUW toward Ukraine are mapped to stances of the codebook: in favour to pro-ukraine, against to pro-russia,
neither to neutral. Models are fitted to random ones and score 1,500 others: log loss (before calibration) and accuracy,
means over draws. The weight for the project's own comments is printed first.

    python benchmarks/example_weight.py train.csv --n 24 50 200 500 2000
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
from labelled_tables import read_ruw
from rich.progress import track

from stance.labels.codebook import read_codebook
from stance.labels.resolution import combine_labels, resolve_labels
from stance.labels.sheets.sheet_file import read_sheet
from stance.models import example_prior, fitting
from stance.models.fitting import LabelledText, TrainingData
from stance.models.settings import default_settings

if TYPE_CHECKING:
    from stance.labels.codebook import Codebook

STANCES = {"FAVOR": "pro-ukraine", "AGAINST": "pro-russia", "NONE": "neutral"}
FIXED_WEIGHTS = (0.0, 0.25, 0.5, 1.0)
N_FRESH = 1_500


def prepare_tweets(path: Path, codebook: Codebook) -> TrainingData:
    """Count the n-grams of all tweets and examples."""
    tweets = read_ruw([path])
    tweets = tweets[tweets["target"] == "Ukraine"].drop_duplicates("text")
    stances = tweets["stance"].str.upper().map(STANCES)
    labels = [LabelledText(text, "", stance) for text, stance in zip(tweets["text"], stances, strict=True)]
    return fitting.prepare_training_data(labels, codebook.examples, codebook, default_settings())


def run_draw(data: TrainingData, n_labels: int, seed: int) -> list[tuple[float, float, float]]:
    """Return weight, log loss and accuracy with each fixed weight and with the fitted one."""
    rows = np.random.default_rng([n_labels, seed]).permutation(len(data.stance_codes))
    train, fresh = np.sort(rows[:n_labels]), rows[n_labels : n_labels + N_FRESH]
    scores = []
    for weight in (*FIXED_WEIGHTS, None):
        fixed = mock.Mock(return_value=weight) if weight is not None else example_prior.fit_example_weight
        with mock.patch.object(example_prior, "fit_example_weight", fixed):
            model = fitting.fit_model(data, train, default_settings())
        probabilities = model.predict(data.text_indices[fresh], data.target_codes[fresh]).probabilities
        names = [data.codebook.stance_names[code] for code in data.stance_codes[fresh]]
        truth = np.array([model.stances.index(name) for name in names])
        losses = -np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-6))
        accuracy = float((probabilities.argmax(axis=1) == truth).mean())
        scores.append((model.example_weight or 0.0, float(losses.mean()), accuracy))
    return scores


def main() -> None:
    """Print one line per number of labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ruw", type=Path, help="train.csv of RUW")
    parser.add_argument("--n", type=int, nargs="+", default=[24, 50, 200, 500, 2000])
    parser.add_argument("--draws", type=int, default=10)
    options = parser.parse_args()
    codebook = read_codebook(Path("labels/codebook.toml"))
    labels = resolve_labels(combine_labels([read_sheet(Path("labels/csto.csv"))], codebook)[0])
    labelled = [LabelledText(*row) for row in labels[["text", "target", "stance"]].itertuples(index=False)]
    own = fitting.prepare_training_data(labelled, codebook.examples, codebook, default_settings())
    weight = fitting.fit_model(own, np.arange(len(labelled)), default_settings()).example_weight
    print(f"the project's {len(labelled)} comments: weight {weight:.2f}")
    data = prepare_tweets(options.ruw, codebook)
    print("labels   fitted weight   log loss (accuracy) with weight", *FIXED_WEIGHTS, "fitted", sep="   ")
    for n_labels in options.n:
        draws = [run_draw(data, n_labels, seed) for seed in track(range(options.draws), transient=True)]
        means = np.mean(draws, axis=0)
        cells = [f"{loss:.3f} ({accuracy:.3f})" for _, loss, accuracy in means]
        print(f"{n_labels:6}   {means[-1, 0]:.2f}            ", *cells, sep="   ", flush=True)


if __name__ == "__main__":
    main()
