"""Print whether calibration improves if the temperature depends on the share of known words.

A model is trained on random texts of a table, with `--quick`. A factor of its logits, exp(a + b * (known - mean)), is
fitted to its out-of-fold predictions, with weak priors on a and b, and both are tried on further texts of the table.

    python benchmarks/known_calibration.py TABLE.csv --labels 150 500 --draws 6
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import minimize

import stance
from stance.evaluation.predictions import select_model_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_TESTED = 2_000
PRIOR_OF_SLOPE = 3.0  # standard deviation; that of the constant is 1


def main() -> None:
    """Train on random parts of a table, and print the log loss with and without the slope."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--labels", type=int, nargs="+", default=[150, 500])
    parser.add_argument("--draws", type=int, default=6)
    arguments = parser.parse_args()
    table = pd.read_csv(arguments.table, dtype="str", keep_default_na=False).drop_duplicates("text")
    for n_labels in arguments.labels:
        losses = np.array([measure_losses(table, n_labels, draw) for draw in range(arguments.draws)])
        without, with_slope = losses.T
        gain = with_slope - without
        error = gain.std(ddof=1) / np.sqrt(len(gain))
        print(f"{n_labels} labels: log loss {without.mean():.4f}, with the slope {gain.mean():+.4f} (se {error:.4f})")


def measure_losses(table: pd.DataFrame, n_labels: int, draw: int) -> tuple[float, float]:
    """Return the log loss of further texts without and with a slope."""
    drawn = table.sample(n_labels + N_TESTED, random_state=draw)
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "labels.csv"
        drawn[["text", "stance"]].head(n_labels).to_csv(sheet, index=False)
        run = stance.train(sheet, quick=True, no_codebook=True)
    tested = drawn.tail(N_TESTED).reset_index(drop=True)
    predictions = run.model.predict(tested["text"].to_list(), min_known=0).assign(stance=tested["stance"])
    stances = list(run.model.stances)
    rows = [frame.dropna(subset=["known", f"p_{stances[0]}"]) for frame in (select_model_rows(run.oof), predictions)]
    fit_to, test_on = (
        (
            np.log(np.clip(frame[[f"p_{name}" for name in stances]].to_numpy(np.float64), 1e-12, 1)),
            frame["known"].to_numpy(np.float64),
            np.array([stances.index(name) for name in frame["stance"]]),
        )
        for frame in rows
    )
    mean = float(fit_to[1].mean())

    def penalised_loss(parameters: NDArray[np.float64]) -> float:
        constant, slope = parameters
        penalty = (constant**2 + (slope / PRIOR_OF_SLOPE) ** 2) / 2 / len(fit_to[2])
        return compute_loss(*fit_to, mean, constant, slope) + float(penalty)

    constant, slope = minimize(penalised_loss, [0.0, 0.0], method="Nelder-Mead").x
    return compute_loss(*test_on, mean, 0, 0), compute_loss(*test_on, mean, constant, slope)


def compute_loss(
    logits: NDArray[np.float64],
    known: NDArray[np.float64],
    truth: NDArray[np.int64],
    mean: float,
    constant: float,
    slope: float,
) -> float:
    """Return the log loss of logits that are multiplied by exp(constant + slope * (known - mean))."""
    scaled = logits * np.exp(constant + slope * (known - mean))[:, None]
    scaled -= scaled.max(axis=1, keepdims=True)
    log_probabilities = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return float(-log_probabilities[np.arange(len(truth)), truth].mean())


if __name__ == "__main__":
    main()
