"""Print what labelling in the order `uncertain` gains over labelling at random, at equal numbers of labels.

Labelling is simulated on comments whose stances are known. A repetition parts them by chance into a test part and a
pool, and labels some of the pool at random. Then, batch by batch, a model learns from all labels so far (the fixed
settings of `stance train --quick`) and the next batch is chosen from the pool: at random, or by `by_uncertainty` with
this model. Both orders share the parts and the first labels. Macro F1 is that on the test part, which is random.

The interval is Student's for the mean difference over repetitions, which are paired. It covers what other parts and
first labels of the same comments would give, and not other comments: repetitions share their comments, and on another
collection the gain may be another. "random needs" is where the mean curve of random reaches the score of `uncertain`.

    python benchmarks/active.py made
    python benchmarks/active.py codebook
    python benchmarks/active.py ruw train.csv --target Ukraine
    python benchmarks/active.py ruw train.csv --target Ukraine --keep FAVOR=1 NONE=.6 AGAINST=.18
    python benchmarks/active.py semeval trainingdata-all-annotations.txt --target Atheism

"made" needs no file: comments that no one wrote (benchmarks/comments.py). "codebook" takes the project's own examples
for comments, six stances of which the rarest has a share of 3 %; a tenth of them teach as examples do, so that the
first model knows no comment at all if --start is 0. --keep makes a stance rarer. --orders sets further orders beside
these two, among them what was tried and dropped (benchmarks/orders.py).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orders
import timing
from comments import generate_labelled_comments
from joblib import Parallel, delayed
from published import READERS, settled
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
SHARES = (0.35, 0.25, 0.18, 0.12, 0.07, 0.03)
BY_SHARE = ("neutral", "anti-russia", "other", "pro-ukraine", "anti-csto", "pro-russia")
MADE = 4_000
TAUGHT = 10  # one example of so many teaches
MOST_TESTED, TESTED = 1_000, 1 / 3


@dataclass(frozen=True, eq=False)
class Comments:
    """Comments whose stances are known, one of each group of near-duplicates, and examples that teach besides."""

    texts: list[str]
    stances: list[str]
    examples: list[tuple[str, str]]

    @cached_property
    def settings(self) -> ModelSettings:
        """The settings that learn from what there is."""
        return default_settings() if self.examples else replace(default_settings(), example_mass=0.0)

    @cached_property
    def training(self) -> TrainingData:
        """All comments and examples, counted once for all models."""
        pairs = [fitting.LabelledText(text, "", stance) for text, stance in zip(self.texts, self.stances, strict=True)]
        return fitting.prepare_training_data(pairs, self.examples, codebook_from_names(self.stances), self.settings)

    @cached_property
    def features(self) -> csr_matrix:
        """TF-IDF of all comments, rows of length 1."""
        every = np.arange(len(self.texts))
        features: csr_matrix = self.training.corpus.fit(every, self.settings.features).transform(every) / np.sqrt(2)
        return features


def distinct(texts: Sequence[str], stances: Sequence[str], examples: Sequence[tuple[str, str]] = ()) -> Comments:
    """Keep the first of each group of near-duplicates, so that none is learnt from whose twin is tested."""
    _, first = np.unique(group_near_duplicates(texts), return_index=True)
    places = np.sort(first).tolist()
    return Comments([texts[place] for place in places], [stances[place] for place in places], list(examples))


def made(seed: int) -> Comments:
    """Make comments."""
    return distinct(*generate_labelled_comments(MADE, seed))


def of_codebook(path: Path, seed: int) -> Comments:
    """Take the examples of the project's codebook for comments, in uneven shares, but for those that teach."""
    rng = np.random.default_rng([1, seed])
    examples = read_codebook(path).examples
    taught, texts, stances = [], [], []
    of_stance = {name: [text for text, stance in examples if stance == name] for name in BY_SHARE}
    total = min((1 - 1 / TAUGHT) * len(of_stance[name]) / share for name, share in zip(BY_SHARE, SHARES, strict=True))
    for name, share in zip(BY_SHARE, SHARES, strict=True):
        shuffled = [of_stance[name][place] for place in rng.permutation(len(of_stance[name])).tolist()]
        teach = len(shuffled) // TAUGHT
        taught += [(text, name) for text in shuffled[:teach]]
        used = shuffled[teach : teach + int(total * share)]
        texts += used
        stances += [name] * len(used)
    return distinct(texts, stances, taught)


def of_table(table: str, paths: Sequence[Path], target: str | None, keep: Sequence[str], seed: int) -> Comments:
    """Read comments toward one target of a published table, of each stance a part if it is to be rarer."""
    frame = settled(READERS[table](paths))
    frame = frame if target is None else frame[frame["target"] == target]
    if frame["target"].nunique() != 1:
        raise SystemExit(f"name one of these by --target: {', '.join(frame['target'].unique())}")
    shares = {name: float(share) for name, _, share in (each.partition("=") for each in keep)}
    chance = np.random.default_rng([2, seed]).random(len(frame))
    frame = frame[chance < frame["stance"].map(shares).fillna(1.0).to_numpy()]
    return distinct(frame["text"].to_list(), frame["stance"].to_list())


@dataclass(frozen=True)
class Labelling:
    """How labels are given: how many at first, in a batch, and in all."""

    start: int
    batch: int
    stop: int

    @property
    def sizes(self) -> list[int]:
        """At how many labels a model is made."""
        return list(range(self.start, self.stop + 1, self.batch))


@dataclass(frozen=True)
class Curve:
    """Macro F1 after each batch, and how many words a labelled comment has: what takes longer to read costs more."""

    scores: list[float]
    words: float


def curve(of: Comments, order: str, labelling: Labelling, seed: int) -> Curve:
    """Label comments in an order."""
    stances = of.training.stance_codes
    by_chance = np.random.default_rng([3, seed]).permutation(len(stances))
    n_tested = min(MOST_TESTED, int(TESTED * len(stances)))
    tested, rest = by_chance[:n_tested], by_chance[n_tested:]
    given = rest[: labelling.start]
    scores = []
    for size in labelling.sizes:
        model = fitting.fit_model(of.training, np.sort(given), of.settings)
        scores.append(macro_f1(model, of, tested, stances))
        if size < labelling.stop:
            pool = np.setdiff1d(rest, given)
            given = np.concatenate([given, pool[chosen(order, model, of, given, pool, labelling.batch, seed)]])
    return Curve(scores, float(np.mean([len(of.texts[place].split()) for place in given[labelling.start :].tolist()])))


def chosen(
    order: str, model: Model, of: Comments, given: NDArray[np.int64], pool: NDArray[np.int64], n: int, seed: int
) -> NDArray[np.int64]:
    """Choose the next batch: places in the pool."""
    if order == RANDOM:
        return np.random.default_rng([4, seed, len(given)]).permutation(len(pool))[:n]
    texts, known = ([of.texts[place] for place in places.tolist()] for places in (pool, given))
    if order == UNCERTAIN:
        return select_uncertain(model, texts, known, None, n, seed)
    codes = {stance: number for number, stance in enumerate(model.stances)}
    counts = np.bincount([codes[of.stances[place]] for place in given.tolist()], minlength=len(codes))
    rng = np.random.default_rng([5, seed, len(given)])
    state = orders.State(model.predict_proba(texts), of.features[pool], of.features[given], counts, n, rng)
    return orders.ORDERS[order](state)


def macro_f1(model: Model, of: Comments, tested: NDArray[np.int64], stances: NDArray[np.int64]) -> float:
    """Score a model on the test part; a stance that it never answers with has an F1 of 0."""
    places = np.array([model.codebook.stance_names.index(stance) for stance in model.stances])
    answered = places[model.predict_proba([of.texts[place] for place in tested.tolist()]).argmax(axis=1)]
    score: float = f1_score(
        stances[tested], answered, labels=range(len(model.codebook.stance_names)), average="macro", zero_division=0
    )
    return score


def interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Give the ends of Student's 95 % interval for a mean."""
    n = len(differences)
    half = float(stdtrit(n - 1, 0.975) * differences.std(ddof=1) / np.sqrt(n))
    return float(differences.mean()) - half, float(differences.mean()) + half


def needed(sizes: Sequence[int], curve_of_random: NDArray[np.float64], score: float) -> str:
    """Tell at how many labels the mean curve of random reaches a score for good."""
    below = np.flatnonzero(curve_of_random < score)
    last = int(below[-1]) if len(below) else -1
    if last == len(sizes) - 1:
        return f"over {sizes[-1]:,}"
    if last < 0:
        return f"{sizes[0]:,} or fewer"
    low, high = curve_of_random[last], curve_of_random[last + 1]
    return f"{sizes[last] + (sizes[last + 1] - sizes[last]) * (score - low) / (high - low):,.0f}"


def report(labelling: Labelling, further: int, scores: dict[str, NDArray[np.float64]]) -> None:
    """Print a table an order, set beside random."""
    by_random = scores[RANDOM]
    all_sizes = replace(labelling, stop=further).sizes
    print(
        f"  {'labels':>8}{'random':>9}  {'order':14}{'macro F1':>9}{'ahead by':>10}  {'95 % interval':18}random needs"
    )
    steps = len(labelling.sizes)
    for order in scores:
        if order == RANDOM:
            continue
        ahead = scores[order][:, :steps] - by_random[:, :steps]
        for step in sorted({1, 2, 3, steps // 2, 3 * steps // 4, steps - 1} & set(range(1, steps))):
            row = 100 * np.array([by_random[:, step].mean(), scores[order][:, step].mean(), ahead[:, step].mean()])
            low, high = interval(100 * ahead[:, step])
            needs = needed(all_sizes, by_random.mean(axis=0), float(scores[order][:, step].mean()))
            print(
                f"  {labelling.sizes[step]:8,}{row[0]:9.1f}  {order:14}{row[1]:9.1f}{row[2]:+10.2f}  "
                f"[{low:+.2f}, {high:+.2f}]    {needs}"
            )
        low, high = interval(100 * ahead[:, 1:].mean(axis=1))
        mean = f"{100 * ahead[:, 1:].mean():+10.2f}  [{low:+.2f}, {high:+.2f}]"
        print(f"  {'mean':>8}{100 * by_random[:, 1:steps].mean():9.1f}  {order:14}{'':9}{mean}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["made", "codebook", *sorted(READERS)])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--target", help="the target whose labels are used")
    parser.add_argument("--keep", nargs="+", default=(), metavar="STANCE=SHARE", help="make a stance rarer")
    parser.add_argument("--orders", nargs="+", default=[UNCERTAIN], choices=[UNCERTAIN, *orders.ORDERS])
    parser.add_argument("--start", type=int, default=50, help="labels at first")
    parser.add_argument("--batch", type=int, default=50, help="labels a session")
    parser.add_argument("--stop", type=int, default=500, help="labels in the end")
    parser.add_argument("--further", type=int, help="labels up to which random goes on; twice as many as in the end")
    parser.add_argument("--seeds", type=int, default=20, help="repetitions")
    parser.add_argument("--seed", type=int, default=0, help="the first repetition, and what is made or kept")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    timing.use_one_thread()
    if asked.table == "made":
        of = made(asked.seed)
    elif asked.table == "codebook":
        of = of_codebook(Path(__file__).parent.parent / "labels" / "codebook.toml", asked.seed)
    else:
        of = of_table(asked.table, asked.files, asked.target, asked.keep, asked.seed)
    names, counts = np.unique(of.stances, return_counts=True)
    told = ", ".join(f"{name} {count}" for name, count in zip(names.tolist(), counts.tolist(), strict=True))
    name = " ".join(filter(None, [asked.table, asked.target]))
    print(f"{name}: {len(of.texts):,} comments ({told}), {asked.seeds} repetitions, macro F1 in %", flush=True)
    labelling = Labelling(asked.start, asked.batch, asked.stop)
    most = len(of.texts) - min(MOST_TESTED, int(TESTED * len(of.texts)))
    further = min(asked.further or 2 * asked.stop, most - most % asked.batch)
    scores, words = {}, {}
    for order in dict.fromkeys([RANDOM, *asked.orders]):
        to = replace(labelling, stop=max(further, asked.stop)) if order == RANDOM else labelling
        seeds = range(asked.seed, asked.seed + asked.seeds)
        curves = Parallel(n_jobs=asked.jobs)(delayed(curve)(of, order, to, seed) for seed in seeds)
        scores[order] = np.array([each.scores for each in curves])
        words[order] = np.mean([each.words for each in curves])
    report(labelling, max(further, asked.stop), scores)
    print(f"  words a comment chosen: {', '.join(f'{order} {mean:.1f}' for order, mean in words.items())}")


if __name__ == "__main__":
    main()
