from __future__ import annotations

import unicodedata
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.metrics import near_duplicates
from stance.metrics.near_duplicates import group_contained_texts, group_near_duplicates
from stance.metrics.word_sets import separate_quotations

if TYPE_CHECKING:
    from collections.abc import Callable

SEVEN = "one two three four five six seven"
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
        (SEVEN, SEVEN.replace("seven", "sieben"), False),
        (SEVEN, f"{SEVEN} eight", True),
        (SEVEN, f"{SEVEN} eight nine", False),
        (TEN, TEN.replace("ten", "zehn").replace("nine", "neun"), True),
        (TEN, TEN.replace("ten", "zehn").replace("nine", "neun").replace("eight", "acht"), False),
        (TEN, f"{TEN} 11 12 13 14 15 16", True),
        (TEN, f"{TEN} 11 12 13 14 15 16 17", False),
        (f"> {TEN}\nno", f"> {TEN}\nyes", False),
        (f"> {TEN}\nno", "no", False),
        (f"> {TEN}\nno", f"> {SEVEN}\nno", False),
        (f"> {TEN}\nno", f"> {TEN}\n no", True),
        (f"> one\n{TEN}", f"> two\n{TEN}", True),
        (f"> one\n{TEN}", TEN, True),
        (f"> {TEN}", TEN, True),
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


@pytest.mark.parametrize(
    ("first", "second", "is_linked"),
    [
        (SEVEN, f"As I said: {SEVEN}. Wait and see what happens then.", True),
        (SEVEN, "one two three four five six and many more words that follow", False),
        ("Nobody can say the plan is bad", "Nobody can say the plan is good", False),
        ("one two three four five", f"{TEN} and many more words that follow", False),
        ("One, two, three, four, five, six!", f"{TEN} and many more words that follow", True),
        (TEN, f"{TEN.replace('five', '5')} and many more words that follow the first ones", True),
        (TEN, f"{TEN.replace('three', '3').replace('six', '6')} and many more words that follow", False),
        (SEVEN, "seven six five four three two one and many more words that follow", False),
        (TEN, f"> {TEN}\nno", True),
        (TEN, f"a\n  &gt; {SEVEN}\nno", True),
        (TEN, f"[QUOTE=Aida]{SEVEN}\n[/quote] no", True),
        (TEN, f"No [quote]\n{SEVEN}\n[/quote] [quote] {TEN}, never closed", True),
        (f"> {TEN}\nyes", f"> {TEN}\nno", False),
        ("leave it", "> Leave it!\nno", True),
        ("leave it now", "> Leave it!\nno", False),
        ("> one\n> two\nthree", "one two", True),
        ("👍", "> 👍\nno", False),
        ("", "", False),
        (TEN, TEN, True),
    ],
)
def test_pairs_of_which_one_contains_or_quotes_the_other(first: str, second: str, *, is_linked: bool) -> None:
    first_group, second_group = group_contained_texts([first, second])
    assert (first_group == second_group) is np.bool_(is_linked)


def test_replies_that_quote_one_comment_are_linked_if_the_comment_is_there() -> None:
    replies = [f"> {TEN}\nyes indeed", f"> {SEVEN}\nno never"]
    assert group_contained_texts(replies).tolist() == [0, 1]
    assert group_contained_texts([*replies, TEN]).tolist() == [0, 0, 0]


def _have_nearly_the_same_words(first: str, second: str) -> bool:
    (own_of_first, quoted_by_first), (own_of_second, quoted_by_second) = map(separate_quotations, (first, second))
    a, b = frozenset(own_of_first), frozenset(own_of_second)
    if not a or not b or (quoted_by_first and len(a) < 8) or (quoted_by_second and len(b) < 8):
        return first.split() == second.split()
    min_shared = 3 if min(len(a), len(b)) >= 8 else 4
    return 5 * len(a & b) >= min_shared * len(a | b)


def _is_contained(smaller: tuple[str, ...], larger: tuple[str, ...]) -> bool:
    if len(set(smaller)) < 6 or len(set(larger)) < 6:
        return set(smaller) == set(larger)
    few, many = sorted((set(pairwise(smaller)), set(pairwise(larger))), key=len)
    return len(few & many) >= len(few) - 2 * ((len(few) + 1) // 10)


def _one_contains_the_other(first: str, second: str) -> bool:
    (a, quoted_by_a), (b, quoted_by_b) = separate_quotations(first), separate_quotations(second)
    a, b = (own if not quoted or len(set(own)) >= 6 else () for own, quoted in ((a, quoted_by_a), (b, quoted_by_b)))
    pairs = [(a, b), *((words, b) for words in quoted_by_a), *((words, a) for words in quoted_by_b)]
    return any(x and y and _is_contained(x, y) for x, y in pairs)


def _brute_force(texts: list[str], is_linked: Callable[[str, str], bool]) -> list[int]:
    """Group texts by comparing all pairs."""
    group = list(range(len(texts)))
    for first, second in combinations(range(len(texts)), 2):
        if is_linked(texts[first], texts[second]):
            group = [group[first] if member == group[second] else member for member in group]
    index_of: dict[int, int] = {}
    return [index_of.setdefault(member, len(index_of)) for member in group]


FEW_WORDS = st.lists(st.sampled_from([*"abcdefghijkl", "!", "@a"]), max_size=12).map(" ".join)


@given(st.lists(FEW_WORDS, max_size=25), st.sampled_from([1, 20, 4_000_000]))
def test_groups_equal_those_of_comparing_all_pairs(texts: list[str], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "_MAX_BLOCK_SIZE", block)
        assert group_near_duplicates(texts).tolist() == _brute_force(texts, _have_nearly_the_same_words)


QUOTING = st.tuples(FEW_WORDS, st.sampled_from(["> {}\n{}", "{1}", "[quote]{}[/quote]{}", "{}\n>{}"]), FEW_WORDS).map(
    lambda parts: parts[1].format(parts[0], parts[2])
)


@given(st.lists(QUOTING, max_size=25))
def test_groups_of_texts_that_quote_equal_those_of_comparing_all_pairs(texts: list[str]) -> None:
    assert group_near_duplicates(texts).tolist() == _brute_force(texts, _have_nearly_the_same_words)


@given(st.lists(QUOTING, max_size=25), st.sampled_from([1, 20, 4_000_000]))
def test_contained_texts_equal_those_of_comparing_all_pairs(texts: list[str], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "_MAX_BLOCK_SIZE", block)
        assert group_contained_texts(texts).tolist() == _brute_force(texts, _one_contains_the_other)


def test_groups_of_long_texts_equal_those_of_comparing_all_pairs() -> None:
    rng = np.random.default_rng(0)
    texts: list[str] = []
    for _ in range(60):
        words = rng.zipf(1.3, size=int(rng.integers(5, 60))) % 500
        for _ in range(int(rng.integers(1, 5))):
            changed = np.where(rng.random(len(words)) < rng.choice([0.02, 0.1, 0.2]), rng.integers(500, 900), words)
            texts.append(" ".join(f"w{word}" for word in changed))
    groups = group_near_duplicates(texts).tolist()
    assert groups == _brute_force(texts, _have_nearly_the_same_words)
    assert 60 < len(set(groups)) < len(texts)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_composed_and_decomposed_characters_are_equal(texts: list[str]) -> None:
    group = group_near_duplicates([*texts, *(unicodedata.normalize("NFD", text) for text in texts)])
    assert group[: len(texts)].tolist() == group[len(texts) :].tolist()
    assert set(group.tolist()) == set(range(group.max() + 1))
