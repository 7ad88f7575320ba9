"""The comments of one HTML page that is in memory."""

from __future__ import annotations

import pandas as pd

from stance import tables
from stance.errors import StanceError
from stance.extraction import collection, sections
from stance.extraction.documents import UnreadablePageError
from stance.extraction.textdump.layouts import load_builtin_layouts

_UTF8_MARK = b"\xef\xbb\xbf"


def extract_comments(html: str | bytes, url: str | None = None) -> pd.DataFrame:
    """Return the reader comments of an HTML page.

    Parameters
    ----------
    html
        The page; bytes are decoded by their byte-order mark, the charset the page declares, or what fits best.
    url
        The address of the page, which identifies the article; by default the address that the page names.

    Returns
    -------
    pandas.DataFrame
        One row per comment in the order of the page, with the columns `stance.tables.COMMENT_COLUMNS`, all strings. It
        is empty if the page shows no comments.

    Raises
    ------
    StanceError
        The page holds nothing that can be read.

    Examples
    --------
    >>> page = '''<h1>A new bus line</h1>
    ... <ol class="commentlist">
    ... <li class="comment"><cite class="fn">Ann</cite><p>At last, a good idea.</p></li>
    ... <li class="comment"><cite class="fn">Ben</cite><p>And who is going to pay for it?</p></li>
    ... </ol>'''
    >>> extract_comments(page)[["author", "text"]].to_dict("records")  # doctest: +NORMALIZE_WHITESPACE
    [{'author': 'Ann', 'text': 'At last, a good idea.'},
     {'author': 'Ben', 'text': 'And who is going to pay for it?'}]
    """
    from stance.extraction.html import web_pages

    data = _UTF8_MARK + html.encode("utf-8", errors="replace") if isinstance(html, str) else html
    try:
        page = web_pages.read_web_page(data, None, url)
    except UnreadablePageError as error:
        raise StanceError(f"the page cannot be read: {error}", "pass the HTML of a page with comments") from None
    section = sections.extract_from_web_page(page, load_builtin_layouts())
    rows = list(collection.make_comment_rows(page.document, section))
    return pd.DataFrame(rows, columns=list(tables.COMMENT_COLUMNS), dtype="str")
