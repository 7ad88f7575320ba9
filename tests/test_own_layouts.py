"""A user's own footer layouts: `stance collect --layouts FILE`."""

from __future__ import annotations

from pathlib import Path

import pytest

from stance.errors import LayoutError, MissingFileError, UnreadableFileError
from stance.extraction.textdump.footers import find_footer, read_layouts
from stance.extraction.textdump.layouts import load_builtin_layouts

HEADS = ("Ann says:\nMarch 3, 2012 at 4:05 pm\n", "Bob says:\nMarch 3, 2012 at 4:06 pm\n")
OWN = """
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


def test_own_layouts_come_first_where_they_are_as_plausible(tmp_path: Path) -> None:
    own = read_layouts(_file(tmp_path, OWN.replace("Letters", "Comments")))
    lines = _lines(
        "Comments (2)\nAnn, March 3, 2012 at 4:05 pm\nYes.\nReply\nBob, March 4, 2012 at 4:05 pm\nNo.\nReply\n"
    )
    for layouts in ((*own, *load_builtin_layouts()), (*load_builtin_layouts(), *own)):
        footer = find_footer(lines, layouts)
        assert footer is not None
        assert footer.layout_name == "the town's paper"
    footer = find_footer(_lines(f"2 Comments\n{HEADS[0]}Yes.\n{HEADS[1]}No.\n"), (*own, *load_builtin_layouts()))
    assert footer is not None
    assert footer.layout_name == "wordpress"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Letters (1)", "Letters", "nothing in its example is such a footer"),
        ("March 3, 2012\n\nYes", "3rd of March\n\nYes", "its example gives 0 comments, comments holds 1"),
        ('text = "Yes."', 'text = "Yes!"', "text of comment 1 in its example is read as 'Yes.', comments says 'Yes!'"),
        (
            'author = "Ann"',
            'author = "Bob"',
            "author of comment 1 in its example is read as 'Ann', comments says 'Bob'",
        ),
        ('author = "Ann", ', "", "author of comment 1 in its example is read as 'Ann', comments says ''"),
        ('"Yes." }]', '"Yes." }, { text = "No." }]', "its example gives 1 comments, comments holds 2"),
    ],
)
def test_an_own_layout_must_read_its_example(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = _file(tmp_path, OWN.replace(old, new))
    with pytest.raises(LayoutError, match=f'"the town\'s paper": {reason}.* \\(.*mine.toml\\): correct the entry'):
        read_layouts(path)


def test_a_file_of_layouts_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no such file \(.*\): check the path"):
        read_layouts(tmp_path / "gone.toml")
    with pytest.raises(UnreadableFileError, match=r"cannot be read, .* \(.*\): name another file"):
        read_layouts(tmp_path)
