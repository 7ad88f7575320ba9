"""Print how often the intervals of agreement between annotators hold, where the truth is known.

Stances are drawn from a made population and given to annotators who err in one of three ways: by slips of their own; by
guessing where an item is hard, together on the same items; or by habit, one of them giving the commonest stance where
the others slip. How often they err is set by how often two of them are to agree. An interval holds if it contains the
figure of the whole population. Each line is over all ways of erring and all agreements:

- `holds`: the share of the runs in which it does;
- `least`: that share where it is smallest, and where that is: the way of erring and the agreement;
- `width`: the mean length, what reaches below -1 or beyond 1 left out;
- `nothing`: the share of the runs in which nothing was said, since all labels were of one stance. Others count alone.

Beside what `stance agree` prints stand the asymptotic interval, by the standard error of Fleiss, Cohen and Everitt
(1969) for kappa and by the delta method for the rest, and the percentile bootstrap.

    python benchmarks/agreement.py
    python benchmarks/agreement.py --populations lopsided --annotators 2 --n 10 24 --runs 1000

The first takes about 12 minutes. With 200 runs a share of .95 is sure to about .03, and the least of some twenty shares
is as low as .92 by chance alone; more runs of its agreement tell that from a failure. The intervals were developed on
"six" and "lopsided". "three" and "four" were run once they were done, and led to no change.
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

KINDS = {
    "six": (0.35, 0.25, 0.18, 0.12, 0.07, 0.03),
    "lopsided": (0.9, 0.1),
    "three": (0.6, 0.3, 0.1),
    "four": (0.8, 0.1, 0.05, 0.05),
}
SLIPS, HARD, HABIT = "slips", "hard items", "habit"
AGREEMENTS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
ITEMS = (10, 24, 50, 200, 1_000)
MISSED = 0.2
DRAWS = 1_000
Z = 1.959964

OBSERVED, KAPPA, ALPHA, OF_STANCE = "observed agreement", "kappa", "alpha", "a stance's agreement"
OURS, ASYMPTOTIC, BOOTSTRAP = "stance", "asymptotic", "bootstrap"


@dataclass(frozen=True, eq=False)
class Population:
    """All ways in which annotators may label an item, of shape (ways, annotators), and how common each is."""

    shares: tuple[float, ...]
    ways: NDArray[np.int64]
    chances: NDArray[np.float64]

    def figures(self, counts: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Give the figures of samples, as counts of shape (samples, ways); kappa for two annotators alone."""
        labels = np.stack([(self.ways == stance).sum(axis=1) for stance in range(len(self.shares))], axis=1)
        several = np.maximum(labels.sum(axis=1) - 1, 1)
        doubled = counts * (labels.sum(axis=1) > 1)
        agreed, given = doubled @ (labels * (labels - 1) / several[:, None]), doubled @ labels
        total = given.sum(axis=1)
        observed = agreed.sum(axis=1) / total
        with np.errstate(divide="ignore", invalid="ignore"):
            alpha = 1 - (1 - observed) / (1 - (given**2).sum(axis=1) / total**2)
            found = {OBSERVED: observed, ALPHA: alpha}
            found |= {f"{OF_STANCE} {code}": share for code, share in enumerate((agreed / given).T)}
            if self.ways.shape[1] == 2:  # noqa: PLR2004 - a pair
                first, second = (doubled @ (column[:, None] == np.arange(len(self.shares))) for column in self.ways.T)
                chance = (first * second).sum(axis=1) / (total / 2) ** 2
                found[KAPPA] = (observed - chance) / (1 - chance)
        return found


def population(shares: Sequence[float], annotators: int, erring: str, agreement: float) -> Population | None:
    """Make a population in which two annotators agree so often; None if they cannot err so often that way."""
    ways = np.array(list(product(range(len(shares)), repeat=annotators)))
    same = np.mean([ways[:, one] == ways[:, two] for one in range(annotators) for two in range(one)], axis=0)
    least = 0.3 if erring == SLIPS else 0.0

    def beyond(right: float) -> float:
        return float(_chances(np.array(shares), ways, erring, right) @ same) - agreement

    if beyond(least) > 0:
        return None
    of_way = _chances(np.array(shares), ways, erring, float(brentq(beyond, least, 1.0)))
    if annotators > 2:  # noqa: PLR2004 - of more than a pair some labels are missing
        absent = np.array(list(product([False, True], repeat=annotators)))
        chance = np.prod(np.where(absent, MISSED, 1 - MISSED), axis=1)
        ways = np.where(absent[:, None], MISSING_LABEL, ways).reshape(-1, annotators)
        of_way = (chance[:, None] * of_way).ravel()
    return Population(tuple(shares), ways, of_way)


def _chances(shares: NDArray[np.float64], ways: NDArray[np.int64], erring: str, right: float) -> NDArray[np.float64]:
    if erring == HARD:
        together = (ways == ways[:, :1]).all(axis=1)
        of_hard: NDArray[np.float64] = (1 - right) * shares[ways].prod(axis=1) + right * together * shares[ways[:, 0]]
        return of_hard
    slips = (1 - right) * shares / (1 - shares[:, None]) * (1 - np.eye(len(shares))) + right * np.eye(len(shares))
    habit = right * np.eye(len(shares))
    habit[:, 0] += 1 - right
    does = [slips] * (ways.shape[1] - 1) + [habit if erring == HABIT else slips]
    found = np.zeros(len(ways))
    for true, share in enumerate(shares):
        found += share * np.prod([do[true][ways[:, place]] for place, do in enumerate(does)], axis=0)
    return found


def ours(found: Agreement) -> Iterator[tuple[str, Interval | None]]:
    """Give the intervals that `stance agree` prints."""
    figures: dict[str, Estimate | None] = {OBSERVED: found.observed, KAPPA: found.kappa, ALPHA: found.alpha}
    figures |= {f"{OF_STANCE} {code}": each for code, each in enumerate(found.by_stance)}
    for figure, estimate in figures.items():
        yield figure, estimate.interval if estimate else None


def textbook(
    of: Population, counts: NDArray[np.float64], rng: np.random.Generator
) -> Iterator[tuple[str, str, Interval]]:
    """Give the asymptotic intervals of a sample, and those of the percentile bootstrap."""
    there = np.flatnonzero(counts)
    of, counts, n = replace(of, ways=of.ways[there]), counts[there], counts.sum()
    values = of.figures(counts[None])
    # The derivative of each figure by the count of each way that occurs.
    step = 1e-5
    for figure, after in of.figures(counts + step * np.eye(len(counts))).items():
        slope = (after - values[figure]) / step
        half = Z * np.sqrt((counts * slope**2).sum() * n / max(n - 1, 1))
        yield figure, ASYMPTOTIC, Interval(float(values[figure][0] - half), float(values[figure][0] + half))
    drawn = rng.multinomial(int(n), counts / n, size=DRAWS).astype(np.float64)
    for figure, value in of.figures(drawn).items():
        # Where all that was drawn is one stance, the figure is none.
        ends = np.nanquantile(value, [0.025, 0.975]) if np.isfinite(value).any() else [np.nan, np.nan]
        yield figure, BOOTSTRAP, Interval(float(ends[0]), float(ends[1]))


@dataclass
class Tally:
    """How often intervals held, how long they were, and how often there was none."""

    held: int = 0
    given: int = 0
    length: float = 0.0
    none: int = 0

    def add(self, interval: Interval | None, truth: float) -> None:
        """Count one interval, or that there is none."""
        if interval is None:
            self.none += 1
        else:
            self.given += 1
            self.held += interval.low - 1e-9 <= truth <= interval.high + 1e-9
            length = min(1.0, interval.high) - max(-1.0, interval.low)
            self.length += length if np.isfinite(length) else 0.0


def judge(of: Population, n: int, runs: int, tallies: dict[tuple[str, str], Tally]) -> None:
    """Draw samples and count how their intervals fare; all stances' own agreements together."""
    truth = {figure: float(value[0]) for figure, value in of.figures(of.chances[None]).items()}
    rng = np.random.default_rng([n, len(of.ways), round(1000 * truth[OBSERVED])])
    for _ in range(runs):
        counts = rng.multinomial(n, of.chances).astype(np.float64)
        codes = np.repeat(of.ways, counts.astype(np.int64), axis=0)
        if ((codes != MISSING_LABEL).sum(axis=1) > 1).sum() < 2:  # noqa: PLR2004 - `stance agree` says nothing of fewer
            continue
        found = dict(ours(measure_agreement(codes, len(of.shares), n_draws=DRAWS)))
        with np.errstate(invalid="ignore"):
            others = list(textbook(of, counts, rng))
        for figure, method, interval in [*((figure, OURS, each) for figure, each in found.items()), *others]:
            if figure in truth:
                said = interval if found[figure] is not None else None
                tallies[figure.rstrip(" 0123456789"), method].add(said, truth[figure])


def main() -> None:
    """Print a table a population, number of annotators and number of items."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--populations", nargs="+", choices=KINDS, default=["six", "lopsided"])
    parser.add_argument("--annotators", nargs="+", type=int, default=[2, 3])
    parser.add_argument("--n", nargs="+", type=int, default=ITEMS, help="numbers of items")
    parser.add_argument("--agreements", nargs="+", type=float, default=AGREEMENTS)
    parser.add_argument("--runs", type=int, default=200, help="how many samples to draw of each population")
    asked = parser.parse_args()
    timing.one_thread()
    for name, annotators, n in product(asked.populations, asked.annotators, asked.n):
        places: dict[str, dict[tuple[str, str], Tally]] = {}
        for erring, agreement in product((SLIPS, HARD, HABIT), asked.agreements):
            made = population(KINDS[name], annotators, erring, agreement)
            if made:
                tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
                places[f"{erring} {agreement:.0%}"] = tallies
                print(
                    f"\r{name}, {annotators}, {n:,}: {erring} {agreement:.0%}    ", end="", file=sys.stderr, flush=True
                )
                judge(made, n, asked.runs, tallies)
        print(file=sys.stderr)
        print_table(
            f"{name}: {annotators} annotators, {n:,} items, {asked.runs:,} runs of each of {len(places)}", places
        )


def print_table(title: str, places: dict[str, dict[tuple[str, str], Tally]]) -> None:
    """Print how the intervals of all places fared."""
    print(f"\n{title}\n  {'':34}{'holds':>7}{'least':>7}{'':21}{'width':>7}{'nothing':>9}")
    for key in sorted(
        {key for tallies in places.values() for key in tallies}, key=lambda key: (key[0], key[1] != OURS)
    ):
        at = {place: tallies[key] for place, tallies in places.items() if tallies[key].given}
        given = sum(tally.given for tally in at.values())
        shares = {place: tally.held / tally.given for place, tally in at.items() if tally.given >= _FEWEST}
        if not shares:
            continue
        least = min(shares, key=lambda place: shares[place])
        held = sum(tally.held for tally in at.values()) / given
        none = sum(tallies[key].none for tallies in places.values())
        width = sum(tally.length for tally in at.values()) / given
        print(
            f"  {key[0]:22}{key[1]:12}{held:7.3f}{shares[least]:7.3f}  {least:19}{width:7.3f}"
            f"{none / (none + given):9.3f}",
            flush=True,
        )


_FEWEST = 40  # a share of fewer runs is none


if __name__ == "__main__":
    main()
