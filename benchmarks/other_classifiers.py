"""Train fastText and Vowpal Wabbit, and score with them in the fastest way that each package offers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from comments import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

try:
    import fasttext
except ImportError:
    fasttext = None
try:
    import vowpalwabbit
except ImportError:
    vowpalwabbit = None

INSTALL = "is not installed, so its rows are left out: pip install -c constraints.txt -e '.[benchmarks]'"


def train_fasttext(
    texts: Sequence[str], stances: Sequence[str], folder: Path
) -> Callable[[Sequence[str]], object] | None:
    """Train fastText's classifier on word pairs and character 2-5-grams, and return a function that scores texts.

    `predict` of a list is the package's way to score a batch; one call per text is as slow or slower. All other
    settings are fastText's defaults, such as two million buckets and five epochs.
    """
    if fasttext is None:
        print(f"fasttext-numpy2-wheel {INSTALL}")
        return None
    training_file = folder / "fasttext.txt"
    training_file.write_text(
        "".join(f"__label__{stance} {text}\n" for text, stance in zip(texts, stances, strict=True)), encoding="utf-8"
    )
    model = fasttext.train_supervised(str(training_file), dim=10, wordNgrams=2, minn=2, maxn=5, thread=1, verbose=0)
    return lambda new_texts: model.predict(new_texts, k=-1)


class VowpalWabbit:
    """A model of Vowpal Wabbit, and files of texts that it scores.

    It reads and scores a file, and writes the probabilities to another, without Python. Word pairs are made by Vowpal
    Wabbit itself (`--ngram w2`). It has no character n-grams inside words; there are two ways to imitate them:

    - each character is written as a feature, and `--ngram c5` makes the sequences of 1 to 5 characters, as its authors
      suggest in issue 1253 of its repository;
    - Python writes the 5-grams inside words, and no others, as features.

    Writing these files, including lower-casing, takes 10 to 30 µs per comment and is not counted, in favour of Vowpal
    Wabbit. Nor is the time to load the model, which is measured separately by `load_model`.

    Parameters
    ----------
    texts, stances
        The training data.
    slices
        The texts of each round.
    folder
        Where to write the model and the files; it must not exist.
    as_characters
        Whether characters are written as features, instead of 5-grams.
    """

    def __init__(
        self,
        texts: Sequence[str],
        stances: Sequence[str],
        slices: Sequence[Sequence[str]],
        folder: Path,
        *,
        as_characters: bool,
    ) -> None:
        self._format_line = _format_characters if as_characters else _format_five_grams
        self._folder = folder
        folder.mkdir()
        codes = [f"{STANCES.index(stance) + 1} " for stance in stances]
        self._write("train", texts, codes)
        self._write("empty", [])
        for number, slice_texts in enumerate(slices):
            self._write(f"slice{number}", slice_texts)
        options = f"--oaa {len(STANCES)} --probabilities --loss_function logistic -b 22 --quiet"
        ngram_options = "--ngram w2 --ngram c5" if as_characters else "--ngram w2"
        _run(f"{options} {ngram_options} -d {folder / 'train'} -f {folder / 'model'}")

    def score_slice(self, number: int) -> None:
        """Load the model, read a slice, and write its probabilities."""
        self._score(f"slice{number}")

    def load_model(self, _number: int) -> None:
        """Do the same with an empty file."""
        self._score("empty")

    def _score(self, name: str) -> None:
        files = f"-i {self._folder / 'model'} -d {self._folder / name} -p {self._folder / 'scores'}"
        _run(f"-t --probabilities --quiet {files}")

    def _write(self, name: str, texts: Sequence[str], codes: Sequence[str] | None = None) -> None:
        lines = zip(codes or [""] * len(texts), texts, strict=True)
        content = "".join(f"{code}{self._format_line(text)}\n" for code, text in lines)
        (self._folder / name).write_text(content, encoding="utf-8")


def train_vowpal_wabbit(
    texts: Sequence[str], stances: Sequence[str], slices: Sequence[Sequence[str]], folder: Path
) -> dict[str, VowpalWabbit]:
    """Train Vowpal Wabbit in both ways; return the models by the names to print."""
    if vowpalwabbit is None:
        print(f"vowpalwabbit {INSTALL}")
        return {}
    return {
        "Vowpal Wabbit, 1-5 characters": VowpalWabbit(
            texts, stances, slices, folder / "characters", as_characters=True
        ),
        "Vowpal Wabbit, 5-grams by Python": VowpalWabbit(texts, stances, slices, folder / "grams", as_characters=False),
    }


def _run(options: str) -> None:
    vowpalwabbit.Workspace(arg_list=options.split()).finish()


def _clean(text: str) -> str:
    """Remove the two characters with a meaning in Vowpal Wabbit's format, and convert to lower case."""
    return re.sub("[|:]", "", text).lower()


def _format_characters(text: str) -> str:
    words = _clean(text)
    return f"|w {words} |c {' '.join(words.replace(' ', '_'))}"


def _format_five_grams(text: str) -> str:
    words = _clean(text)
    padded = [f"_{word}_" for word in words.split()]
    five_grams = [word[start : start + 5] for word in padded for start in range(max(1, len(word) - 4))]
    return f"|w {words} |c {' '.join(five_grams)}"
