"""What is evaluated: labels, codebook, training plan, and the texts of the codebook, of which none is in two roles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from stance.evaluation import systems
from stance.evaluation.label_groups import group_repeated_texts

if TYPE_CHECKING:
    import pandas as pd

    from stance.evaluation.closed_test import ClosedTest
    from stance.labels.codebook import Codebook
    from stance.models.procedure import TrainingPlan


@dataclass(frozen=True, eq=False)
class EvaluationTask:
    """What is evaluated: labels, codebook, training plan, and the texts of the codebook.

    No text, nor one that repeats it, is in two of labels, examples and contrast set, and no label or example is in
    the closed test set, if there is one; `prepare_evaluation_task` ensures this for examples and contrast set.
    """

    labels: pd.DataFrame
    codebook: Codebook
    plan: TrainingPlan
    examples: tuple[tuple[str, str], ...]
    contrast_set: tuple[tuple[str, str], ...]
    closed_test: ClosedTest | None = None

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that are compared."""
        return systems.select_systems(self.codebook, with_examples=bool(self.examples))

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets of the labels, in alphabetical order."""
        return tuple(sorted(set(self.labels["target"])))


def prepare_evaluation_task(
    labels: pd.DataFrame,
    codebook: Codebook,
    plan: TrainingPlan,
    *,
    use_examples: bool,
    closed_test: ClosedTest | None = None,
) -> EvaluationTask:
    """Set up an evaluation in which no tested text, and none that repeats one, is trained on.

    An example that nearly is, contains or quotes a labelled text or one of the closed test set, or is contained in one,
    is not trained on; a contrast text that repeats a labelled text or an example in this way is not tested.
    """
    examples = codebook.examples if use_examples else []
    parts = [
        labels["text"].to_list(),
        [text for text, _ in examples],
        [text for text, _ in codebook.contrast],
        closed_test.labels["text"].to_list() if closed_test else [],
    ]
    groups = group_repeated_texts([text for part in parts for text in part])
    boundaries = np.cumsum([len(part) for part in parts])[:-1]
    label_groups, example_groups, contrast_groups, test_groups = np.split(groups, boundaries)
    is_example_kept = ~np.isin(example_groups, np.concatenate([label_groups, test_groups]))
    training_groups = np.concatenate([label_groups, example_groups[is_example_kept]])
    contrast = compress(codebook.contrast, ~np.isin(contrast_groups, training_groups))
    kept_examples = tuple(compress(examples, is_example_kept))
    return EvaluationTask(labels, codebook, plan, kept_examples, tuple(dict(contrast).items()), closed_test)
