r"""How well comments are pulled from web pages, by stance (from HTML, and "as text"), trafilatura and resiliparse.

    python benchmarks/pages.py FOLDER

FOLDER holds `html/ID.html` (pages as they were served) and `gold/ID.txt` (their reader comments, copied by hand with
author and date; empty where there are none). What is measured, all words being `\w+` in lower case after NFKC:

- token F1: of the bag of words of all comments that a tool returns (author, date as written, and text) and that of the
  gold text, over pages with comments.
- false: pages without comments from which a tool returns more than ten words.
- one record: of the comments whose elements are numbered (id "comment-123", "li-comment-123" and so on), the share that
  is one record of the tool's: nine in ten words of the record stand in the element, half of the element's words stand
  in the record (buttons and scores stand there, too), and no other comment is the same record. trafilatura and
  resiliparse return lines; each is taken for a record.
- count: pages with such elements of which a tool returns just as many records.
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

from page_scores import count_as_one, numbered_comments, token_f1, words
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

FALSE_WORDS = 10


@dataclass(frozen=True)
class Figures:
    """What a tool got from one page; `f1` is None where there are no comments to get."""

    f1: float | None
    words: int
    numbered: int
    as_one: int
    records: int


def by_stance(html: bytes) -> list[str]:
    """Pull comments by stance."""
    section = extract_from_web_page(read_web_page(html, Path("page.html")), load_builtin_layouts())
    return [f"{comment.author} {comment.date} {comment.text}" for comment in section.comments]


def by_stance_as_text(html: bytes) -> list[str]:
    """Pull comments by stance from the page's text alone, as if it had been saved as a text dump."""
    page = read_web_page(html, Path("page.html"))
    footer = find_footer(comment_thread.extract_lines(page.trees[0]), load_builtin_layouts())
    return [f"{comment.author} {comment.date} {comment.text}" for comment in footer.comments] if footer else []


def by_trafilatura(html: bytes) -> list[str]:
    """Pull comments by trafilatura."""
    found = bare_extraction(html, include_comments=True)
    return [line for line in (getattr(found, "comments", "") or "").splitlines() if line.strip()]


def by_resiliparse(html: bytes) -> list[str]:
    """Pull comments by resiliparse: the lines that its main content has with comments and has not without."""
    tree = HTMLTree.parse_from_bytes(html, detect_encoding(html) or "utf-8")
    both, without = (extract_plain_text(tree, main_content=True, comments=comments) for comments in (True, False))
    left = Counter(both.splitlines()) - Counter(without.splitlines())
    return [line for line in left.elements() if line.strip()]


TOOLS: dict[str, Callable[[bytes], list[str]]] = {
    "stance": by_stance,
    "as text": by_stance_as_text,
    "trafilatura": by_trafilatura,
    "resiliparse": by_resiliparse,
}


def measure(page: Path) -> dict[str, Figures]:
    """Let each tool pull the comments of a page."""
    html = page.read_bytes()
    gold = words((page.parents[1] / "gold" / f"{page.stem}.txt").read_text(encoding="utf-8", errors="replace"))
    comments = numbered_comments(decode_bytes(html).text.replace("\0", "")) if gold else []
    figures = {}
    for name, pull in TOOLS.items():
        records = [words(record) for record in pull(html)]
        found = sum(records, Counter[str]())
        figures[name] = Figures(
            token_f1(found, gold) if gold else None,
            found.total(),
            len(comments),
            count_as_one(comments, records),
            len(records),
        )
    return figures


def row(name: str, figures: Iterable[Figures]) -> str:
    """Give a tool's line of the table."""
    pages = list(figures)
    f1 = [page.f1 for page in pages if page.f1 is not None]
    without = [page for page in pages if page.f1 is None]
    numbered = [page for page in pages if page.numbered]
    false = sum(page.words > FALSE_WORDS for page in without)
    as_one = sum(page.as_one for page in numbered) / max(1, sum(page.numbered for page in numbered))
    exact = sum(page.records == page.numbered for page in numbered) / max(1, len(numbered))
    return (
        f"{name:<12} {statistics.mean(f1):>8.3f} {statistics.median(f1):>8.3f} {false:>5} of {len(without):<4}"
        f"{as_one:>11.1%} {exact:>8.1%}"
    )


def main() -> None:
    """Print a table of tools."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    pages = sorted((folder / "html").glob("*.html"))
    if not pages:
        sys.exit(f"error: no html/*.html ({folder}): name a folder with pages and gold texts")
    with ProcessPoolExecutor() as processes:
        measured = list(processes.map(measure, pages, chunksize=4))
    numbered = [page["stance"] for page in measured if page["stance"].numbered]
    print(f"{len(pages)} pages; {sum(page.numbered for page in numbered)} numbered comments on {len(numbered)} of them")
    print(f"{'':<12} {'F1 mean':>8} {'median':>8} {'false':>13}{'one record':>11} {'count':>8}")
    for name in TOOLS:
        print(row(name, (page[name] for page in measured)))


if __name__ == "__main__":
    main()
