"""Generate synthetic comments, as many as needed, and compare their statistics with a corpus of real ones.

Words are drawn by their rank: by the Zipf-Mandelbrot law for the most frequent words, and by a steeper power law
beyond, so that new rare words keep occurring and the vocabulary grows as in real text. The spelling of a word is a
string of syllables that depends on its rank only. Each block of comments has its own random numbers: the same seed
gives the same comments, however many are generated.

    python benchmarks/comments.py
    python benchmarks/comments.py tweets.csv --text-column Tweet --encoding gb18030

The first command prints statistics of 5,000 synthetic comments, and the time for 100,000; the second prints those of
the file's comments beside them.
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

BLOCK_COMMENTS = 5_000
MEAN_WORDS = 28  # with emoji and dashes between spaces it is 29
LENGTH_SPREAD = 0.75  # standard deviation of the logarithm: 2 of 100 comments have more than 100 words
MAX_WORDS = 400

# The frequency of rank r is proportional to (r + OFFSET)^-HEAD up to rank BREAK, and to r^-TAIL beyond. Chosen,
# together with PHRASES, so that the vocabulary grows as in 4,200 tweets on a war: 3,486 distinct words among the first
# 10,000, 7,520 among 30,000, 11,506 among 60,000, 15,344 among 100,000.
OFFSET, HEAD, BREAK, TAIL = 1.0, 1.05, 2_000, 1.8
MAX_RANK = 2**40

PHRASES = 0.45  # the share of words that depend on the word before, so that word pairs repeat as in real text
FOLLOWERS = 1_000

STANCE_SHARES = (0.25, 0.2, 0.2, 0.15, 0.12, 0.08)
STANCE_WORDS = 0.42  # the share of words that depend on the stance; a classifier then predicts about 6 of 10 correctly
COMMON = 60  # the most frequent words do not depend on the stance

SENTENCE = 11  # words, on average
LOWER, TITLE, UPPER = range(3)
NAMES, SHOUTED, CYRILLIC = 0.08, 0.004, 0.03  # shares of the distinct words, of all words, of the distinct words

# What may follow a word inside a sentence and at its end.
INSIDE = (",", ",", ",", ",", ",", ",", ";", ":", " -", "...", " 😀", "'s", "'s", "’s")
AT_END = (".", ".", ".", ".", ".", ".", "!", "!", "?", "?", "...", "!!!", " 👍🏽", "! 🇺🇦", ". ❤️", "", "", "")
SUFFIXES = ("", *INSIDE, *AT_END)
PAUSES = 0.07  # the share of words inside a sentence with a suffix

SYLLABLES = 900
ONSETS = ("", "", "", "", "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "w", "tr", "th", "sh")
NUCLEI = ("a", "a", "e", "e", "e", "i", "i", "o", "o", "u", "ea", "io")
CODAS = ("", "", "", "", "", "", "n", "r", "s", "t", "d", "l", "ng", "st")
TO_CYRILLIC = str.maketrans("abcdefghiklmnoprstuvw", "абцдефгхиклмнопрстувў")

VOCABULARY_SIZES_AT = (10_000, 30_000, 60_000, 100_000, 133_000)


def stream_comments(seed: int = 0) -> Iterator[str]:
    """Yield comments without end."""
    for number in count():
        yield from _generate_block(seed, number)[0]


def generate_comments(n: int, seed: int = 0) -> list[str]:
    """Return the first n comments of a stream."""
    return list(islice(stream_comments(seed), n))


def generate_labelled_comments(n: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Return the first n comments of a stream, and their stances."""
    blocks = [_generate_block(seed, number) for number in range(-(-n // BLOCK_COMMENTS))]
    texts = [text for block_texts, _ in blocks for text in block_texts]
    stances = [STANCES[stance] for _, block_stances in blocks for stance in block_stances]
    return texts[:n], stances[:n]


def _generate_block(seed: int, number: int) -> tuple[list[str], NDArray[np.intp]]:
    """Return one block of comments, and the codes of their stances."""
    rng = np.random.default_rng([seed, number])
    stances = rng.choice(len(STANCES), BLOCK_COMMENTS, p=STANCE_SHARES)
    mean_log = np.log(MEAN_WORDS) - LENGTH_SPREAD**2 / 2
    lengths = rng.lognormal(mean_log, LENGTH_SPREAD, BLOCK_COMMENTS).round().clip(1, MAX_WORDS).astype(np.int64)
    ranks = _make_phrases(_draw_ranks(rng.random(lengths.sum())), rng)
    ranks = _adapt_to_stances(ranks, np.repeat(stances, lengths), rng)

    last_words = np.cumsum(lengths) - 1
    is_sentence_end = rng.random(len(ranks)) < 1 / SENTENCE
    is_sentence_end[last_words] = True
    case = np.where(np.roll(is_sentence_end, 1), TITLE, LOWER)
    case[rng.random(len(ranks)) < SHOUTED] = UPPER
    suffix = np.where(rng.random(len(ranks)) < PAUSES, rng.integers(1, 1 + len(INSIDE), len(ranks)), 0)
    suffix[is_sentence_end] = rng.integers(1 + len(INSIDE), len(SUFFIXES), is_sentence_end.sum())

    # Each distinct combination of a word, its case and its suffix is spelt once.
    n_forms = 3 * len(SUFFIXES)
    codes, code_of_word = np.unique(ranks * n_forms + case * len(SUFFIXES) + suffix, return_inverse=True)
    change_case = (str.lower, str.capitalize, str.upper)
    forms = (codes % n_forms).tolist()
    spelled = np.array(
        [
            (change_case[form // len(SUFFIXES)](word) if form >= len(SUFFIXES) else word)
            + SUFFIXES[form % len(SUFFIXES)]
            for word, form in zip(_spell_words(codes // n_forms), forms, strict=True)
        ],
        dtype=object,
    )
    words = spelled[code_of_word].tolist()
    return [" ".join(words[end - length : end]) for end, length in zip(last_words + 1, lengths, strict=True)], stances


def _draw_ranks(uniform: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return ranks for uniform random numbers: from a table up to BREAK, by the tail's inverse distribution beyond."""
    head = (np.arange(1, BREAK + 1) + OFFSET) ** -HEAD
    tail = head[-1] * BREAK / (TAIL - 1)
    cumulative = np.cumsum(head) / (head.sum() + tail)
    ranks = np.searchsorted(cumulative, uniform, side="right") + 1
    is_rare = ranks > BREAK
    tail_probability = (1 - uniform[is_rare]) / (1 - cumulative[-1])
    ranks[is_rare] = (BREAK * tail_probability ** (-1 / (TAIL - 1))).clip(max=MAX_RANK).astype(np.int64) + 1
    return ranks


def _make_phrases(ranks: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Replace some words by one of the followers of the word before, the first of which are the most frequent."""
    is_follower = rng.random(len(ranks)) < PHRASES
    is_follower &= ~np.roll(is_follower, 1)
    follower = (1 / (1 - rng.random(len(ranks)))).clip(max=FOLLOWERS).astype(np.int64)
    uniform = _hash(np.roll(ranks, 1) * FOLLOWERS + follower, 15) / 2.0**64
    return np.where(is_follower, _draw_ranks(uniform.clip(max=1 - 2**-53)), ranks)


def _adapt_to_stances(
    ranks: NDArray[np.int64], stances: NDArray[np.intp], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Replace some words by the nearest word of the comment's stance: every sixth rank belongs to one stance."""
    is_stance_word = (rng.random(len(ranks)) < STANCE_WORDS) & (ranks > COMMON)
    return np.where(is_stance_word, ranks - ranks % len(STANCES) + stances, ranks)


def _spell_words(ranks: NDArray[np.int64]) -> list[str]:
    """Spell words: rare words are longer, some are names, some are Cyrillic."""
    hashes = _hash(ranks, 0)
    n_syllables = 1 + (np.log10(ranks) * 0.66 + (hashes & 255) / 256 - 0.6).clip(0).astype(np.int64)
    syllables = _make_syllables()
    spelled = np.full(len(ranks), "", dtype=object)
    for position in range(int(n_syllables.max(initial=0))):
        is_longer = n_syllables > position
        spelled[is_longer] += syllables[_hash(ranks[is_longer], 1 + position) & np.uint64(len(syllables) - 1)]
    words: list[str] = spelled.tolist()
    for index in np.flatnonzero((hashes >> 8 & 255) < 256 * CYRILLIC):
        words[index] = words[index].translate(TO_CYRILLIC)
    for index in np.flatnonzero(((hashes >> 16 & 255) < 256 * NAMES) & (ranks > COMMON)):
        words[index] = words[index].capitalize()
    return words


def _make_syllables() -> NDArray[np.object_]:
    """Return 4,096 syllables, of which SYLLABLES are distinct; the most frequent are repeated."""
    rng = np.random.default_rng(0)
    parts = [rng.choice(np.array(part, dtype=object), SYLLABLES) for part in (ONSETS, NUCLEI, CODAS)]
    weights = 1 / (np.arange(SYLLABLES) + 10)
    distinct: NDArray[np.object_] = parts[0] + parts[1] + parts[2]
    return distinct[rng.choice(SYLLABLES, 4096, p=weights / weights.sum())]


def _hash(ranks: NDArray[np.int64], salt: int) -> NDArray[np.uint64]:
    """Return pseudo-random numbers that depend on the rank only (the finaliser of MurmurHash3)."""
    hashes = ranks.astype(np.uint64) * np.uint64(16) + np.uint64(salt)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        hashes = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(factor)
    return hashes ^ (hashes >> np.uint64(33))


def _describe(texts: Sequence[str]) -> dict[str, str]:
    """Return statistics of comments, by name."""
    words_of_texts = [text.split() for text in texts]
    lengths = np.array([len(words) for words in words_of_texts])
    all_words = [word for words in words_of_texts for word in words]
    n_distinct = np.cumsum(~pd.Series(all_words).duplicated().to_numpy())
    share_distinct = sum(len(set(words)) for words in words_of_texts) / len(all_words)
    statistics = {
        "words per comment": f"{lengths.mean():.1f}",
        "longest": f"{lengths.max()}",
        "over 100 words": f"{(lengths > 100).mean():.1%}",  # noqa: PLR2004 - the threshold is in the label
        "characters per word": f"{np.mean([len(word) for word in all_words]):.2f}",
        "words repeated within their comment": f"{1 - share_distinct:.1%}",
    }
    for size in VOCABULARY_SIZES_AT:
        statistics[f"distinct words of {size:,}"] = f"{n_distinct[size - 1]:,}" if size <= len(n_distinct) else "-"
    for name, analyzer, ngrams in (("word 1-2-grams", "word", (1, 2)), ("character 2-5-grams", "char_wb", (2, 5))):
        counts = CountVectorizer(analyzer=analyzer, ngram_range=ngrams).fit_transform(texts)
        n_first = len(texts) * 4 // 5
        is_known = counts[:n_first].getnnz(axis=0) > 0
        statistics |= {
            f"distinct {name}": f"{counts.shape[1]:,}",
            f"{name} per comment": f"{counts.nnz / len(texts):.0f}",
            f"{name} that occur twice or more in it": f"{(counts.data > 1).mean():.1%}",
            f"{name} of the last fifth seen before": f"{counts[n_first:][:, is_known].nnz / counts[n_first:].nnz:.1%}",
        }
    return statistics


def main() -> None:
    """Print statistics of synthetic comments, beside those of a file of real ones if one is given."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", nargs="?")
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--encoding", default="utf-8")
    options = parser.parse_args()
    columns = {"synthetic": _describe(generate_comments(5_000))}
    if options.corpus:
        real = pd.read_csv(options.corpus, encoding=options.encoding)[options.text_column].tolist()
        columns["real"] = _describe(real)
    print(pd.DataFrame(columns).to_string())
    start = time.process_time()
    generate_comments(100_000, seed=1)
    print(f"100,000 comments generated in {time.process_time() - start:.1f} s")


if __name__ == "__main__":
    main()
