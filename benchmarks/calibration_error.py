"""Measure on fresh comments how far the probabilities of a trained model can be believed.

For each number of labels, models are trained as by `stance train` on random labels of a table, and score 2,500 other
rows of it. Printed are means over draws: the expected calibration error (ECE) of the predicted stance in 15 bins of
equal size, the log loss minus that of the shares of the stances among the labels, and the accuracy; the first two also
without calibration.

    python benchmarks/calibration_error.py tweets.csv --n 50 150 500 --draws 20

The table has the columns `text` and `stance` (`--text-column`, `--stance-column`), in any encoding that pandas is told.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.progress import track

from stance import tables
from stance.evaluation import evaluation_task, out_of_fold
from stance.labels.codebook import codebook_from_names
from stance.metrics.calibration import log_loss
from stance.models.procedure import TrainingPlan
from stance.models.settings import default_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stance.models.model import Model

N_BINS = 15
N_FRESH = 2_500


@dataclass(frozen=True)
class FreshScores:
    """Scores of one model on fresh comments; `excess` is its log loss minus that of the shares of the stances."""

    calibration_error: float
    excess: float
    accuracy: float


def expected_calibration_error(confidence: NDArray[np.float64], is_correct: NDArray[np.bool_]) -> float:
    """Return the mean distance of accuracy from confidence, in bins of equal size by confidence.

    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML, with bins of equal width.
    """
    bins = np.array_split(np.argsort(confidence, kind="stable"), N_BINS)
    gaps = [abs(confidence[rows].mean() - is_correct[rows].mean()) * len(rows) for rows in bins]
    return float(sum(gaps) / len(confidence))


def score_fresh(
    probabilities: NDArray[np.float64], truth: NDArray[np.int64], shares: NDArray[np.float64]
) -> FreshScores:
    """Score probabilities of shape (n, n_stances); `shares` are those of the stances among the labels."""
    predicted = probabilities.argmax(axis=1)
    confidence, weights = probabilities[np.arange(len(truth)), predicted], np.ones(len(truth))
    return FreshScores(
        expected_calibration_error(confidence, predicted == truth),
        log_loss(probabilities, truth, weights) - log_loss(np.tile(shares, (len(truth), 1)), truth, weights),
        float((predicted == truth).mean()),
    )


def predict_all_stances(model: Model, texts: Sequence[str], stances: Sequence[str]) -> NDArray[np.float64]:
    """Return probabilities of all stances, of shape (n, n_stances), also of those without a label."""
    probabilities = np.zeros((len(texts), len(stances)))
    probabilities[:, [stances.index(stance) for stance in model.stances]] = model.predict_proba(texts)
    return probabilities


def run_draw(table: pd.DataFrame, n_labels: int, seed: int, *, quick: bool) -> tuple[FreshScores, FreshScores]:
    """Train on random labels, and score fresh rows with and without calibration."""
    rng = np.random.default_rng([n_labels, seed])
    rows = rng.permutation(len(table))
    chosen, fresh = table.iloc[rows[:n_labels]], table.iloc[rows[n_labels : n_labels + N_FRESH]]
    stances = sorted(table["stance"].unique())
    labels = pd.DataFrame(
        {"comment_id": [f"c{row}" for row in rows[:n_labels]], "text": chosen["text"], "stance": chosen["stance"]}
    )
    empty = [*tables.COMMENT_COLUMNS, *tables.LABEL_COLUMNS, tables.GROUP_COLUMN]
    labels = labels.assign(**{name: "" for name in empty if name not in labels}).reset_index(drop=True)
    plan = TrainingPlan(default_settings(), quick=quick, scored_stances=tuple(stances))
    task = evaluation_task.prepare_evaluation_task(labels, codebook_from_names(stances), plan, use_examples=False)
    fitted = out_of_fold.predict_out_of_fold(task, seed=0).fitted_procedure
    truth = np.array([stances.index(stance) for stance in fresh["stance"]])
    counts = np.array([(chosen["stance"] == stance).sum() + 0.5 for stance in stances])
    probabilities = predict_all_stances(fitted.model, fresh["text"].to_list(), stances)
    (calibration,), has_label = fitted.calibrations, probabilities.any(axis=0)
    with np.errstate(divide="ignore"):
        margins = np.log(probabilities[:, has_label])
    uncalibrated = np.zeros_like(probabilities)
    margins = calibration.invert(margins)
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    uncalibrated[:, has_label] = powers / powers.sum(axis=1, keepdims=True)
    shares = counts / counts.sum()
    return score_fresh(probabilities, truth, shares), score_fresh(uncalibrated, truth, shares)


def main() -> None:
    """Print the means over draws for each number of labels."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", help="CSV with texts and stances; may be compressed")
    parser.add_argument("--n", type=int, nargs="+", default=[50, 150, 500])
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--stance-column", default="stance")
    parser.add_argument("--encoding", default="utf-8")
    parser.add_argument("--quick", action="store_true", help="train with --quick")
    options = parser.parse_args()
    table = pd.read_csv(options.table, dtype="str", encoding=options.encoding, keep_default_na=False)
    table = table.rename(columns={options.text_column: "text", options.stance_column: "stance"})
    table = table[(table["text"] != "") & (table["stance"] != "")].drop_duplicates("text").reset_index(drop=True)
    print("labels   ECE (uncalibrated)   log loss minus that of shares (uncalibrated)   accuracy")
    for n_labels in options.n:
        draws = [
            run_draw(table, n_labels, seed, quick=options.quick)
            for seed in track(range(options.draws), f"{n_labels} labels", transient=True)
        ]
        after, before = (
            np.mean([[scores.calibration_error, scores.excess, scores.accuracy] for scores in part], axis=0)
            for part in zip(*draws, strict=True)
        )
        print(
            f"{n_labels:6}   {after[0]:.3f} ({before[0]:.3f})        {after[1]:+.3f} ({before[1]:+.3f})"
            f"                           {after[2]:.3f}"
        )


if __name__ == "__main__":
    main()
