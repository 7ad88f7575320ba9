r"""Compare the extraction of comments from web pages by stance, trafilatura and resiliparse.

    python benchmarks/pages.py FOLDER

FOLDER holds `html/ID.html` (pages as they were served) and `gold/ID.txt` (their reader comments, copied by hand with
author and date; empty if there are none). stance is measured on the HTML and "as text", that is on the text of the page
alone. Words are `\w+` in lower case after NFKC. The columns:

- F1: token F1 of all comments that a tool returns (author, date as written, and text) against the gold text, over pages
  with comments.
- false: number of pages without comments from which a tool returns more than ten words.
- one record: share of the comments with a numbered element (id "comment-123", "li-comment-123" and so on) that are
  exactly one record of the tool: nine in ten words of the record are in the element, half of the words of the element
  are in the record (the element also has buttons and scores), and no other comment matches the record. trafilatura and
  resiliparse return lines; each line is a record.
- count: share of the pages with such elements of which a tool returns exactly as many records.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from page_scores import compute_token_f1, count_matching_records, count_words, find_numbered_comments
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import detect_encoding
from resiliparse.parse.html import HTMLTree
from trafilatura import bare_extraction

from stance.extraction.html import comment_thread
from stance.extraction.html.web_pages import read_web_page
from stance.extraction.sections import extract_from_web_page
from stance.extraction.textdump.footers import find_footer
from stance.extraction.textdump.layouts import load_builtin_layouts
from stance.io.decoding import decode_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_FALSE_WORDS = 10


@dataclass(frozen=True)
class PageScores:
    """The scores of a tool on one page; `f1` is None if the page has no comments."""

    f1: float | None
    n_words: int
    n_numbered: int
    n_matching: int
    n_records: int


def extract_by_stance(html: bytes) -> list[str]:
    """Return the comments that stance extracts."""
    section = extract_from_web_page(read_web_page(html, Path("page.html")), load_builtin_layouts())
    return [f"{comment.author} {comment.date} {comment.text}" for comment in section.comments]


def extract_by_stance_as_text(html: bytes) -> list[str]:
    """Return the comments that stance extracts from the page's text alone, as if it were a text dump."""
    page = read_web_page(html, Path("page.html"))
    footer = find_footer(comment_thread.extract_lines(page.trees[0]), load_builtin_layouts())
    return [f"{comment.author} {comment.date} {comment.text}" for comment in footer.comments] if footer else []


def extract_by_trafilatura(html: bytes) -> list[str]:
    """Return the lines that trafilatura extracts as comments."""
    extracted = bare_extraction(html, include_comments=True)
    return [line for line in (getattr(extracted, "comments", "") or "").splitlines() if line.strip()]


def extract_by_resiliparse(html: bytes) -> list[str]:
    """Return the lines that resiliparse has in its main content only if comments are included."""
    tree = HTMLTree.parse_from_bytes(html, detect_encoding(html) or "utf-8")
    with_comments, without = (
        extract_plain_text(tree, main_content=True, comments=comments) for comments in (True, False)
    )
    only_with_comments = Counter(with_comments.splitlines()) - Counter(without.splitlines())
    return [line for line in only_with_comments.elements() if line.strip()]


TOOLS: dict[str, Callable[[bytes], list[str]]] = {
    "stance": extract_by_stance,
    "as text": extract_by_stance_as_text,
    "trafilatura": extract_by_trafilatura,
    "resiliparse": extract_by_resiliparse,
}


def score_page(page: Path) -> dict[str, PageScores]:
    """Return the scores of each tool on a page."""
    html = page.read_bytes()
    gold = count_words((page.parents[1] / "gold" / f"{page.stem}.txt").read_text(encoding="utf-8", errors="replace"))
    comments = find_numbered_comments(decode_bytes(html).text.replace("\0", "")) if gold else []
    scores = {}
    for name, extract in TOOLS.items():
        records = [count_words(record) for record in extract(html)]
        all_words = sum(records, Counter[str]())
        scores[name] = PageScores(
            compute_token_f1(all_words, gold) if gold else None,
            all_words.total(),
            len(comments),
            count_matching_records(comments, records),
            len(records),
        )
    return scores


def format_row(name: str, scores: Iterable[PageScores]) -> str:
    """Return a tool's line of the table."""
    pages = list(scores)
    f1 = [page.f1 for page in pages if page.f1 is not None]
    without_comments = [page for page in pages if page.f1 is None]
    numbered = [page for page in pages if page.n_numbered]
    n_false = sum(page.n_words > MAX_FALSE_WORDS for page in without_comments)
    one_record = sum(page.n_matching for page in numbered) / max(1, sum(page.n_numbered for page in numbered))
    same_count = sum(page.n_records == page.n_numbered for page in numbered) / max(1, len(numbered))
    return (
        f"{name:<12} {statistics.mean(f1):>8.3f} {statistics.median(f1):>8.3f} "
        f"{n_false:>5} of {len(without_comments):<4}{one_record:>11.1%} {same_count:>8.1%}"
    )


def main() -> None:
    """Print a table with one row per tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    pages = sorted((folder / "html").glob("*.html"))
    if not pages:
        sys.exit(f"error: no html/*.html ({folder}): name a folder with pages and gold texts")
    with ProcessPoolExecutor() as processes:
        scores = list(processes.map(score_page, pages, chunksize=4))
    numbered = [page["stance"] for page in scores if page["stance"].n_numbered]
    print(
        f"{len(pages)} pages; {sum(page.n_numbered for page in numbered)} numbered comments on {len(numbered)} of them"
    )
    print(f"{'':<12} {'F1 mean':>8} {'median':>8} {'false':>13}{'one record':>11} {'count':>8}")
    for name in TOOLS:
        print(format_row(name, (page[name] for page in scores)))


if __name__ == "__main__":
    main()
