"""A user's own footer layouts: `stance collect --layouts FILE`."""

from __future__ import annotations

from pathlib import Path

import pytest

from stance.errors import LayoutError, MissingFileError, UnreadableFileError
from stance.extraction.textdump.footers import find_footer, read_layouts
from stance.extraction.textdump.layouts import load_builtin_layouts

HEADERS = ("Ann says:\nMarch 3, 2012 at 4:05 pm\n", "Bob says:\nMarch 3, 2012 at 4:06 pm\n")
USER_LAYOUT = """
[[layout]]
name = "the town's paper"
start = ['Letters \\((?P<announced>\\d+)\\)']
header = { before = ['(?P<author>.+), (?P<date>{{date}})'] }
closing = 'Agree'
example = '''
Letters (1)

Ann, March 3, 2012

Yes.

Agree
'''
comments = [{ author = "Ann", date = "March 3, 2012", text = "Yes." }]
"""


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def _file(folder: Path, toml: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(toml, encoding="utf-8")
    return path


def test_user_layouts_win_over_equally_plausible_built_in_ones(tmp_path: Path) -> None:
    user_layouts = read_layouts(_file(tmp_path, USER_LAYOUT.replace("Letters", "Comments")))
    lines = _lines(
        "Comments (2)\nAnn, March 3, 2012 at 4:05 pm\nYes.\nReply\nBob, March 4, 2012 at 4:05 pm\nNo.\nReply\n"
    )
    for layouts in ((*user_layouts, *load_builtin_layouts()), (*load_builtin_layouts(), *user_layouts)):
        footer = find_footer(lines, layouts)
        assert footer is not None
        assert footer.layout_name == "the town's paper"
    footer = find_footer(
        _lines(f"2 Comments\n{HEADERS[0]}Yes.\n{HEADERS[1]}No.\n"), (*user_layouts, *load_builtin_layouts())
    )
    assert footer is not None
    assert footer.layout_name == "wordpress"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Letters (1)", "Letters", "no footer found in its example"),
        (
            "March 3, 2012\n\nYes",
            "3rd of March\n\nYes",
            "number of comments found in its example: 0, declared in comments: 1",
        ),
        ('text = "Yes."', 'text = "Yes!"', "text of comment 1 in its example is 'Yes.', but comments says 'Yes!'"),
        (
            'author = "Ann"',
            'author = "Bob"',
            "author of comment 1 in its example is 'Ann', but comments says 'Bob'",
        ),
        ('author = "Ann", ', "", "author of comment 1 in its example is 'Ann', but comments says ''"),
        (
            '"Yes." }]',
            '"Yes." }, { text = "No." }]',
            "number of comments found in its example: 1, declared in comments: 2",
        ),
    ],
)
def test_user_layout_must_match_its_example(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = _file(tmp_path, USER_LAYOUT.replace(old, new))
    with pytest.raises(LayoutError, match=f'"the town\'s paper": {reason}.* \\(.*mine.toml\\): correct the entry'):
        read_layouts(path)


def test_unreadable_layout_file(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no such file \(.*\): check the path"):
        read_layouts(tmp_path / "gone.toml")
    with pytest.raises(UnreadableFileError, match=r"a folder, not a file \(.*\): name the files in it"):
        read_layouts(tmp_path)
