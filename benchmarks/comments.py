"""Make comments that no one wrote, as many as are wanted, and print how they compare with a corpus of real ones.

Words are drawn by their rank: by Zipf and Mandelbrot's law among the most frequent, by a steeper power beyond, so that
ever rarer words keep coming and the vocabulary grows as in real text. A word is a string of syllables that follow from
its rank alone. Each block of comments has random numbers of its own: the same seed gives the same comments, however
many are taken.

    python benchmarks/comments.py
    python benchmarks/comments.py tweets.csv --text-column Tweet --encoding gb18030

The first prints what 5,000 made comments are like, and how long 100,000 take; the second sets real ones beside them.
"""

from __future__ import annotations

import argparse
import time
from itertools import count, islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

STANCES = ("against", "anti-ally", "for", "neutral", "other", "pro-ally")

BLOCK = 5_000
MEAN_WORDS = 28  # drawn; emoji and dashes that stand alone make 29
LENGTH_SPREAD = 0.75  # standard deviation of the logarithm: 2 comments in 100 have more than 100 words
LONGEST = 400

# The frequency of rank r is as (r + OFFSET)^-HEAD up to rank BREAK and falls with r^-TAIL beyond it. Set, together with
# PHRASES, so that the vocabulary grows as in 4,200 tweets on a war: 3,486 distinct words among the first 10,000, 7,520
# among 30,000, 11,506 among 60,000, 15,344 among 100,000.
OFFSET, HEAD, BREAK, TAIL = 1.0, 1.05, 2_000, 1.8
RAREST = 2**40

PHRASES = 0.45  # how many words are drawn as a follower of the word before, so that pairs come again as in speech
FOLLOWERS = 1_000

STANCE_SHARES = (0.25, 0.2, 0.2, 0.15, 0.12, 0.08)
LEAN = 0.42  # the share of words that the stance of a comment chooses; a classifier then gets about 6 of 10 right
COMMON = 60  # the most frequent words belong to no stance

SENTENCE = 11  # words, on average
LOWER, TITLE, UPPER = range(3)
NAMES, SHOUTED, CYRILLIC = 0.08, 0.004, 0.03  # shares of the distinct words, of all words, of the distinct words

# What follows a word: nothing, or one of these, inside a sentence and at its end.
INSIDE = (",", ",", ",", ",", ",", ",", ";", ":", " -", "...", " 😀", "'s", "'s", "’s")
AT_END = (".", ".", ".", ".", ".", ".", "!", "!", "?", "?", "...", "!!!", " 👍🏽", "! 🇺🇦", ". ❤️", "", "", "")
SUFFIXES = ("", *INSIDE, *AT_END)
PAUSES = 0.07  # the share of words inside a sentence that something follows

SYLLABLES = 900
ONSETS = ("", "", "", "", "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "w", "tr", "th", "sh")
NUCLEI = ("a", "a", "e", "e", "e", "i", "i", "o", "o", "u", "ea", "io")
CODAS = ("", "", "", "", "", "", "n", "r", "s", "t", "d", "l", "ng", "st")
TO_CYRILLIC = str.maketrans("abcdefghiklmnoprstuvw", "абцдефгхиклмнопрстувў")


MARKS = (10_000, 30_000, 60_000, 100_000, 133_000)


def stream(seed: int = 0) -> Iterator[str]:
    """Give comments without end."""
    for number in count():
        yield from _block(seed, number)[0]


def made(n: int, seed: int = 0) -> list[str]:
    """Give the first n comments of a stream."""
    return list(islice(stream(seed), n))


def labelled(n: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Give the first n comments of a stream and their stances."""
    blocks = [_block(seed, number) for number in range(-(-n // BLOCK))]
    stances = np.concatenate([stances for _, stances in blocks])
    return made(n, seed), [STANCES[stance] for stance in stances[:n]]


def _block(seed: int, number: int) -> tuple[list[str], NDArray[np.intp]]:
    """Make one block of comments, and the codes of their stances."""
    random = np.random.default_rng([seed, number])
    stances = random.choice(len(STANCES), BLOCK, p=STANCE_SHARES)
    mean_log = np.log(MEAN_WORDS) - LENGTH_SPREAD**2 / 2
    lengths = random.lognormal(mean_log, LENGTH_SPREAD, BLOCK).round().clip(1, LONGEST).astype(np.int64)
    ranks = _phrased(_ranks(random.random(lengths.sum())), random)
    ranks = _leaning(ranks, np.repeat(stances, lengths), random)

    last = np.cumsum(lengths) - 1
    ends = random.random(len(ranks)) < 1 / SENTENCE
    ends[last] = True
    case = np.where(np.roll(ends, 1), TITLE, LOWER)
    case[random.random(len(ranks)) < SHOUTED] = UPPER
    suffix = np.where(random.random(len(ranks)) < PAUSES, random.integers(1, 1 + len(INSIDE), len(ranks)), 0)
    suffix[ends] = random.integers(1 + len(INSIDE), len(SUFFIXES), ends.sum())

    shapes = 3 * len(SUFFIXES)
    codes, places = np.unique(ranks * shapes + case * len(SUFFIXES) + suffix, return_inverse=True)
    cased = (str.lower, str.capitalize, str.upper)
    words = _words(codes // shapes)
    shape = (codes % shapes).tolist()
    written = np.array(
        [
            (cased[each // len(SUFFIXES)](word) if each >= len(SUFFIXES) else word) + SUFFIXES[each % len(SUFFIXES)]
            for word, each in zip(words, shape, strict=True)
        ],
        dtype=object,
    )
    texts = written[places].tolist()
    return [" ".join(texts[end - length : end]) for end, length in zip(last + 1, lengths, strict=True)], stances


def _ranks(chances: NDArray[np.float64]) -> NDArray[np.int64]:
    """Turn even chances into ranks: by a table up to BREAK, by the inverse of the tail's distribution beyond."""
    head = (np.arange(1, BREAK + 1) + OFFSET) ** -HEAD
    tail = head[-1] * BREAK / (TAIL - 1)
    reached = np.cumsum(head) / (head.sum() + tail)
    ranks = np.searchsorted(reached, chances, side="right") + 1
    rare = ranks > BREAK
    left = (1 - chances[rare]) / (1 - reached[-1])
    ranks[rare] = (BREAK * left ** (-1 / (TAIL - 1))).clip(max=RAREST).astype(np.int64) + 1
    return ranks


def _phrased(ranks: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """Let some words follow from the word before: each has its followers, the first of them the commonest."""
    follows = random.random(len(ranks)) < PHRASES
    follows &= ~np.roll(follows, 1)
    follower = (1 / (1 - random.random(len(ranks)))).clip(max=FOLLOWERS).astype(np.int64)
    chances = _hash(np.roll(ranks, 1) * FOLLOWERS + follower, 15) / 2.0**64
    return np.where(follows, _ranks(chances.clip(max=1 - 2**-53)), ranks)


def _leaning(ranks: NDArray[np.int64], stances: NDArray[np.intp], random: np.random.Generator) -> NDArray[np.int64]:
    """Let some words be the nearest that belongs to the comment's stance: each has every sixth rank."""
    lean = (random.random(len(ranks)) < LEAN) & (ranks > COMMON)
    return np.where(lean, ranks - ranks % len(STANCES) + stances, ranks)


def _words(ranks: NDArray[np.int64]) -> list[str]:
    """Spell words: the rarer, the longer; some are names, some Cyrillic."""
    chance = _hash(ranks, 0)
    length = 1 + (np.log10(ranks) * 0.66 + (chance & 255) / 256 - 0.6).clip(0).astype(np.int64)
    syllables = _syllables()
    spelled = np.full(len(ranks), "", dtype=object)
    for place in range(int(length.max(initial=0))):
        more = length > place
        spelled[more] += syllables[_hash(ranks[more], 1 + place) & np.uint64(len(syllables) - 1)]
    words: list[str] = spelled.tolist()
    for index in np.flatnonzero((chance >> 8 & 255) < 256 * CYRILLIC):
        words[index] = words[index].translate(TO_CYRILLIC)
    for index in np.flatnonzero(((chance >> 16 & 255) < 256 * NAMES) & (ranks > COMMON)):
        words[index] = words[index].capitalize()
    return words


def _syllables() -> NDArray[np.object_]:
    """Give 4,096 syllables of which SYLLABLES differ, the commonest many times over."""
    random = np.random.default_rng(0)
    parts = [random.choice(np.array(part, dtype=object), SYLLABLES) for part in (ONSETS, NUCLEI, CODAS)]
    weights = 1 / (np.arange(SYLLABLES) + 10)
    joined: NDArray[np.object_] = parts[0] + parts[1] + parts[2]
    return joined[random.choice(SYLLABLES, 4096, p=weights / weights.sum())]


def _hash(ranks: NDArray[np.int64], salt: int) -> NDArray[np.uint64]:
    """Scramble ranks; a good hash is not needed, one that looks like chance is (the finaliser of MurmurHash3)."""
    mixed = ranks.astype(np.uint64) * np.uint64(16) + np.uint64(salt)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(33))


def _describe(texts: Sequence[str]) -> dict[str, str]:
    """Say what comments are like, in figures."""
    words = [text.split() for text in texts]
    lengths = np.array([len(each) for each in words])
    flat = [word for each in words for word in each]
    grown = np.cumsum(~pd.Series(flat).duplicated().to_numpy())
    told = {
        "words a comment": f"{lengths.mean():.1f}",
        "longest": f"{lengths.max()}",
        "over 100 words": f"{(lengths > 100).mean():.1%}",  # noqa: PLR2004 - the threshold is in the label
        "characters a word": f"{np.mean([len(word) for word in flat]):.2f}",
        "a word said before in its comment": f"{1 - sum(len(set(each)) for each in words) / len(flat):.1%}",
    }
    for mark in MARKS:
        told[f"distinct words of {mark:,}"] = f"{grown[mark - 1]:,}" if mark <= len(grown) else "-"
    for name, analyzer, ngrams in (("word 1-2-grams", "word", (1, 2)), ("character 2-5-grams", "char_wb", (2, 5))):
        counts = CountVectorizer(analyzer=analyzer, ngram_range=ngrams).fit_transform(texts)
        cut = len(texts) * 4 // 5
        known = counts[:cut].getnnz(axis=0) > 0
        told |= {
            f"distinct {name}": f"{counts.shape[1]:,}",
            f"{name} a comment": f"{counts.nnz / len(texts):.0f}",
            f"{name}, twice or more in it": f"{(counts.data > 1).mean():.1%}",
            f"{name} of the last fifth met before": f"{counts[cut:][:, known].nnz / counts[cut:].nnz:.1%}",
        }
    return told


def main() -> None:
    """Print the figures of made comments, beside those of real ones where a file of them is named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", nargs="?")
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--encoding", default="utf-8")
    asked = parser.parse_args()
    table = {"made": _describe(made(5_000))}
    if asked.corpus:
        real = pd.read_csv(asked.corpus, encoding=asked.encoding)[asked.text_column].tolist()
        table["real"] = _describe(real)
    print(pd.DataFrame(table).to_string())
    start = time.process_time()
    made(100_000, seed=1)
    print(f"100,000 comments made in {time.process_time() - start:.1f} s")


if __name__ == "__main__":
    main()
