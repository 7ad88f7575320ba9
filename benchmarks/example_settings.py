"""Print how well the codebook's examples tell each other's stance, for several strengths of the penalty.

This is what the default `c` was chosen by: no labelled comment and no contrast text takes part. Examples that share
many words, such as minimal pairs, stay together, so that none is answered by its own twin.

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
FOLDS = 5
SHARED_WORDS = 0.45


def groups(texts: list[str]) -> list[int]:
    """Give texts that share more than 45 % of their words the same number."""
    words = [set(re.findall(r"\w+", text.lower())) for text in texts]
    number = list(range(len(texts)))
    for one, other in combinations(range(len(texts)), 2):
        if number[one] != number[other] and len(words[one] & words[other]) > SHARED_WORDS * len(
            words[one] | words[other]
        ):
            number = [number[one] if each == number[other] else each for each in number]
    return number


def main() -> None:
    """Print one line a penalty: accuracy and log loss over the folds."""
    codebook = read_codebook(Path(sys.argv[1] if len(sys.argv) > 1 else "labels/codebook.toml"))
    examples = codebook.examples
    texts, stances = [text for text, _ in examples], np.array([stance for _, stance in examples])
    folds = list(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(texts, stances, groups(texts)))
    print(f"{len(texts)} examples, {FOLDS} folds\n{'c':>6}  accuracy  log loss  (standard error)")
    for c in PENALTIES:
        right, losses = [], []
        for train, test in folds:
            taught = [examples[index] for index in train]
            settings = replace(default_settings(), c=c)
            model = fit_model(prepare_training_data([], taught, codebook, settings), np.zeros(0, np.int64), settings)
            probabilities = model.predict_proba([texts[index] for index in test])
            truth = [model.stances.index(stances[index]) for index in test]
            right.append(probabilities.argmax(axis=1) == truth)
            losses.append(-np.log(probabilities[np.arange(len(truth)), truth]))
        loss = np.concatenate(losses)
        error = loss.std(ddof=1) / np.sqrt(len(loss))
        print(f"{c:6.0f}  {np.concatenate(right).mean():8.3f}  {loss.mean():8.3f}  {error:8.3f}", flush=True)


if __name__ == "__main__":
    main()
