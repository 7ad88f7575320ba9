"""Measure how often the intervals of agreement between annotators hold, where the true agreement is known.

Stances are drawn from a synthetic population and labelled by annotators whose errors are of one of three kinds: slips
that are independent of each other; guesses on difficult items, which all annotators guess; or a habit, where one
annotator uses the most frequent stance where the others slip. The error rate is chosen so that two annotators agree as
often as required. An interval holds if it contains the coefficient of the whole population. Each line is over all kinds
of errors and all agreement rates:

- `holds`: the share of runs in which it does;
- `lowest`: that share where it is lowest, with the kind of errors and the agreement rate;
- `width`: the mean width, without the parts below -1 and above 1;
- `undefined`: the share of runs without an interval, because all labels were of one stance. Only others are counted.

Besides the intervals that `stance agree` prints, there are the asymptotic interval, by the standard error of Fleiss,
Cohen and Everitt (1969) for kappa and by the delta method for the others, and the percentile bootstrap.

    python benchmarks/agreement.py
    python benchmarks/agreement.py --populations lopsided --annotators 2 --n 10 24 --runs 1000

The first command takes about 12 minutes. With 200 runs, the error of a share of .95 is about .03, and the lowest of
some twenty shares is down to .92 by chance alone; run more to distinguish that from a failure. The intervals were
developed on "six" and "lopsided". "three" and "four" were run after that, and led to no change.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import timing
from scipy.optimize import brentq

from stance.metrics.agreement_coefficients import MISSING_LABEL, measure_agreement
from stance.metrics.intervals import Interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from stance.metrics.agreement_coefficients import Agreement, Estimate

POPULATIONS = {
    "six": (0.35, 0.25, 0.18, 0.12, 0.07, 0.03),
    "lopsided": (0.9, 0.1),
    "three": (0.6, 0.3, 0.1),
    "four": (0.8, 0.1, 0.05, 0.05),
}
SLIPS, DIFFICULT, HABIT = "slips", "difficult items", "habit"
AGREEMENT_RATES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
N_ITEMS = (10, 24, 50, 200, 1_000)
MISSING_RATE = 0.2
N_DRAWS = 1_000
NORMAL_QUANTILE = 1.959964
MIN_RUNS = 40  # fewer give no useful share

OBSERVED, KAPPA, ALPHA, OF_STANCE = "observed agreement", "kappa", "alpha", "a stance's agreement"
STANCE, ASYMPTOTIC, BOOTSTRAP = "stance", "asymptotic", "bootstrap"


@dataclass(frozen=True, eq=False)
class Population:
    """All combinations of labels that annotators may give an item, and their probabilities.

    Attributes
    ----------
    shares
        The share of each true stance.
    combinations
        The labels, of shape (n_combinations, n_annotators).
    probabilities
        Of shape (n_combinations,).
    """

    shares: tuple[float, ...]
    combinations: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def compute_coefficients(self, counts: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Return the coefficients of samples, passed as counts of shape (n_samples, n_combinations)."""
        n_stances = len(self.shares)
        labels = np.stack([(self.combinations == stance).sum(axis=1) for stance in range(n_stances)], axis=1)
        n_other_labels = np.maximum(labels.sum(axis=1) - 1, 1)
        counts_of_pairs = counts * (labels.sum(axis=1) > 1)
        n_agreed = counts_of_pairs @ (labels * (labels - 1) / n_other_labels[:, None])
        n_labels = counts_of_pairs @ labels
        total = n_labels.sum(axis=1)
        observed = n_agreed.sum(axis=1) / total
        with np.errstate(divide="ignore", invalid="ignore"):
            alpha = 1 - (1 - observed) / (1 - (n_labels**2).sum(axis=1) / total**2)
            coefficients = {OBSERVED: observed, ALPHA: alpha}
            coefficients |= {f"{OF_STANCE} {code}": share for code, share in enumerate((n_agreed / n_labels).T)}
            if self.combinations.shape[1] == 2:  # noqa: PLR2004 - kappa is defined for a pair
                first, second = (
                    counts_of_pairs @ (column[:, None] == np.arange(n_stances)) for column in self.combinations.T
                )
                chance = (first * second).sum(axis=1) / (total / 2) ** 2
                coefficients[KAPPA] = (observed - chance) / (1 - chance)
        return coefficients


def make_population(shares: Sequence[float], n_annotators: int, errors: str, agreement: float) -> Population | None:
    """Make a population with this agreement of two annotators; None if errors of this kind cannot be so frequent."""
    combinations = np.array(list(product(range(len(shares)), repeat=n_annotators)))
    pairs = [(one, two) for one in range(n_annotators) for two in range(one)]
    agreeing_share = np.mean([combinations[:, one] == combinations[:, two] for one, two in pairs], axis=0)
    min_correct = 0.3 if errors == SLIPS else 0.0

    def excess_agreement(correct: float) -> float:
        probabilities = _combination_probabilities(np.array(shares), combinations, errors, correct)
        return float(probabilities @ agreeing_share) - agreement

    if excess_agreement(min_correct) > 0:
        return None
    correct = float(brentq(excess_agreement, min_correct, 1.0))
    probabilities = _combination_probabilities(np.array(shares), combinations, errors, correct)
    if n_annotators > 2:  # noqa: PLR2004 - with more than a pair, some labels are missing
        is_missing = np.array(list(product([False, True], repeat=n_annotators)))
        missing_probabilities = np.prod(np.where(is_missing, MISSING_RATE, 1 - MISSING_RATE), axis=1)
        combinations = np.where(is_missing[:, None], MISSING_LABEL, combinations).reshape(-1, n_annotators)
        probabilities = (missing_probabilities[:, None] * probabilities).ravel()
    return Population(tuple(shares), combinations, probabilities)


def _combination_probabilities(
    shares: NDArray[np.float64], combinations: NDArray[np.int64], errors: str, correct: float
) -> NDArray[np.float64]:
    """Return the probability of each combination of labels, for annotators of this rate of correct labels."""
    if errors == DIFFICULT:
        is_unanimous = (combinations == combinations[:, :1]).all(axis=1)
        guessed: NDArray[np.float64] = (1 - correct) * shares[combinations].prod(axis=1)
        probabilities: NDArray[np.float64] = guessed + correct * is_unanimous * shares[combinations[:, 0]]
        return probabilities
    identity = np.eye(len(shares))
    slips = (1 - correct) * shares / (1 - shares[:, None]) * (1 - identity) + correct * identity
    habit = correct * identity
    habit[:, 0] += 1 - correct
    label_probabilities = [slips] * (combinations.shape[1] - 1) + [habit if errors == HABIT else slips]
    total = np.zeros(len(combinations))
    for stance, share in enumerate(shares):
        total += share * np.prod(
            [of_annotator[stance][combinations[:, index]] for index, of_annotator in enumerate(label_probabilities)],
            axis=0,
        )
    return total


def stance_intervals(agreement: Agreement) -> Iterator[tuple[str, Interval | None]]:
    """Yield the coefficients and intervals that `stance agree` prints."""
    estimates: dict[str, Estimate | None] = {
        OBSERVED: agreement.observed,
        KAPPA: agreement.kappa,
        ALPHA: agreement.alpha,
    }
    estimates |= {f"{OF_STANCE} {code}": estimate for code, estimate in enumerate(agreement.by_stance)}
    for coefficient, estimate in estimates.items():
        yield coefficient, estimate.interval if estimate else None


def textbook_intervals(
    population: Population, counts: NDArray[np.float64], rng: np.random.Generator
) -> Iterator[tuple[str, str, Interval]]:
    """Yield the coefficient, the method and the interval of a sample, for the asymptotic interval and the bootstrap."""
    sampled = np.flatnonzero(counts)
    population = replace(population, combinations=population.combinations[sampled])
    counts, n_items = counts[sampled], counts.sum()
    values = population.compute_coefficients(counts[None])
    # The derivative of each coefficient with respect to the count of each combination that occurs.
    step = 1e-5
    for coefficient, changed in population.compute_coefficients(counts + step * np.eye(len(counts))).items():
        value = values[coefficient]
        gradient = (changed - value) / step
        half_width = NORMAL_QUANTILE * np.sqrt((counts * gradient**2).sum() * n_items / max(n_items - 1, 1))
        yield coefficient, ASYMPTOTIC, Interval(float(value[0] - half_width), float(value[0] + half_width))
    resampled = rng.multinomial(int(n_items), counts / n_items, size=N_DRAWS).astype(np.float64)
    for coefficient, value in population.compute_coefficients(resampled).items():
        # A coefficient is undefined in samples of one stance.
        limits = np.nanquantile(value, [0.025, 0.975]) if np.isfinite(value).any() else [np.nan, np.nan]
        yield coefficient, BOOTSTRAP, Interval(float(limits[0]), float(limits[1]))


@dataclass
class Tally:
    """How often intervals hold, their total width, and how often they are undefined."""

    n_holding: int = 0
    n_intervals: int = 0
    total_width: float = 0.0
    n_undefined: int = 0

    def add(self, interval: Interval | None, truth: float) -> None:
        """Count one interval, or an undefined one."""
        if interval is None:
            self.n_undefined += 1
        else:
            self.n_intervals += 1
            self.n_holding += interval.low - 1e-9 <= truth <= interval.high + 1e-9
            width = min(1.0, interval.high) - max(-1.0, interval.low)
            self.total_width += width if np.isfinite(width) else 0.0


def simulate(population: Population, n_items: int, n_runs: int, tallies: dict[tuple[str, str], Tally]) -> None:
    """Draw samples and count how often their intervals hold; the agreement of all stances is counted together."""
    population_values = population.compute_coefficients(population.probabilities[None])
    truth = {coefficient: float(value[0]) for coefficient, value in population_values.items()}
    rng = np.random.default_rng([n_items, len(population.combinations), round(1000 * truth[OBSERVED])])
    for _ in range(n_runs):
        counts = rng.multinomial(n_items, population.probabilities).astype(np.float64)
        codes = np.repeat(population.combinations, counts.astype(np.int64), axis=0)
        if ((codes != MISSING_LABEL).sum(axis=1) > 1).sum() < 2:  # noqa: PLR2004 - `stance agree` needs two items
            continue
        own = dict(stance_intervals(measure_agreement(codes, len(population.shares), n_draws=N_DRAWS)))
        with np.errstate(invalid="ignore"):
            others = list(textbook_intervals(population, counts, rng))
        own_rows = [(coefficient, STANCE, interval) for coefficient, interval in own.items()]
        for coefficient, method, interval in [*own_rows, *others]:
            if coefficient in truth:
                counted = interval if own[coefficient] is not None else None
                tallies[coefficient.rstrip(" 0123456789"), method].add(counted, truth[coefficient])


def main() -> None:
    """Print one table per population, number of annotators and number of items."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--populations", nargs="+", choices=POPULATIONS, default=["six", "lopsided"])
    parser.add_argument("--annotators", nargs="+", type=int, default=[2, 3])
    parser.add_argument("--n", nargs="+", type=int, default=N_ITEMS, help="numbers of items")
    parser.add_argument("--agreements", nargs="+", type=float, default=AGREEMENT_RATES)
    parser.add_argument("--runs", type=int, default=200, help="number of samples of each population")
    options = parser.parse_args()
    timing.use_one_thread()
    for name, n_annotators, n_items in product(options.populations, options.annotators, options.n):
        tallies_of: dict[str, dict[tuple[str, str], Tally]] = {}
        for errors, agreement in product((SLIPS, DIFFICULT, HABIT), options.agreements):
            population = make_population(POPULATIONS[name], n_annotators, errors, agreement)
            if population:
                tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
                setting = f"{errors} {agreement:.0%}"
                tallies_of[setting] = tallies
                progress = f"\r{name}, {n_annotators}, {n_items:,}: {setting}    "
                print(progress, end="", file=sys.stderr, flush=True)
                simulate(population, n_items, options.runs, tallies)
        print(file=sys.stderr)
        title = f"{name}: {n_annotators} annotators, {n_items:,} items"
        print_table(f"{title}, {options.runs:,} runs of each of {len(tallies_of)} settings", tallies_of)


def print_table(title: str, tallies_of: dict[str, dict[tuple[str, str], Tally]]) -> None:
    """Print how often the intervals hold, over all settings."""
    print(f"\n{title}\n  {'':34}{'holds':>7}{'lowest':>8}{'':22}{'width':>7}{'undefined':>11}")
    keys = {key for tallies in tallies_of.values() for key in tallies}
    for key in sorted(keys, key=lambda key: (key[0], key[1] != STANCE, key[1])):
        defined = {setting: tallies[key] for setting, tallies in tallies_of.items() if tallies[key].n_intervals}
        n_intervals = sum(tally.n_intervals for tally in defined.values())
        shares = {
            setting: tally.n_holding / tally.n_intervals
            for setting, tally in defined.items()
            if tally.n_intervals >= MIN_RUNS
        }
        if not shares:
            continue
        lowest = min(shares, key=lambda setting: shares[setting])
        holds = sum(tally.n_holding for tally in defined.values()) / n_intervals
        n_undefined = sum(tallies[key].n_undefined for tallies in tallies_of.values())
        width = sum(tally.total_width for tally in defined.values()) / n_intervals
        print(
            f"  {key[0]:22}{key[1]:12}{holds:7.3f}{shares[lowest]:8.3f}  {lowest:20}{width:7.3f}"
            f"{n_undefined / (n_undefined + n_intervals):11.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
