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


def _toml(**values: str) -> str:
    entry = {key: value for key, value in (ENTRY | values).items() if value}
    return "[[layout]]\n" + "".join(f"{key} = {value}\n" for key, value in entry.items())


def test_parse_all_keys_of_an_entry() -> None:
    comments = '[{ text = "Yes.", author = "Ann", date = "2022", likes = "3" }, { text = "No." }]'
    (layout,) = parse_layouts(_toml(comments=comments, closing='["Reply", "Answer"]', counted="true", fewest="2"))
    assert layout.comments == (FooterComment("Yes.", "Ann", "2022", "3"), FooterComment("No."))
    assert [pattern.pattern for pattern in layout.closing] == ["Reply", "Answer"]
    assert (layout.counted, layout.fewest, layout.is_user_defined, layout.can_find_comments) == (True, 2, False, True)


def test_three_ways_to_write_a_header() -> None:
    short = "{ placement = 'before', pattern = 'A' }"
    headers = [
        parse_layouts(_toml(header=value))[0].headers for value in (short, "{ before = ['A'] }", "[{ before = ['A'] }]")
    ]
    assert headers[0] == headers[1] == headers[2]


def test_parts_are_inserted_into_patterns() -> None:
    parts = "[parts]\nstar = '[*]'\nmark = ['{{star}}', '#']\n"
    (layout,) = parse_layouts(parts + _toml(start="['{{mark}} Voices']"))
    assert all(layout.start[0].fullmatch(line) for line in ("* Voices", "# Voices"))


def test_built_in_parts_can_be_used_and_overridden() -> None:
    (layout,) = parse_layouts(_toml(end="'{{date}}'"), Path("mine.toml"))
    assert layout.is_user_defined
    assert layout.end[0].fullmatch("March 3, 2012 at 4:05 pm")
    (layout,) = parse_layouts("[parts]\ndate = 'D'\n" + _toml(end="'{{date}}'"), Path("mine.toml"))
    assert not layout.end[0].fullmatch("March 3, 2012 at 4:05 pm")


def test_built_in_layouts_have_unique_names() -> None:
    names = [layout.name for layout in load_builtin_layouts()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"start": "[]"}, "start is empty"),
        ({"start": "['x?']"}, "start is empty, or its first pattern matches an empty line"),
        ({"start": '"Voices"'}, "start is not a list of strings"),
        ({"start": "[1]"}, "start is not a list of strings"),
        ({"start": ""}, "missing key start"),
        ({"name": "3"}, "name is not a string"),
        ({"name": '" "'}, "name is empty"),
        ({"start": '["("]'}, "'.*' is not a regular expression, missing"),
        ({"start": '["a{99999999999}"]'}, "'.*' is not a regular expression, the repetition number is too large"),
        ({"start": '["[[a]"]'}, "'.*' is not a regular expression, Possible nested set"),
        ({"start": "['(?P<count>.)']"}, r"unknown group 'count' in .*, allowed are announced"),
        ({"end": "'(?P<date>.)'"}, "unknown group 'date' in .*, no named group is allowed"),
        ({"end": "3"}, "end is not a list of strings"),
        ({"end": "'{{dates}}'"}, r"unknown part {{dates}} in '{{dates}}' \(mine.toml\): did you mean {{date}}\?"),
        ({"end": "'{{qqqq}}'"}, r"unknown part {{qqqq}} in '{{qqqq}}' \(mine.toml\): declare it"),
        ({"separator": '["--"]'}, "separator is not a string"),
        ({"foo": "1"}, "unknown key foo"),
        ({"counted": "1"}, "counted is neither true nor false"),
        ({"fewest": "true"}, "fewest is not a positive whole number"),
        ({"fewest": "0"}, "fewest is not a positive whole number"),
        ({"example": "1979-05-27"}, "example is not a string"),
        ({"header": "{}"}, "a header needs before or after"),
        ({"header": "3"}, "header is neither a table nor a list of tables"),
        ({"header": "{ placement = [1], pattern = 'x' }"}, "a header needs before or after"),
        ({"header": "{ before = 'x' }"}, "header.before is not a list of strings"),
        ({"header": "{ after = [] }"}, "the first line of header.after must not match an empty line"),
        ({"header": "{ before = ['(x)?', 'y'] }"}, "the first line of header.before must not match an empty line"),
        ({"header": "[{ before = ['x'] }, { after = ['y'] }]"}, "some headers are before the text and others after"),
        ({"header": "", "closing": "'Reply'"}, "closing requires a header before the text"),
        ({"comments": "3"}, "comments is not a list of tables"),
        ({"comments": '["Yes."]'}, "comments is not a list of tables"),
        ({"comments": '[{ author = "Ann" }]'}, "a comment needs a text"),
        ({"comments": "[{ text = 3 }]"}, "a comment needs a text, and all its values must be strings"),
        ({"comments": '[{ text = "Yes.", votes = "3" }]'}, "unknown key 'votes' in a comment"),
    ],
    ids=str,
)
def test_malformed_entries_are_reported(values: dict[str, str], reason: str) -> None:
    with pytest.raises(LayoutError, match=rf"footer layout '(x|3| )': {reason}"):
        parse_layouts(_toml(**values), Path("mine.toml"))


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ("", r"the file has no \[\[layout\]\]"),
        ("layout = 3", r"the file has no \[\[layout\]\]"),
        ("layout = [3]", r"the file has no \[\[layout\]\]"),
        ("[[layout]\n", r"not valid TOML, .* \(at line 1, column \d+\): correct the file there"),
        ("a = " + "[" * 5000, "not valid TOML, .*recursion"),
        ("a = " + "1" * 5000, "not valid TOML, "),
        ("[layouts]\n", "unknown key 'layouts'"),
        ("parts = 3", "parts is not a table"),
        ("[parts]\na = 3", "part 'a' is neither a string nor a list of strings"),
        ("[parts]\na = []", "part 'a' is neither a string nor a list of strings"),
        ("[parts]\na = '{{b}}'\nb = 'x'", "unknown part {{b}} in '{{b}}'"),
        (_toml() + _toml(), "two layouts have this name: rename one of them"),
    ],
    ids=lambda value: value[:30],
)
def test_malformed_files_are_reported(toml: str, reason: str) -> None:
    with pytest.raises(LayoutError, match=f"footer layout.*: {reason}"):
        parse_layouts(toml)


def test_length_of_nested_parts_is_limited() -> None:
    names = "abcdefghij"
    nested = "".join(f"{name} = '{f'{{{{{previous}}}}}' * 9}'\n" for previous, name in pairwise(names))
    with pytest.raises(LayoutError, match="is too long once its parts are inserted: use fewer or shorter parts"):
        parse_layouts("[parts]\na = 'xxxxxxxxx'\n" + nested)


@given(st.text())
def test_arbitrary_text_raises_only_layout_errors(text: str) -> None:
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


@given(values=st.dictionaries(_KEYS, _VALUES))
def test_arbitrary_values_raise_only_layout_errors(values: dict[str, str]) -> None:
    with suppress(LayoutError):
        assert len(parse_layouts(_toml(**values))) == 1
