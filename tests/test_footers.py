from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.collecting.footers import FooterComment, Layout, builtin_layouts, find_footer, parse_layouts
from stance.errors import LayoutError

HEADED = """
[[layout]]
name = "headed"
start = ['Responses']
header = { placement = "before", pattern = '(?P<author>.+) on (?P<date>\\d{4}) said:' }
noise = ['Like']
end = 'Archive'
example = ""
comments = []

[[layout]]
name = "signed"
start = ['Voices']
header = { placement = "after", pattern = '(?P<date>\\d{4}) \\| (?P<author>.+)' }
example = ""
comments = []

[[layout]]
name = "headed and separated"
start = ['(?P<announced>\\d+) notes']
separator = '--'
header = { placement = "after", pattern = 'by (?P<author>.+)' }
example = ""
comments = []
"""


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize("layout", builtin_layouts(), ids=lambda layout: layout.name)
def test_a_layout_reads_its_own_example(layout: Layout) -> None:
    footer = find_footer(_lines(layout.example), builtin_layouts())
    assert footer is not None
    assert (footer.layout, footer.comments) == (layout.name, layout.comments)


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        (
            "Responses\nAnn on 2022 said:\nYes.\n\nIndeed.\nLike\nBob on 2023 said:\nNo.\nArchive\nJuly",
            [FooterComment("Yes.\n\nIndeed.", "Ann", "2022"), FooterComment("No.", "Bob", "2023")],
        ),
        ("Responses\nloose text\nArchive", []),
        ("Voices\nYes.\n2022 | Ann\nNo.\n2023 | Bob\nfooter", [
            FooterComment("Yes.", "Ann", "2022"), FooterComment("No.", "Bob", "2023"),
        ]),
        ("2 notes\nYes.\nby Ann\n--\nNo.\n--\nfooter", [FooterComment("Yes.", "Ann"), FooterComment("No.")]),
        ("2 notes\nYes.\nby Ann\n--\nNo, cut sho", [FooterComment("Yes.", "Ann"), FooterComment("No, cut sho")]),
        ("1 notes\nYes.\n--\nfooter of the page", [FooterComment("Yes.")]),
        ("The site said:\n2 notes\nof it\nRead on.\n2 notes\nYes.\n--\nNo.\n--\n", [
            FooterComment("Yes."), FooterComment("No."),
        ]),
        ("0 notes\n", []),
    ],
    ids=["header before", "no header", "header after", "separated", "cut short", "page end", "quoted", "none"],
)  # fmt: skip
def test_comments_of_a_footer(text: str, comments: list[FooterComment]) -> None:
    footer = find_footer(_lines(text), parse_layouts(HEADED))
    assert footer is not None
    assert list(footer.comments) == comments


def test_no_known_footer() -> None:
    assert find_footer(_lines("An article.\nNo comments here.\n"), builtin_layouts()) is None


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ('[[layout]]\nname = "x"\nstart = []\nexample = ""\ncomments = []', "start is empty"),
        ('[[layout]]\nname = "x"', "no comments, example, start"),
        ('[[layout]]\nname = "x"\nstart = ["("]\nexample = ""\ncomments = []', "is no regular expression"),
        ('[[layout]]\nname = "x"\nstart = ["x"]\nexample = ""\ncomments = []\nfoo = 1', "unknown key foo"),
        ('[[layout]]\nname = "x"\nstart = ["x"]\nexample = ""\ncomments = []\nheader = {}', "a header needs a pattern"),
    ],
)
def test_a_malformed_layout_is_named(toml: str, reason: str) -> None:
    with pytest.raises(LayoutError, match=f"footer layout 'x': .*{reason}"):
        parse_layouts(toml)


_WORDS = st.sampled_from(["2 Comment(s)", "Reply", "Comments", "bottom of page", "Leave a Reply", "", "A text."])


@given(st.lists(_WORDS | st.text(max_size=20), max_size=30))
def test_no_lines_break_the_reader(lines: list[str]) -> None:
    footer = find_footer([line.strip() for line in lines], builtin_layouts())
    assert footer is None or all(comment.text for comment in footer.comments)
