"""Print how often the interval over articles holds for comments under articles that were not labelled.

In every run other articles are drawn, and comments under them are labelled. One article at a time is left out, and the
interval of accuracy is computed from the predictions, as in `stance train`. It should contain the accuracy of the model
of all labels on comments under 200 further articles.

    python benchmarks/other_articles.py
    python benchmarks/other_articles.py --articles 5 --labels 200 --populations four

As in `benchmarks/simulation.py`, words are the only features, and the default settings are used.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
import timing
from interval_coverage import ACCURACY
from populations import make_population
from simulation import KINDS, draw_whole_population, fit_model, make_counts

from stance.metrics.score_intervals import new_groups_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_OTHER_ARTICLES, WHOLE_SIZE = 200, 20_000
OTHER_SEED = 1_000_000


def main() -> None:
    """Print a line per population, number of articles and number of labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--populations", nargs="+", choices=["articles", "four"], default=["articles", "four"])
    parser.add_argument("--articles", type=int, default=8)
    parser.add_argument("--labels", nargs="+", type=int, default=[240, 800])
    parser.add_argument("--runs", type=int, default=400)
    arguments = parser.parse_args()
    timing.use_one_thread()
    print("population  articles  labels   holds  too low   width   ratio   mean error")
    for name in arguments.populations:
        for n_labels in arguments.labels:
            errors, lows, highs = simulate(name, arguments.articles, n_labels, arguments.runs)
            holds, width = ((lows <= 0) & (highs >= 0)).mean(), (highs - lows).mean()
            ratio = width / (2 * np.quantile(np.abs(errors), 0.95))
            print(
                f"{name:10}  {arguments.articles:8}  {n_labels:6}  {holds:6.3f}  {(highs < 0).mean():7.3f}",
                f"{width:7.3f}  {ratio:6.2f}  {errors.mean():+11.4f}",
                flush=True,
            )


def simulate(
    name: str, n_articles: int, n_labels: int, n_runs: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the estimate and both limits of the interval, each minus the true accuracy, of shape (3, n_runs)."""
    kind = KINDS[name]
    others = draw_whole_population(make_population(kind, N_OTHER_ARTICLES, OTHER_SEED), WHOLE_SIZE, 0)
    rows = []
    for run in range(n_runs):
        labels = make_population(kind, n_articles, run).sample(n_labels, np.random.default_rng([5, n_labels, run]))
        counts, truth, articles = make_counts(labels.counts), labels.stances, labels.articles
        is_correct = np.zeros(n_labels)
        for article in np.unique(articles):
            is_left_out = articles == article
            model = fit_model(counts, np.flatnonzero(~is_left_out), truth)
            is_correct[is_left_out] = model.predict(counts, np.flatnonzero(is_left_out)) == truth[is_left_out]
        model = fit_model(counts, np.arange(n_labels), truth)
        accuracy = others.score_model(model, int(np.bincount(truth).argmax()))[ACCURACY]
        interval = new_groups_interval(is_correct, np.ones(n_labels), articles)
        rows.append((is_correct.mean() - accuracy, interval.low - accuracy, interval.high - accuracy))
    relative: NDArray[np.float64] = np.array(rows).T
    return relative


if __name__ == "__main__":
    main()
