from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.errors import LayoutError
from stance.extraction.textdump.layouts import FooterComment, load_builtin_layouts, parse_layouts

ENTRY = {
    "name": '"x"',
    "start": '["Voices"]',
    "header": "{ before = ['(?P<author>.+) says:'] }",
    "noise": '["Like"]',
    "end": '"Archive"',
    "example": '""',
    "comments": "[]",
}


def _toml(**changed: str) -> str:
    entry = {key: value for key, value in (ENTRY | changed).items() if value}
    return "[[layout]]\n" + "".join(f"{key} = {value}\n" for key, value in entry.items())


def test_what_an_entry_says() -> None:
    comments = '[{ text = "Yes.", author = "Ann", date = "2022", likes = "3" }, { text = "No." }]'
    (layout,) = parse_layouts(_toml(comments=comments, closing='["Reply", "Answer"]', counted="true", fewest="2"))
    assert layout.comments == (FooterComment("Yes.", "Ann", "2022", "3"), FooterComment("No."))
    assert [pattern.pattern for pattern in layout.closing] == ["Reply", "Answer"]
    assert (layout.counted, layout.fewest, layout.is_user_defined, layout.can_find_comments) == (True, 2, False, True)


def test_a_header_can_be_written_in_three_ways() -> None:
    short = "{ placement = 'before', pattern = 'A' }"
    headers = [
        parse_layouts(_toml(header=value))[0].headers for value in (short, "{ before = ['A'] }", "[{ before = ['A'] }]")
    ]
    assert headers[0] == headers[1] == headers[2]


def test_parts_stand_for_patterns() -> None:
    parts = "[parts]\nstar = '[*]'\nmark = ['{{star}}', '#']\n"
    (layout,) = parse_layouts(parts + _toml(start="['{{mark}} Voices']"))
    assert all(layout.start[0].fullmatch(line) for line in ("* Voices", "# Voices"))


def test_the_built_in_parts_can_be_used_and_replaced() -> None:
    (layout,) = parse_layouts(_toml(end="'{{date}}'"), Path("mine.toml"))
    assert layout.is_user_defined
    assert layout.end[0].fullmatch("March 3, 2012 at 4:05 pm")
    (layout,) = parse_layouts("[parts]\ndate = 'D'\n" + _toml(end="'{{date}}'"), Path("mine.toml"))
    assert not layout.end[0].fullmatch("March 3, 2012 at 4:05 pm")


def test_the_built_in_layouts_have_names_of_their_own() -> None:
    names = [layout.name for layout in load_builtin_layouts()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"start": "[]"}, "start is empty"),
        ({"start": "['x?']"}, "start is empty, or its first line is"),
        ({"start": '"Voices"'}, "start is no list of texts"),
        ({"start": "[1]"}, "start is no list of texts"),
        ({"start": ""}, "no start"),
        ({"name": "3"}, "name is no text"),
        ({"name": '" "'}, "it has no name"),
        ({"start": '["("]'}, "'.*' is no regular expression, missing"),
        ({"start": '["a{99999999999}"]'}, "'.*' is no regular expression, the repetition number is too large"),
        ({"start": '["[[a]"]'}, "'.*' is no regular expression, Possible nested set"),
        ({"start": "['(?P<count>.)']"}, r"unknown group 'count' in .*, which may have the groups announced"),
        ({"end": "'(?P<date>.)'"}, "unknown group 'date' in .*, which may have no group with a name"),
        ({"end": "3"}, "end is no list of texts"),
        ({"end": "'{{dates}}'"}, r"no part {{dates}} is known to '{{dates}}' \(mine.toml\): did you mean {{date}}\?"),
        ({"end": "'{{qqqq}}'"}, r"no part {{qqqq}} is known to '{{qqqq}}' \(mine.toml\): declare it"),
        ({"separator": '["--"]'}, "separator is no text"),
        ({"foo": "1"}, "unknown key foo"),
        ({"counted": "1"}, "counted is neither true nor false"),
        ({"fewest": "true"}, "fewest is no whole number"),
        ({"fewest": "0"}, "fewest is no whole number"),
        ({"example": "1979-05-27"}, "example is no text"),
        ({"header": "{}"}, "a header needs a pattern and a placement"),
        ({"header": "3"}, "header is neither a table nor a list of tables"),
        ({"header": "{ placement = [1], pattern = 'x' }"}, "a header needs a pattern and a placement"),
        ({"header": "{ before = 'x' }"}, "header.before is no list of texts"),
        ({"header": "{ after = [] }"}, "the first line of header.after must not match an empty line"),
        ({"header": "{ before = ['(x)?', 'y'] }"}, "the first line of header.before must not match an empty line"),
        ({"header": "[{ before = ['x'] }, { after = ['y'] }]"}, "some headers stand before the text and others after"),
        ({"header": "", "closing": "'Reply'"}, "closing needs a header before the text"),
        ({"comments": "3"}, "comments is no list of tables"),
        ({"comments": '["Yes."]'}, "comments is no list of tables"),
        ({"comments": '[{ author = "Ann" }]'}, "a comment needs a text"),
        ({"comments": "[{ text = 3 }]"}, "a comment needs a text, and only texts"),
        ({"comments": '[{ text = "Yes.", votes = "3" }]'}, "unknown key 'votes' in a comment"),
    ],
    ids=str,
)
def test_a_malformed_entry_is_named(changed: dict[str, str], reason: str) -> None:
    with pytest.raises(LayoutError, match=rf"footer layout '(x|3| )': {reason}"):
        parse_layouts(_toml(**changed), Path("mine.toml"))


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ("", r"no \[\[layout\]\] in it"),
        ("layout = 3", r"no \[\[layout\]\] in it"),
        ("layout = [3]", r"no \[\[layout\]\] in it"),
        ("[[layout]\n", r"no TOML, .* \(at line 1, column \d+\): correct the file at that place"),
        ("a = " + "[" * 5000, "no TOML, .*recursion"),
        ("a = " + "1" * 5000, "no TOML, "),
        ("[layouts]\n", "unknown key 'layouts'"),
        ("parts = 3", "parts is no table"),
        ("[parts]\na = 3", "part 'a' is neither a text nor a list of texts"),
        ("[parts]\na = []", "part 'a' is neither a text nor a list of texts"),
        ("[parts]\na = '{{b}}'\nb = 'x'", "no part {{b}} is known to '{{b}}'"),
        (_toml() + _toml(), "another layout has this name, too: give one of them another name"),
    ],
    ids=lambda value: value[:30],
)
def test_a_malformed_file_is_named(toml: str, reason: str) -> None:
    with pytest.raises(LayoutError, match=f"footer layout.*: {reason}"):
        parse_layouts(toml)


def test_parts_of_parts_do_not_grow_without_bound() -> None:
    names = "abcdefghij"
    doubled = "".join(f"{name} = '{f'{{{{{before}}}}}' * 9}'\n" for before, name in pairwise(names))
    with pytest.raises(LayoutError, match="is too long with its parts: use fewer or shorter parts"):
        parse_layouts("[parts]\na = 'xxxxxxxxx'\n" + doubled)


@given(st.text())
def test_any_text_is_layouts_or_a_layout_error(text: str) -> None:
    with pytest.raises(LayoutError):
        parse_layouts(text)


_VALUES = st.sampled_from(
    [
        "true", "-1", "1.5", "inf", "1979-05-27", "''", "'x'", "'('", "'(?P<author>x)'", "'{{date}}'", "'{{nope}}'",
        "[]", "{}", "['x']", "[['x']]", "[{}]", "{ before = ['x'], after = 3 }", "{ placement = {}, pattern = 'x' }",
        "{ before = ['(?P<date>x)'] }", "[{ text = 'x' }]", "[{ text = [] }]", '"\\u0000"', "'(?i)x'", "['\\\\1']",
    ]
)  # fmt: skip
_KEYS = st.sampled_from([*ENTRY, "separator", "closing", "counted", "fewest", "parts"])


@given(st.dictionaries(_KEYS, _VALUES))
def test_any_values_are_layouts_or_a_layout_error(changed: dict[str, str]) -> None:
    with suppress(LayoutError):
        assert len(parse_layouts(_toml(**changed))) == 1
