"""Compare settings, criteria to choose them, `--quick` and plain scikit-learn on fresh rows of published tables.

For each number of labels, models are trained as by `stance train` on random labels of a table, and score up to 3,000
other rows. The score is the mean F1 of the scored stances, averaged over targets, in percent. `default`, `quick` and
`sklearn` are printed first, with the mean difference of the default from the other two and its standard error over
draws. With `--search`, the same procedure runs with each value of C; then the rows show what it scores if C is chosen
by a criterion on the out-of-fold predictions of the same labels: the lowest log loss, the smallest C within one
standard error of it, or the highest score. `--shared` compares what targets have in common.

    python benchmarks/selection.py ruw:train.csv csv:rusentitweet.csv csv:pstance.csv --n 100 200 500 2000
"""

from __future__ import annotations

import argparse
import warnings
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from labelled_tables import LabelledTable, predict_with_sklearn, read_table
from rich.progress import track
from threadpoolctl import threadpool_limits

from stance import tables
from stance.evaluation import evaluation_task, out_of_fold
from stance.evaluation.predictions import select_model_rows
from stance.models.procedure import TrainingPlan
from stance.models.settings import ModelSettings, default_settings

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

CS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
SHARED = (0.0, 0.25, 0.5, 1.0)
MAX_TEST = 3_000


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a training run gives: the score on fresh rows, and scores of its out-of-fold predictions."""

    score: float
    oof_score: float
    oof_losses: NDArray[np.float64]


def split_table(table: LabelledTable, n_labels: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw random labels and other rows whose texts are not among them."""
    rng = np.random.default_rng([n_labels, seed])
    texts = table.labels["text"]
    order = rng.permutation(texts.nunique())[texts.factorize()[0]]
    rows = np.argsort(order, kind="stable")
    train = table.labels.iloc[np.sort(rows[:n_labels])]
    rest = table.labels.iloc[rows[n_labels:]]
    test = rest[~rest["text"].isin(train["text"])].iloc[:MAX_TEST]
    return train.reset_index(drop=True), test.reset_index(drop=True)


def run_procedure(
    table: LabelledTable, train: pd.DataFrame, test: pd.DataFrame, settings: ModelSettings, *, quick: bool
) -> Outcome:
    """Train as `stance train` does, and score fresh rows."""
    plan = TrainingPlan(settings, quick=quick, scored_stances=table.scored_stances)
    task = evaluation_task.prepare_evaluation_task(train, table.codebook, plan, use_examples=False)
    oof = out_of_fold.predict_out_of_fold(task, seed=0, jobs=1)
    model = oof.fitted_procedure.model
    targets = test["target"].to_list() if len(model.targets) > 1 else None
    predicted = model.predict(test["text"].to_list(), targets)["predicted"].to_numpy(object)
    rows = select_model_rows(oof.table)
    rows = rows[rows["repeat"] == 0].sort_values("comment_id")
    columns = rows[[tables.probability_column(name) for name in table.codebook.stance_names]].to_numpy(np.float64)
    codes = rows["stance"].map(table.codebook.stance_names.index).to_numpy(np.int64)
    losses = -np.log(np.clip(np.nan_to_num(columns[np.arange(len(rows)), codes]), 1e-6, 1))
    return Outcome(
        table.score(test, predicted),
        table.score(rows.reset_index(drop=True), rows["predicted"].to_numpy(object)),
        losses,
    )


def choose(outcomes: dict[float, Outcome]) -> dict[str, float]:
    """Return the score of the C that each criterion chooses."""
    lowest = min(outcomes, key=lambda c: float(outcomes[c].oof_losses.mean()))
    excess = {c: outcome.oof_losses - outcomes[lowest].oof_losses for c, outcome in outcomes.items()}
    within_error = min(c for c, loss in excess.items() if loss.mean() <= loss.std(ddof=1) / np.sqrt(len(loss)))
    highest = max(outcomes, key=lambda c: outcomes[c].oof_score)
    return {
        "C by log loss": outcomes[lowest].score,
        "C by one standard error": outcomes[within_error].score,
        "C by score": outcomes[highest].score,
    }


def run_draw(table: LabelledTable, n_labels: int, seed: int, options: argparse.Namespace) -> dict[str, float]:
    """Return the score of every system in one draw."""
    train, test = split_table(table, n_labels, seed)
    settings = default_settings()
    scores = {
        "default": run_procedure(table, train, test, settings, quick=False).score,
        "quick": run_procedure(table, train, test, settings, quick=True).score,
        "sklearn": table.score(test, predict_with_sklearn(train, test)),
    }
    if options.search:
        outcomes = {c: run_procedure(table, train, test, replace(settings, c=c), quick=False) for c in CS}
        scores |= {f"C = {c:g}": outcome.score for c, outcome in outcomes.items()} | choose(outcomes)
    if options.shared and len(set(train["target"])) > 1:
        for shared in SHARED:
            outcome = run_procedure(table, train, test, replace(settings, shared=shared), quick=False)
            scores[f"shared = {shared:g}"] = outcome.score
    return scores


def main() -> None:
    """Print one block per table and number of labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", help="FORMAT:PATH, see labelled_tables.py")
    parser.add_argument("--n", type=int, nargs="+", default=[100, 200, 500, 2000], help="0 for 80 %% of all labels")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--first-draw", type=int, default=0)
    parser.add_argument("--search", action="store_true")
    parser.add_argument("--shared", action="store_true")
    options = parser.parse_args()
    for name in options.tables:
        table = read_table(name)
        for n_labels in options.n:
            n = n_labels or int(0.8 * len(table.labels))
            scores = defaultdict(list)
            seeds = range(options.first_draw, options.first_draw + options.draws)
            with threadpool_limits(1), warnings.catch_warnings():
                warnings.filterwarnings("ignore", "The least populated class")
                for seed in track(seeds, f"{table.name}, {n} labels", transient=True):
                    for system, score in run_draw(table, n, seed, options).items():
                        scores[system].append(100 * score)
            print(f"{table.name}, {n} labels, {options.draws} draws")
            for system, values in scores.items():
                difference = np.array(scores["default"]) - values
                error = difference.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
                ahead = "" if system == "default" else f"   default {difference.mean():+.1f} ({error:.1f})"
                print(f"  {system:24} {np.mean(values):5.1f}{ahead}")
            print(flush=True)


if __name__ == "__main__":
    main()
