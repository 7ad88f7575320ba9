"""Which key does what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.annotation import key_bindings

SIX = key_bindings.assign_stance_keys(6)

MEANINGS = {
    "1": 0, "6": 5, "7": None, "u": "unsure", "U": "unsure", "г": "unsure", "Г": "unsure", "т": "note", "ф": "also",
    "ы": "skip", "я": "undo", "к": "revisit", "й": "quit", "?": "help", "ә": 1, "і": 2, "ң": 3, "ғ": 4, "x": None,
    "é": None,
}  # fmt: skip


@pytest.mark.parametrize(("character", "meant"), MEANINGS.items())
def test_a_key_means_the_same_on_every_keyboard(character: str, meant: str | int | None) -> None:
    assert key_bindings.interpret_key(character, character, SIX) == meant


@pytest.mark.parametrize(
    ("key", "meant"), [("backspace", "undo"), ("ctrl+z", "undo"), ("f1", "help"), ("ctrl+c", "quit"), ("up", None)]
)
def test_keys_that_type_nothing(key: str, meant: str | None) -> None:
    assert key_bindings.interpret_key(key, None, SIX) == meant


@given(count=st.integers(1, 40))
def test_every_stance_has_a_key_of_its_own_and_no_command_loses_its_key(count: int) -> None:
    given_keys = key_bindings.assign_stance_keys(count)
    assert len(set(given_keys)) == count
    assert [key_bindings.interpret_key(key, key, given_keys) for key in given_keys] == list(range(count))
    assert [key_bindings.interpret_key(letter, letter, given_keys) for letter in key_bindings.COMMAND_KEYS] == list(
        key_bindings.COMMAND_KEYS.values()
    )


@given(character=st.text(max_size=2), count=st.integers(1, 12))
def test_no_key_breaks_anything(character: str, count: int) -> None:
    meant = key_bindings.interpret_key(character, character, key_bindings.assign_stance_keys(count))
    assert meant is None or meant in set(key_bindings.COMMAND_KEYS.values()) or meant in range(count)
