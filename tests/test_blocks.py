"""Footers generated from a template of each layout are parsed back, with all built-in layouts tried."""

from __future__ import annotations

import pytest
from conftest import count_examples
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.extraction.textdump.footers import find_footer
from stance.extraction.textdump.layouts import FooterComment, load_builtin_layouts

TEMPLATES = {
    "caravanserai": ("{n} Comment(s)", "{text}\n\nReply\n\n"),
    "wordpress": ("{n} Responses to “The Long Way”", "{author} says:\n{date}\n\n{text}\n\nReply\n\n"),
    "wordpress, twenty eleven": ("{n} thoughts on “The Long Way”", "{author} on {date} said:\n\n{text}\n\nReply ↓\n\n"),
    "wordpress, sandbox": ("{n} Comments", "{author}\nPosted {date} | Permalink\n\n{text}\n\n"),
    "thesis": ("{{ {n} comments… read them below or add one }}", "{author} {date}\n\n{text}\n\nReply\n\n"),
    "blogger": ("{n} comments:", "{author} said...\n\n{text}\n{date}\n\n"),
    "typepad": ("Comments", "{text}\n\nPosted by: {author} | {date}\n\n"),
    "squarespace": ("Reader Comments ({n})", "{text}\n{date} | Unregistered Commenter{author}\n\n"),
    "wpdiscuz": ("{n} Comments\nInline Feedbacks\nView all comments", "{author}\nGuest\n{date}\n{text}\n7\nReply\n\n"),
    "disqus": ("{n} Comments\nThe Post\nLogin", "{author} • {date}\n\n{text}\n\n7 △ ▽\nReply\nShare ›\n\n"),
    "yahoo": ("Comments", "{author} • {date}\n\n{text}\n\n7\n\n"),
    "facebook": ("{n} Comments\nSort by", "{author}\nWorks at Home\n\n{text}\n\nLike · Reply · 7 · {date}\n\n"),
    "taz": ("Leserkommentare", "{author}\n{date}\n\n{text}\n\nantworten melden\n\n"),
    "spip": ("Vos réactions ({n})", "{text}\n\n{author}\nLe {date}\nRépondre\n\n"),
    "drupal": ("Comments", "Submitted by {author} on {date}.\n\n{text}\n\nreply\n\n"),
    "slash": (
        "The Fine Print: The following comments are owned by whoever posted them.",
        "Re: (Score:2)\nby {author} (123) on {date} (#4)\n{text}\nReply to This Share\n\n",
    ),
    "vbulletin": (
        "Results 1 to {n} of {n}",
        "{date}\n#1\n{author}\nJunior Member\nPosts: 12\n{text}\nReply With Quote\n",
    ),
    "phpbb": ("{n} posts • Page 1 of 1", "Re: The Long Way\nby {author} » {date}\n\n{text}\n\nTop\n\n"),
    "dle": ("Комментарии ({n})", "{author}\n{date}\nГруппа: Гости\n\n{text}\n\n+7\nЦитировать\n\n"),
    "ucoz": ("Всего комментариев: {n}", "3 {author} ({date})\n7\n{text}\n\nОтветить\n\n"),
    "wordpress, russian": ("{n} комментария к «Долгий путь»", "{author} пишет:\n{date}\n\n{text}\n\nОтветить\n\n"),
    "russian": ("Комментарии ({n})", "{author}, {date}\n\n{text}\n\n+7\nОтветить\n\n"),
    "kazakh": ("Пікірлер ({n})", "{author}\n{date}\n\n{text}\n\n7\nЖауап беру\n\n"),
    "kyrgyz": ("Комментарийлер ({n})", "{author} | {date}\n\n{text}\n\n7\nЖооп берүү\n\n"),
    "name and date": ("{n} Comments", "{author}\n{date}\n\n{text}\n\nReply\n\n"),
    "signed by": ("{n} Comments", "{text}\n\nby {author} on {date}. Reply #\n\n"),
    "wrote": ("{n} Comments", "{author} wrote:\n\n{text}\n\n{date} | Permalink\n\n"),
    "posted by": ("{n} Comments", "{text}\n\nPosted by {author} on {date} | permalink | Reply\n\n"),
}

_AUTHORS = st.sampled_from(
    ["Ann", "bob77", "Айгүл", "Иван Петров", "J. R. Ewing", "Dr. Ö", "the_fox", "Анна-Мария", "Mr X (admin)", "Кот 2"]
)
_DATES = st.builds(
    str.format,
    st.sampled_from(["March {}, 2012 at {}:05 pm", "{} марта 2022 в {}:05", "{:02}.03.2022 {:02}:05", "{} days ago"]),
    st.integers(1, 28),
    st.integers(1, 12),
)
_WORDS = st.sampled_from(
    ["the", "ferry", "was", "late", "тоже", "мост", "сегодня", "жол", "жок", "2", "comments", "says", "reply", "«так»"]
)
_LINES = st.builds(
    lambda words, end: f"Да, {' '.join(words)}{end}", st.lists(_WORDS, min_size=1, max_size=12), st.sampled_from(".!?…")
)
_TEXTS = st.lists(_LINES, min_size=1, max_size=4).flatmap(
    lambda lines: st.lists(st.sampled_from(["\n", "\n\n"]), min_size=len(lines) - 1, max_size=len(lines) - 1).map(
        lambda gaps: "".join(line + gap for line, gap in zip(lines, [*gaps, ""], strict=True))
    )
)
_COMMENTS = st.lists(st.builds(FooterComment, _TEXTS, _AUTHORS, _DATES), min_size=1, max_size=6)


def _expected(template: str, comment: FooterComment) -> FooterComment:
    """Return a comment with the fields that the template contains, in the form in which it writes them."""
    author = comment.author if "{author}" in template else ""
    date = comment.date if "{date}" in template else ""
    date = f"Le {date}" if "Le {date}" in template else date
    likes = "+7" if "+7" in template else "7" if "7" in template else ""
    return FooterComment(comment.text, author, date, likes)


@pytest.mark.slow
@pytest.mark.parametrize("name", TEMPLATES)
@given(comments=_COMMENTS)
@settings(max_examples=count_examples(20))
def test_generated_footers_are_parsed_back(name: str, comments: list[FooterComment]) -> None:
    start, template = TEMPLATES[name]
    blocks = "".join(template.format(**vars(comment)) for comment in comments)
    page = f"An article.\n\n{start.format(n=len(comments))}\n\n{blocks}Leave a Reply\n"
    footer = find_footer([line.strip() for line in page.splitlines()], load_builtin_layouts())
    assert footer is not None
    assert list(footer.comments) == [_expected(template, comment) for comment in comments]


def test_every_layout_with_comments_has_a_template() -> None:
    names = {layout.name for layout in load_builtin_layouts() if layout.can_find_comments}
    without_template = {"blogger, threaded", "name and day", "date and name", "text and date"}
    assert names == TEMPLATES.keys() | without_template
