"""Cross-validate models of the codebook's examples alone, for several strengths of the penalty.

The default `c` was chosen by this log loss: no labelled comment and no contrast text is used. Examples that share many
words, such as minimal pairs, are kept in one fold.

    python benchmarks/example_settings.py [CODEBOOK]
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from stance.labels.codebook import read_codebook
from stance.models.fitting import fit_model, prepare_training_data
from stance.models.settings import default_settings

PENALTIES = (30.0, 100.0, 300.0, 1000.0, 3000.0)
N_FOLDS = 5
SHARED_WORDS = 0.45


def group_similar(texts: list[str]) -> list[int]:
    """Return a group number per text, the same for texts that share more than 45 % of their words."""
    words = [set(re.findall(r"\w+", text.lower())) for text in texts]
    groups = list(range(len(texts)))
    for first, second in combinations(range(len(texts)), 2):
        n_shared, n_all = len(words[first] & words[second]), len(words[first] | words[second])
        if groups[first] != groups[second] and n_shared > SHARED_WORDS * n_all:
            groups = [groups[first] if group == groups[second] else group for group in groups]
    return groups


def main() -> None:
    """Print one line per penalty: accuracy and log loss over the folds."""
    codebook = read_codebook(Path(sys.argv[1] if len(sys.argv) > 1 else "labels/codebook.toml"))
    examples = codebook.examples
    texts, stances = [text for text, _ in examples], np.array([stance for _, stance in examples])
    splitter = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=0)
    folds = list(splitter.split(texts, stances, group_similar(texts)))
    print(f"{len(texts)} examples, {N_FOLDS} folds\n{'c':>6}  accuracy  log loss  (standard error)")
    for c in PENALTIES:
        is_right, losses = [], []
        for train, test in folds:
            settings = replace(default_settings(), example_c=c)
            data = prepare_training_data([], [examples[index] for index in train], codebook, settings)
            model = fit_model(data, np.zeros(0, np.int64), settings).to_model()
            probabilities = model.predict_proba([texts[index] for index in test])
            truth = [model.stances.index(stances[index]) for index in test]
            is_right.append(probabilities.argmax(axis=1) == truth)
            losses.append(-np.log(probabilities[np.arange(len(truth)), truth]))
        loss = np.concatenate(losses)
        standard_error = loss.std(ddof=1) / np.sqrt(len(loss))
        print(
            f"{c:6.0f}  {np.concatenate(is_right).mean():8.3f}  {loss.mean():8.3f}  {standard_error:8.3f}", flush=True
        )


if __name__ == "__main__":
    main()
