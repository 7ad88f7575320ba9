from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.extraction.textdump.footers import Footer, find_footer
from stance.extraction.textdump.layouts import FooterComment, FooterLayout, load_builtin_layouts, parse_layouts

LAYOUTS = """
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

[[layout]]
name = "headed and signed"
start = ['Letters']
header = { before = ['(?P<author>.+) writes:'], after = ['(?P<date>\\d{4})', '(?P<date2>\\d\\d:\\d\\d)?'] }
noise = ['(?P<likes>[+]\\d+)', 'Like']
example = ""
comments = []
"""

YES, NO = FooterComment("Yes."), FooterComment("No.")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def _nonblank_lines(text: str) -> list[str]:
    return [line for line in _lines(text) if line]


def _find(text: str) -> Footer | None:
    return find_footer(_lines(text), load_builtin_layouts())


@pytest.mark.parametrize("layout", load_builtin_layouts(), ids=lambda layout: layout.name)
@pytest.mark.parametrize("tried", ["all layouts", "this layout"])
def test_layout_matches_its_own_example(layout: FooterLayout, tried: str) -> None:
    footer = find_footer(_lines(layout.example), load_builtin_layouts() if tried == "all layouts" else [layout])
    assert footer is not None
    assert (footer.layout_name, footer.comments) == (layout.name, layout.comments)


@pytest.mark.parametrize("layout", load_builtin_layouts(), ids=lambda layout: layout.name)
def test_white_space_and_markdown_are_ignored(layout: FooterLayout) -> None:
    authors = {comment.author for comment in layout.comments if comment.author}
    lines = [line.replace(" ", "\N{NARROW NO-BREAK SPACE}") for line in _lines(layout.example)]
    markdown = [f"**{line}**" if any(line.startswith(author) for author in authors) else line for line in lines]
    footer = find_footer(markdown, load_builtin_layouts())
    assert footer is not None
    assert len(footer.comments) == len(layout.comments)


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        (
            "Responses\nAnn on 2022 said:\nYes.\n\nIndeed.\nLike\nBob on 2023 said:\nNo.\nArchive\nJuly",
            [FooterComment("Yes.\n\nIndeed.", "Ann", "2022"), FooterComment("No.", "Bob", "2023")],
        ),
        ("Voices\nYes.\n2022 | Ann\nNo.\n2023 | Bob\nfooter", [
            FooterComment("Yes.", "Ann", "2022"), FooterComment("No.", "Bob", "2023"),
        ]),
        ("2 notes\nYes.\nby Ann\n--\nNo.\n--\nfooter", [FooterComment("Yes.", "Ann"), NO]),
        ("2 notes\nYes.\nby Ann\n--\nNo, cut sho", [FooterComment("Yes.", "Ann"), FooterComment("No, cut sho")]),
        ("1 notes\nYes.\n--\nfooter of the page", [YES]),
        ("The site said:\n2 notes\nof it\nRead on.\n2 notes\nYes.\n--\nNo.\n--\n", [YES, NO]),
        ("0 notes\n", []),
        ("2 notes\nYes.\n--\n--\n--", [YES, FooterComment("--")]),
        ("1 notes\nYes.\n--\n--\n--", [YES]),
        ("Letters\nAnn writes:\nYes.\n+3\n2022\n12:30\nBob writes:\nAs she writes:\nNo.\n2023\nfooter", [
            FooterComment("Yes.", "Ann", "2022 12:30", "+3"), FooterComment("As she writes:\nNo.", "Bob", "2023"),
        ]),
        ("Letters\nAnn writes:\nYes.\n2022\nBob writes:\nNo, cut sho", [
            FooterComment("Yes.", "Ann", "2022"), FooterComment("No, cut sho", "Bob"),
        ]),
        ("Responses\nAnn on 2022 said:\nLike\nBob on 2023 said:\nNo.", [
            FooterComment("Like", "Ann", "2022"), FooterComment("No.", "Bob", "2023"),
        ]),
    ],
    ids=["header before", "header after", "separated", "cut short", "page end", "quoted", "none",
         "text like a separator", "one separator too many", "header on both sides", "cut short below a header",
         "text like noise"],
)  # fmt: skip
def test_comments_of_each_kind_of_layout(text: str, comments: list[FooterComment]) -> None:
    footer = find_footer(_lines(text), parse_layouts(LAYOUTS))
    assert footer is not None
    assert list(footer.comments) == comments


HEADERS = ("Ann says:\nMarch 3, 2012 at 4:05 pm\n", "Bob says:\nMarch 3, 2012 at 4:06 pm\n")


@pytest.mark.parametrize(
    ("below", "texts"),
    [
        ("{0}Yes.\nReply\n{1}No.\nReply\nAbout this site", ["Yes.", "No."]),
        ("{0}Reply\nYes.\n{1}Reply\nNo.", ["Yes.", "No."]),
        ("{0}Reply\nReply\n{1}No.\nReply", ["Reply", "No."]),
        ("{0}Reply\n{1}No.", ["Reply", "No."]),
        ("{0}Reply\n{1}No.\nReply", ["No."]),
        ("{0}Like\n{1}No.\nReply", ["Like", "No."]),
        ("{0}Yes.\nLike · Reply · Share\n{1}No.\n[Reply] | Link 3\nTop stories", ["Yes.", "No."]),
        ("{0}Yes.\nPingback: Another site\n{1}No.\nLeave a Reply\nName *", ["Yes.", "No."]),
        ("Leave a comment\n{0}Yes.\n{1}No.\nRelated posts\nA title", ["Yes.", "No."]),
        ("{0}> 1 Comment\nYes.\n{1}1 Comment\nNo.", ["> 1 Comment\nYes.", "1 Comment\nNo."]),
    ],
    ids=["below texts", "above texts", "two of them", "the only one", "an empty comment", "a link", "links in a row",
         "pingback", "invitation", "quoted start"],
)  # fmt: skip
def test_links_and_texts_that_look_like_links(below: str, texts: list[str]) -> None:
    footer = _find("2 Comments\n" + below.format(*HEADERS))
    assert footer is not None
    assert [comment.text for comment in footer.comments] == texts


STARTS = {
    2: """
        2 Responses to “The Long Way”
        2 Responses to "The Long Way"
        2 Replies to “The Long Way”
        2 thoughts on “The Long Way”
        2 Comments
        2 comments:
        2 Comments so far
        Comments (2)
        Comments: 2
        ## 2 Comments »
        2 Comments | Leave a comment
        There are 2 comments
        2\N{NO-BREAK SPACE}comments
        2 комментария
        Комментарии (2)
        КОММЕНТАРИИ: 2
        Обсуждение (2)
        2 комментария к «Долгий путь»
        Всего комментариев: 2
        Пікірлер (2)
        2 пікір
        Комментарийлер (2)
        2 комментарий
        2 Kommentare
        2 commentaires
        2 respuestas a «El camino»
    """,
    1: """
        One Response to “The Long Way”
        1 Comment
        Один комментарий
    """,
    1234: "1,234 Comments",
    None: """
        Comments
        Комментарии
        Комментарийлер
        Leserkommentare
    """,
}


@pytest.mark.parametrize(
    ("start", "announced"),
    [(start.strip(), count) for count, starts in STARTS.items() for start in _nonblank_lines(starts)],
)
def test_openings(start: str, announced: int | None) -> None:
    shown = 1 if announced == 1 else 2
    footer = _find(f"The last line.\n{start}\n" + "".join(f"{header}Yes.\n" for header in HEADERS[:shown]))
    assert footer is not None
    assert (footer.n_announced, [comment.author for comment in footer.comments]) == (announced, ["Ann", "Bob"][:shown])


DATES = """
    March 3, 2012 at 4:05 pm
    March 3rd, 2012, 4:05 p.m.
    3 March 2012 at 16:05
    Mar 3 2012
    2012-03-03 16:05
    2012-03-03T16:05:10
    Monday, March 3, 2012 at 4:05 pm
    03/03/2012 at 4:05 PM
    Thu, 03/03/2012 - 16:05
    March 3 at 4:05pm
    4:05 pm on March 3, 2012
    2 days ago
    an hour ago
    yesterday
    12 марта 2022 в 14:05
    12.03.2022 14:05
    12.03.2022 в 10:08 дп
    12 марта 2022 г., 14:05
    14:05, 12.03.2022
    пн, 12 марта 2022, 14:05
    сегодня в 14:05
    вчера
    3 дня назад
    только что
    2022 жылғы 12 наурыз, 14:05
    12 наурыз 2022 ж. 14:05
    бүгін, 14:05
    3 күн бұрын
    12-март, 2022 14:05
    2022-жылдын 12-марты, 14:05
    кечээ 14:05
    3 күн мурун
    12. März 2022 um 14:05 Uhr
    vor 3 Tagen
    12 mars 2022 à 14:05
    il y a 3 jours
    12 de marzo de 2022 a las 14:05
    hace 3 días
"""


@pytest.mark.parametrize("date", _nonblank_lines(DATES))
def test_dates_are_kept_as_written(date: str) -> None:
    footer = _find(f"2 Comments\nAnn says:\n{date}\nYes.\nReply\nБорис пишет:\n{date}\nNo.\nReply\n")
    assert footer is not None
    assert list(footer.comments) == [FooterComment("Yes.", "Ann", date), FooterComment("No.", "Борис", date)]


@pytest.mark.parametrize(
    "text",
    [
        "An article.\nNo comments here.\n",
        "Responses\nloose text\nArchive",
        "An interview\nAnn says:\nMarch 3, 2012 at 4:05 pm\nYes.\nBob says:\nMarch 3, 2012\nNo.",
        "An article with 2 comments on the war, and 3 responses to them.\nAnn says:\nMarch 3, 2012\nYes.",
        "Home\nComments\nA title\nJohn Smith\nMarch 3, 2012 at 4:05 pm\nThe article's text, of one line.\nThe end.",
        "Home\nComments\nContact\nThe title\nBy John Smith\nMarch 3, 2012 at 4:05 pm\nThe text.\nThe end.",
        "The end.\n12 Comments and counting, said the minister.\nMore text.",
        "Read more\n3 Comments on our site every minute",
        "Комментарии экспертов\nИван Петров\n12 марта 2022 в 14:05\nТекст.",
    ],
)
def test_pages_without_footer(text: str) -> None:
    footer = _find(text)
    assert footer is None or footer.comments == ()


@pytest.mark.parametrize(
    ("text", "layout_name", "n_announced"),
    [
        ("0 Comments\nLeave a Reply", "no comments", 0),
        ("No comments:\nPost a Comment", "no comments", 0),
        ("Комментарии (0)", "wordpress", 0),
        ("Нет комментариев", "no comments", 0),
        ("Комментариев пока нет.\nБудьте первым!", "no comments", None),
        ("5 Comments\nby scripts only", None, 5),
    ],
)
def test_pages_that_announce_a_count_without_comments(
    text: str, layout_name: str | None, n_announced: int | None
) -> None:
    assert _find(text) == Footer(layout_name, n_announced, ())


def test_opening_quoted_in_the_article_is_not_chosen() -> None:
    footer = _find(
        f"They wrote\n3 Comments\nabove it, said:\nAnn, a reader.\n2 Comments\n{HEADERS[0]}Yes.\n{HEADERS[1]}No.\n"
    )
    assert footer is not None
    assert (footer.n_announced, footer.comments[0].text, len(footer.comments)) == (2, "Yes.", 2)


def test_long_lines_match_no_pattern() -> None:
    footer = _find(f"1 Comment\n{HEADERS[0]}{'Reply ' * 60}\nReply\n")
    assert footer is not None
    assert footer.comments[0].text == ("Reply " * 60).strip()


@pytest.mark.slow
def test_long_page_is_read_to_its_end() -> None:
    count = 5000
    comments = "".join(
        f"Ann {number} says:\nMarch 3, 2012 at 4:05 pm\nYes.\nReally.\nReply\n" for number in range(count)
    )
    footer = _find(f"{count} Comments\n{comments}")
    assert footer is not None
    assert (footer.layout_name, len(footer.comments), footer.comments[-1].author) == (
        "wordpress",
        count,
        f"Ann {count - 1}",
    )


@pytest.mark.slow
def test_page_with_openings_only() -> None:
    footer = _find("Comments\n2 Comments\nКомментарии\n" * 2000)
    assert footer == Footer(None, 2, ())


_EXAMPLES = [line for layout in load_builtin_layouts() for line in _lines(layout.example)]


@given(st.lists(st.sampled_from(_EXAMPLES) | st.text(max_size=20), max_size=40))
def test_arbitrary_lines_do_not_fail(lines: list[str]) -> None:
    footer = find_footer([line.strip() for line in lines], load_builtin_layouts())
    assert footer is None or all(comment.text for comment in footer.comments)
