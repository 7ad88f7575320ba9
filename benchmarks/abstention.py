"""Print how often a model abstains on texts unlike its labels, at about 3 % loss of comments that are like them.

A model is trained on random texts of a table, with `--quick`. It predicts other texts of that table, texts of other
tables, and spam made of the words below at random. Compared are

- `known`: `cannot-tell` below the model's own limit of known words, as `stance predict` decides;
- `confidence`: `cannot-tell` below the confidence that 97 % of the comments like the labels exceed. That limit is taken
  from the tested comments themselves, which favours it.

    python benchmarks/abstention.py TABLE.csv --language OTHER.csv --topic THIRD.csv
    python benchmarks/abstention.py TABLE.csv --language OTHER.csv --labels 50 500 --draws 10

Tables have the columns `text` and, the first one, `stance`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import stance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.models.model import Model

MAX_LOSS = 0.03
N_TESTED = 1_500
SPAM_WORDS = {
    "English": "win free bonus casino crypto bitcoin earn click link bio now deposit followers telegram dm me cash app "
    "invest profit daily no risk join channel http://spam.example/x 🔥🔥🔥 💰 make money from home best price buy "
    "cheap sale visit my page hot girls near you",
    "Russian": "выиграй бонус казино крипта биткоин заработок ссылка в профиле жми сейчас депозит подписывайтесь на "
    "канал телеграм без вложений доход ежедневно скидка купить дёшево http://spam.example/x 🔥🔥🔥 💰 деньги кредит "
    "онлайн ставки прогнозы пиши в лс работа удалённо",
}


def main() -> None:
    """Train on random parts of a table, and print a line per set of texts and rule."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--language", type=Path, help="texts in another language")
    parser.add_argument("--topic", type=Path, help="texts on another topic in the same language")
    parser.add_argument("--labels", type=int, nargs="+", default=[50, 150, 500])
    parser.add_argument("--draws", type=int, default=5)
    arguments = parser.parse_args()
    table = read_table(arguments.table)
    others = {
        name: read_table(path)["text"].sample(800, random_state=0).to_list()
        for name, path in (("another language", arguments.language), ("another topic", arguments.topic))
        if path
    }
    language = "Russian" if table["text"].str.contains("[а-я]").mean() > 1 / 2 else "English"
    others["spam"] = make_spam(SPAM_WORDS[language].split(), 500)
    print(f"{'labels':>6}  {'rule':12}{'lost':>6}" + "".join(f"{name:>18}" for name in others))
    for n_labels in arguments.labels:
        shares = [measure(table, others, n_labels, draw) for draw in range(arguments.draws)]
        for rule, mean in pd.concat(shares).groupby(level=0).mean().iterrows():
            print(
                f"{n_labels:6}  {rule!s:12}" + "".join(f"{share:{18 if i else 6}.3f}" for i, share in enumerate(mean))
            )


def read_table(path: Path) -> pd.DataFrame:
    """Read the distinct texts of a table."""
    return pd.read_csv(path, dtype="str", keep_default_na=False).drop_duplicates("text")


def make_spam(words: Sequence[str], n: int) -> list[str]:
    """Return texts of 4 to 17 random words."""
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(words, rng.integers(4, 18))) for _ in range(n)]


def measure(table: pd.DataFrame, others: dict[str, list[str]], n_labels: int, draw: int) -> pd.DataFrame:
    """Return the share of texts that are not predicted, by rule (rows), of comments like the labels and of others."""
    drawn = table.sample(n_labels + N_TESTED, random_state=draw)
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "labels.csv"
        drawn[["text", "stance"]].head(n_labels).to_csv(sheet, index=False)
        model: Model = stance.train(sheet, quick=True, no_codebook=True).model
    tested = {"like the labels": drawn["text"].tail(N_TESTED).to_list(), **others}
    predictions = {name: model.predict(texts) for name, texts in tested.items()}
    limit = predictions["like the labels"]["confidence"].fillna(0).quantile(MAX_LOSS)
    by_known = {name: (frame["predicted"] == "cannot-tell").mean() for name, frame in predictions.items()}
    by_confidence = {name: (frame["confidence"].fillna(0) < limit).mean() for name, frame in predictions.items()}
    return pd.DataFrame([by_known, by_confidence], index=["known", "confidence"])


if __name__ == "__main__":
    main()
