"""Simulate labelling in the order `uncertain` and at random, and compare the models at equal numbers of labels.

Labelling is simulated on comments whose stances are known. Each repetition splits them at random into a test set and a
pool, and labels some of the pool at random. Then, batch by batch, a model is fitted to all labels so far (with the
fixed settings of `stance train --quick`) and the next batch is selected from the pool: at random, or by
`select_uncertain` with this model. Both orders share the split and the first labels. The score is macro F1 on the test
set, which is random.

The interval is Student's for the mean difference over the repetitions, which are paired. It covers other splits and
first labels of the same comments, not other comments, on which the difference may be another. The column "random needs"
says at how many labels the mean curve of random reaches the score of the other order.

    python benchmarks/active.py made
    python benchmarks/active.py codebook
    python benchmarks/active.py ruw train.csv --target Ukraine
    python benchmarks/active.py ruw train.csv --target Ukraine --keep FAVOR=1 NONE=.6 AGAINST=.18
    python benchmarks/active.py semeval trainingdata-all-annotations.txt --target Atheism

"made" needs no file: synthetic comments (benchmarks/comments.py). "codebook" uses the project's own examples as
comments, six stances of which the rarest has a share of 3 %; a tenth of them are training examples, so that with
--start 0 the first model is fitted to no comment at all. --keep makes a stance rarer.
docs/explanation/decisions/uncertainty-sampling.md has the figures of the orders that were tried and dropped.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import timing
from comments import generate_labelled_comments
from joblib import Parallel, delayed
from labelled_tables import READERS, as_labels
from scipy.special import stdtrit
from sklearn.metrics import f1_score

from stance.labels.codebook import codebook_from_names, read_codebook
from stance.metrics.near_duplicates import group_near_duplicates
from stance.models import fitting
from stance.models.settings import default_settings
from stance.sampling.uncertainty import select_uncertain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from stance.models.fitting import TrainingData
    from stance.models.model import Model
    from stance.models.settings import ModelSettings

RANDOM, UNCERTAIN = "random", "uncertain"
STANCE_SHARES = {
    "neutral": 0.35,
    "anti-russia": 0.25,
    "other": 0.18,
    "pro-ukraine": 0.12,
    "anti-csto": 0.07,
    "pro-russia": 0.03,
}
"""The shares of stances among the comments that are made from the codebook."""

N_SYNTHETIC = 4_000
TEXTS_PER_EXAMPLE = 10
"""One in so many texts of the codebook is a training example, the others are comments."""

MAX_TEST_SIZE, TEST_FRACTION = 1_000, 1 / 3


@dataclass(frozen=True, eq=False)
class SimulatedComments:
    """Comments whose stances are known, without near-duplicates, and training examples that are not among them."""

    texts: list[str]
    stances: list[str]
    examples: list[tuple[str, str]]

    @cached_property
    def settings(self) -> ModelSettings:
        """The settings for fitting."""
        return default_settings() if self.examples else replace(default_settings(), example_mass=0.0)

    @cached_property
    def training(self) -> TrainingData:
        """All comments and examples, counted once for all models."""
        labels = [fitting.LabelledText(text, "", stance) for text, stance in zip(self.texts, self.stances, strict=True)]
        return fitting.prepare_training_data(labels, self.examples, codebook_from_names(self.stances), self.settings)

    @cached_property
    def features(self) -> csr_matrix:
        """TF-IDF of all comments, rows of length 1."""
        indices = np.arange(len(self.texts))
        ngrams = self.training.corpus.fit(indices, self.settings.features)
        features: csr_matrix = ngrams.transform(indices) / np.sqrt(2)
        return features


def drop_near_duplicates(
    texts: Sequence[str], stances: Sequence[str], examples: Sequence[tuple[str, str]] = ()
) -> SimulatedComments:
    """Keep the first of each group of near-duplicates, so that none is both in training and in the test set."""
    _, first = np.unique(group_near_duplicates(texts), return_index=True)
    indices = np.sort(first).tolist()
    return SimulatedComments([texts[index] for index in indices], [stances[index] for index in indices], list(examples))


def make_synthetic_comments(seed: int) -> SimulatedComments:
    """Return synthetic comments."""
    return drop_near_duplicates(*generate_labelled_comments(N_SYNTHETIC, seed))


def make_codebook_comments(path: Path, seed: int) -> SimulatedComments:
    """Return example texts of a codebook as comments, with uneven shares of stances; some remain training examples."""
    rng = np.random.default_rng([1, seed])
    codebook_examples = read_codebook(path).examples
    examples, texts, stances = [], [], []
    texts_of_stance = {name: [text for text, stance in codebook_examples if stance == name] for name in STANCE_SHARES}
    n_comments = min(
        (1 - 1 / TEXTS_PER_EXAMPLE) * len(texts_of_stance[name]) / share for name, share in STANCE_SHARES.items()
    )
    for name, share in STANCE_SHARES.items():
        own_texts = texts_of_stance[name]
        shuffled = [own_texts[index] for index in rng.permutation(len(own_texts)).tolist()]
        n_examples = len(shuffled) // TEXTS_PER_EXAMPLE
        examples += [(text, name) for text in shuffled[:n_examples]]
        comments = shuffled[n_examples : n_examples + int(n_comments * share)]
        texts += comments
        stances += [name] * len(comments)
    return drop_near_duplicates(texts, stances, examples)


def read_table_comments(
    table: str, paths: Sequence[Path], target: str | None, keep: Sequence[str], seed: int
) -> SimulatedComments:
    """Read the comments of a published table with one target; `keep` holds fractions of stances, "STANCE=FRACTION"."""
    frame = as_labels(READERS[table](paths))
    frame = frame if target is None else frame[frame["target"] == target]
    if frame["target"].nunique() != 1:
        raise SystemExit(f"choose one of these with --target: {', '.join(frame['target'].unique())}")
    fractions = {name: float(fraction) for name, _, fraction in (part.partition("=") for part in keep)}
    random_numbers = np.random.default_rng([2, seed]).random(len(frame))
    frame = frame[random_numbers < frame["stance"].map(fractions).fillna(1.0).to_numpy()]
    return drop_near_duplicates(frame["text"].to_list(), frame["stance"].to_list())


@dataclass(frozen=True)
class LabellingPlan:
    """The number of labels at the start, in a batch, and at the end."""

    start: int
    batch: int
    stop: int

    @property
    def sizes(self) -> list[int]:
        """The numbers of labels at which a model is fitted."""
        return list(range(self.start, self.stop + 1, self.batch))


@dataclass(frozen=True)
class SimulatedCurve:
    """Macro F1 after each batch, and the mean number of words of the selected comments: longer ones cost more."""

    scores: list[float]
    words: float


def simulate_curve(comments: SimulatedComments, order: str, plan: LabellingPlan, seed: int) -> SimulatedCurve:
    """Label comments in an order, and score the model after each batch."""
    stance_codes = comments.training.stance_codes
    shuffled = np.random.default_rng([3, seed]).permutation(len(stance_codes))
    n_test = min(MAX_TEST_SIZE, int(TEST_FRACTION * len(stance_codes)))
    test, rest = shuffled[:n_test], shuffled[n_test:]
    labelled_indices = rest[: plan.start]
    scores = []
    for size in plan.sizes:
        model = fitting.fit_model(comments.training, np.sort(labelled_indices), comments.settings).to_model()
        scores.append(score_macro_f1(model, comments, test, stance_codes))
        if size < plan.stop:
            pool = np.setdiff1d(rest, labelled_indices)
            batch = select_batch(order, model, comments, labelled_indices, pool, plan.batch, seed)
            labelled_indices = np.concatenate([labelled_indices, pool[batch]])
    selected = labelled_indices[plan.start :].tolist()
    return SimulatedCurve(scores, float(np.mean([len(comments.texts[index].split()) for index in selected])))


def select_batch(
    order: str,
    model: Model,
    comments: SimulatedComments,
    labelled_indices: NDArray[np.int64],
    pool: NDArray[np.int64],
    n: int,
    seed: int,
) -> NDArray[np.int64]:
    """Return the next batch as indices into the pool."""
    if order == RANDOM:
        return np.random.default_rng([4, seed, len(labelled_indices)]).permutation(len(pool))[:n]
    texts, labelled_texts = ([comments.texts[index] for index in part.tolist()] for part in (pool, labelled_indices))
    return select_uncertain(model, texts, labelled_texts, None, n, seed)


def score_macro_f1(
    model: Model, comments: SimulatedComments, test: NDArray[np.int64], stance_codes: NDArray[np.int64]
) -> float:
    """Return macro F1 on the test set; a stance that is never predicted has an F1 of 0."""
    codes = np.array([model.codebook.stance_names.index(stance) for stance in model.stances])
    predicted = codes[model.predict_proba([comments.texts[index] for index in test.tolist()]).argmax(axis=1)]
    all_codes = range(len(model.codebook.stance_names))
    score: float = f1_score(stance_codes[test], predicted, labels=all_codes, average="macro", zero_division=0)
    return score


def student_interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of Student's 95 % interval for a mean."""
    n = len(differences)
    half_length = float(stdtrit(n - 1, 0.975) * differences.std(ddof=1) / np.sqrt(n))
    return float(differences.mean()) - half_length, float(differences.mean()) + half_length


def format_labels_needed(sizes: Sequence[int], random_curve: NDArray[np.float64], score: float) -> str:
    """Return the number of labels from which the mean curve of random stays at or above a score."""
    below = np.flatnonzero(random_curve < score)
    last = int(below[-1]) if len(below) else -1
    if last == len(sizes) - 1:
        return f"over {sizes[-1]:,}"
    if last < 0:
        return f"{sizes[0]:,} or fewer"
    low, high = random_curve[last], random_curve[last + 1]
    return f"{sizes[last] + (sizes[last + 1] - sizes[last]) * (score - low) / (high - low):,.0f}"


def print_comparison(plan: LabellingPlan, n_random: int, scores: dict[str, NDArray[np.float64]]) -> None:
    """Print one table per order with its scores beside those of random, which goes on to `n_random` labels."""
    random_scores = scores[RANDOM]
    random_sizes = replace(plan, stop=n_random).sizes
    print(
        f"  {'labels':>8}{'random':>9}  {'order':14}{'macro F1':>9}{'ahead by':>10}  {'95 % interval':18}random needs"
    )
    n_steps = len(plan.sizes)
    for order in scores:
        if order == RANDOM:
            continue
        difference = scores[order][:, :n_steps] - random_scores[:, :n_steps]
        for step in sorted({1, 2, 3, n_steps // 2, 3 * n_steps // 4, n_steps - 1} & set(range(1, n_steps))):
            means = random_scores[:, step].mean(), scores[order][:, step].mean(), difference[:, step].mean()
            random_mean, order_mean, mean_difference = 100 * np.array(means)
            low, high = student_interval(100 * difference[:, step])
            needed = format_labels_needed(random_sizes, random_scores.mean(axis=0), float(means[1]))
            print(
                f"  {plan.sizes[step]:8,}{random_mean:9.1f}  {order:14}{order_mean:9.1f}{mean_difference:+10.2f}  "
                f"[{low:+.2f}, {high:+.2f}]    {needed}"
            )
        low, high = student_interval(100 * difference[:, 1:].mean(axis=1))
        mean = f"{100 * difference[:, 1:].mean():+10.2f}  [{low:+.2f}, {high:+.2f}]"
        print(f"  {'mean':>8}{100 * random_scores[:, 1:n_steps].mean():9.1f}  {order:14}{'':9}{mean}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["made", "codebook", *sorted(READERS)])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--target", help="the target whose labels are used")
    parser.add_argument("--keep", nargs="+", default=(), metavar="STANCE=FRACTION", help="make a stance rarer")
    parser.add_argument("--start", type=int, default=50, help="labels at the start")
    parser.add_argument("--batch", type=int, default=50, help="labels per batch")
    parser.add_argument("--stop", type=int, default=500, help="labels at the end")
    parser.add_argument("--further", type=int, help="labels at the end of random [default: twice --stop]")
    parser.add_argument("--seeds", type=int, default=20, help="number of repetitions")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first repetition, and of the comments")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    timing.use_one_thread()
    if options.table == "made":
        comments = make_synthetic_comments(options.seed)
    elif options.table == "codebook":
        comments = make_codebook_comments(Path(__file__).parent.parent / "labels" / "codebook.toml", options.seed)
    else:
        comments = read_table_comments(options.table, options.files, options.target, options.keep, options.seed)
    names, counts = np.unique(comments.stances, return_counts=True)
    stance_counts = ", ".join(f"{name} {count}" for name, count in zip(names.tolist(), counts.tolist(), strict=True))
    title = " ".join(filter(None, [options.table, options.target]))
    print(
        f"{title}: {len(comments.texts):,} comments ({stance_counts}), {options.seeds} repetitions, macro F1 in %",
        flush=True,
    )
    plan = LabellingPlan(options.start, options.batch, options.stop)
    pool_size = len(comments.texts) - min(MAX_TEST_SIZE, int(TEST_FRACTION * len(comments.texts)))
    n_random = min(options.further or 2 * options.stop, pool_size - pool_size % options.batch)
    n_random = max(n_random, options.stop)
    scores, words = {}, {}
    for order in (RANDOM, UNCERTAIN):
        order_plan = replace(plan, stop=n_random) if order == RANDOM else plan
        seeds = range(options.seed, options.seed + options.seeds)
        curves = Parallel(n_jobs=options.jobs)(
            delayed(simulate_curve)(comments, order, order_plan, seed) for seed in seeds
        )
        scores[order] = np.array([curve.scores for curve in curves])
        words[order] = np.mean([curve.words for curve in curves])
    print_comparison(plan, n_random, scores)
    print(f"  words per selected comment: {', '.join(f'{order} {mean:.1f}' for order, mean in words.items())}")


if __name__ == "__main__":
    main()
