"""The keys of stances and commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.annotation import key_bindings

SIX_KEYS = key_bindings.assign_stance_keys(6)

MEANINGS = {
    "1": 0, "6": 5, "7": None, "u": "unsure", "U": "unsure", "г": "unsure", "Г": "unsure", "т": "note", "ф": "also",
    "ы": "skip", "я": "undo", "к": "revisit", "й": "quit", "?": "help", "ә": 1, "і": 2, "ң": 3, "ғ": 4, "x": None,
    "é": None,
}  # fmt: skip


@pytest.mark.parametrize(("character", "expected"), MEANINGS.items())
def test_a_key_does_the_same_on_every_keyboard(character: str, expected: str | int | None) -> None:
    assert key_bindings.interpret_key(character, character, SIX_KEYS) == expected


@pytest.mark.parametrize(
    ("key", "expected"), [("backspace", "undo"), ("ctrl+z", "undo"), ("f1", "help"), ("ctrl+c", "quit"), ("up", None)]
)
def test_keys_that_type_no_character(key: str, expected: str | None) -> None:
    assert key_bindings.interpret_key(key, None, SIX_KEYS) == expected


@given(count=st.integers(1, 40))
def test_every_stance_has_its_own_key_and_commands_keep_theirs(count: int) -> None:
    stance_keys = key_bindings.assign_stance_keys(count)
    assert len(set(stance_keys)) == count
    assert [key_bindings.interpret_key(key, key, stance_keys) for key in stance_keys] == list(range(count))
    assert [key_bindings.interpret_key(letter, letter, stance_keys) for letter in key_bindings.COMMAND_KEYS] == list(
        key_bindings.COMMAND_KEYS.values()
    )


@given(character=st.text(max_size=2), count=st.integers(1, 12))
def test_any_character_is_accepted(character: str, count: int) -> None:
    action = key_bindings.interpret_key(character, character, key_bindings.assign_stance_keys(count))
    assert action is None or action in set(key_bindings.COMMAND_KEYS.values()) or action in range(count)
