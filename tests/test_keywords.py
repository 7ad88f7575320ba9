from __future__ import annotations

import pytest

from stance.labels.codebook import Codebook, Stance
from stance.labels.keyword_rule import predict_by_keywords

CODEBOOK = Codebook((
    Stance("for", keywords=("good", "well done", "didn't fail")),
    Stance("against", keywords=("bad", "Плохо")),
))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("A GOOD thing", "for"),
        ("Well... done!", "for"),
        ("It didn’t fail", "for"),
        ("goodness, badly", None),
        ("good good bad плохо", "against"),
        ("good and bad", "for"),
        ("", None),
    ],
)
def test_predicts_the_stance_with_most_keywords(text: str, stance: str | None) -> None:
    assert predict_by_keywords(text, CODEBOOK) == stance
