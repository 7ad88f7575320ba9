"""fastText and Vowpal Wabbit, trained on comments, ready to score others by the fastest way each package has."""

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

INSTALL = "not installed, its rows are left out: pip install -c constraints.txt -e '.[benchmarks]'"


def fasttext_scorer(
    texts: Sequence[str], stances: Sequence[str], folder: Path
) -> Callable[[Sequence[str]], object] | None:
    """Train fastText's classifier on word pairs and character 2-5-grams, and give what scores a list of texts.

    `predict` of a list is the package's batch way; a call a line takes as long or longer. What is not named here
    stays at fastText's default, such as two million buckets and five passes.
    """
    if fasttext is None:
        print(f"fasttext-numpy2-wheel {INSTALL}")
        return None
    lines = folder / "fasttext.txt"
    lines.write_text(
        "".join(f"__label__{stance} {text}\n" for text, stance in zip(texts, stances, strict=True)), encoding="utf-8"
    )
    model = fasttext.train_supervised(str(lines), dim=10, wordNgrams=2, minn=2, maxn=5, thread=1, verbose=0)
    return lambda new: model.predict(new, k=-1)


class Wabbit:
    """A model of Vowpal Wabbit, and files of texts that it scores.

    It reads and scores a file without Python taking part, and writes the probabilities to another. Word pairs it makes
    itself (`--ngram w2`). Character n-grams it does not know, and there are two ways to have them:

    - each character is written as a feature, `--ngram c5` makes the runs of 1 to 5 (the way its authors named in issue
      1253 of its repository);
    - Python writes the 5-grams inside words, and only these, as features.

    The writing of these files takes 10 to 30 µs a comment; it counts for nothing here, lower-casing included, in
    favour of Vowpal Wabbit. So does the reading of its model, which `load` does alone.
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
        self._line = _characters if as_characters else _five_grams
        self._folder = folder
        folder.mkdir()
        codes = [f"{STANCES.index(stance) + 1} " for stance in stances]
        self._write("train", texts, codes)
        self._write("nothing", [])
        for number, each in enumerate(slices):
            self._write(f"slice{number}", each)
        learn = f"--oaa {len(STANCES)} --probabilities --loss_function logistic -b 22 --quiet"
        grams = "--ngram w2 --ngram c5" if as_characters else "--ngram w2"
        _run(f"{learn} {grams} -d {folder / 'train'} -f {folder / 'model'}")

    def score(self, number: int) -> None:
        """Load the model, read a slice, and write its probabilities."""
        self._score(f"slice{number}")

    def load(self, _number: int) -> None:
        """Do the same with no comment at all."""
        self._score("nothing")

    def _score(self, name: str) -> None:
        files = f"-i {self._folder / 'model'} -d {self._folder / name} -p {self._folder / 'scores'}"
        _run(f"-t --probabilities --quiet {files}")

    def _write(self, name: str, texts: Sequence[str], codes: Sequence[str] | None = None) -> None:
        lines = zip(codes or [""] * len(texts), texts, strict=True)
        written = "".join(f"{code}{self._line(text)}\n" for code, text in lines)
        (self._folder / name).write_text(written, encoding="utf-8")


def wabbits(
    texts: Sequence[str], stances: Sequence[str], slices: Sequence[Sequence[str]], folder: Path
) -> dict[str, Wabbit]:
    """Train Vowpal Wabbit in both ways."""
    if vowpalwabbit is None:
        print(f"vowpalwabbit {INSTALL}")
        return {}
    return {
        "Vowpal Wabbit, runs of 1-5 characters": Wabbit(
            texts, stances, slices, folder / "characters", as_characters=True
        ),
        "Vowpal Wabbit, 5-grams made for it": Wabbit(texts, stances, slices, folder / "grams", as_characters=False),
    }


def _run(options: str) -> None:
    vowpalwabbit.Workspace(arg_list=options.split()).finish()


def _clean(text: str) -> str:
    """Drop the two characters that mean something in its format."""
    return re.sub("[|:]", "", text).lower()


def _characters(text: str) -> str:
    words = _clean(text)
    return f"|w {words} |c {' '.join(words.replace(' ', '_'))}"


def _five_grams(text: str) -> str:
    words = _clean(text)
    padded = [f"_{word}_" for word in words.split()]
    grams = [word[start : start + 5] for word in padded for start in range(max(1, len(word) - 4))]
    return f"|w {words} |c {' '.join(grams)}"
