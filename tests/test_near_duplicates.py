from __future__ import annotations

import unicodedata
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.metrics import near_duplicates
from stance.metrics.near_duplicates import extract_word_set, group_near_duplicates

TEN = "one two three four five six seven eight nine ten"


@pytest.mark.parametrize(
    ("first", "second", "is_similar"),
    [
        ("Leave it!", "leave IT", True),
        ("leave it", "it leave leave", True),
        ("leave it", "leave", False),
        ("one two three four", "one two three four five", True),
        ("one two three", "one two three four", False),
        (TEN, TEN.replace("ten", "zehn"), True),
        (TEN, TEN.replace("ten", "zehn").replace("nine", "neun"), False),
        (TEN, f"{TEN} eleven twelve", True),
        (TEN, f"{TEN} eleven twelve thirteen", False),
        ("leave it", "RT @someone: leave it", True),
        ("leave it", "RT @a: RT @b: leave it https://t.co/x", True),
        ("leave it", "@a @b leave it www.example.org/x", True),
        ("leave it at once", "leave it a@t once", False),
        ("RT this", "this", False),
        ("Straße", "STRASSE", True),
        ("ﬁne ①", "fine 1", True),
        ("не верю", "НЕ ВЕРЮ!!!", True),
        ("👍 👍", "👍  👍", True),
        ("👍", "👎", False),
        ("https://t.co/x", "https://t.co/y", False),
        ("", "  ", True),
        ("", "!", False),
        ("!", "! word", False),
    ],
)
def test_pairs_of_texts(first: str, second: str, *, is_similar: bool) -> None:
    first_group, second_group = group_near_duplicates([first, second])
    assert (first_group == second_group) is np.bool_(is_similar)


def test_a_chain_of_links_is_one_group_numbered_by_first_occurrence() -> None:
    words = TEN.split()
    chain = [" ".join([*words[step:], *(f"new{number}" for number in range(step))]) for step in range(4)]
    assert group_near_duplicates(["apart", *chain, "Apart", "else"]).tolist() == [0, 1, 1, 1, 1, 0, 2]


def test_no_text() -> None:
    assert group_near_duplicates([]).tolist() == []


def _brute_force(texts: list[str]) -> list[int]:
    """Group texts by comparing all pairs."""
    sets = [extract_word_set(text) or text.split() for text in texts]
    group = list(range(len(texts)))
    for first, second in combinations(range(len(texts)), 2):
        a, b = sets[first], sets[second]
        is_similar = a == b if isinstance(a, list) or isinstance(b, list) else 5 * len(a & b) >= 4 * len(a | b)
        if is_similar:
            group = [group[first] if member == group[second] else member for member in group]
    index_of: dict[int, int] = {}
    return [index_of.setdefault(member, len(index_of)) for member in group]


FEW_WORDS = st.lists(st.sampled_from([*"abcdefghijkl", "!", "@a"]), max_size=12).map(" ".join)


@given(st.lists(FEW_WORDS, max_size=25), st.sampled_from([1, 20, 4_000_000]))
def test_groups_equal_those_of_comparing_all_pairs(texts: list[str], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "_MAX_BLOCK_SIZE", block)
        assert group_near_duplicates(texts).tolist() == _brute_force(texts)


def test_groups_of_long_texts_equal_those_of_comparing_all_pairs() -> None:
    rng = np.random.default_rng(0)
    texts: list[str] = []
    for _ in range(60):
        words = rng.zipf(1.3, size=int(rng.integers(5, 60))) % 500
        for _ in range(int(rng.integers(1, 5))):
            changed = np.where(rng.random(len(words)) < rng.choice([0.02, 0.1, 0.2]), rng.integers(500, 900), words)
            texts.append(" ".join(f"w{word}" for word in changed))
    groups = group_near_duplicates(texts).tolist()
    assert groups == _brute_force(texts)
    assert 60 < len(set(groups)) < len(texts)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_composed_and_decomposed_characters_are_equal(texts: list[str]) -> None:
    group = group_near_duplicates([*texts, *(unicodedata.normalize("NFD", text) for text in texts)])
    assert group[: len(texts)].tolist() == group[len(texts) :].tolist()
    assert set(group.tolist()) == set(range(group.max() + 1))
