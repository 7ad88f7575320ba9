"""Attaches to the elements of comments the siblings that belong to them.

Some pages put the parts of a comment side by side (`dt` and `dd`, an empty anchor and a paragraph), and only one of
them has a name by which it can be recognised.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import takewhile
from typing import TYPE_CHECKING

from stance.extraction.html import markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.html import HtmlElement

# Elements that are never a part of a sibling with the same tag.
_SELF_CONTAINED_TAGS = {"li", "article"}


def attach_siblings(elements: Sequence[HtmlElement]) -> list[tuple[HtmlElement, ...]]:
    """Return, for each element, the element with the siblings that are found beside all its similar siblings."""
    members = set(elements)
    runs: defaultdict[HtmlElement | None, list[HtmlElement]] = defaultdict(list)
    for element in elements:
        runs[element.getparent()].append(element)
    gaps = {
        element: list(_iter_siblings_between(element, members, forward=False))[::-1]
        for run in runs.values()
        for element in run
    }
    inner_signatures = frozenset(
        markup.compute_signature(sibling) for run in runs.values() for element in run[1:] for sibling in gaps[element]
    )
    extended: dict[HtmlElement, tuple[HtmlElement, ...]] = {}
    for run in runs.values():
        gaps_before = [gaps[element] for element in run]
        following = _iter_siblings_between(run[-1], members, forward=True)
        siblings_after = list(takewhile(lambda sibling: not markup.is_section_end(sibling), following))
        n_heads, n_tails = _count_shared_siblings(run[0], gaps_before, siblings_after, inner_signatures)
        for index, element in enumerate(run):
            heads = gaps_before[index][len(gaps_before[index]) - n_heads :]
            if index + 1 == len(run):
                tails = siblings_after[:n_tails]
            else:
                tails = gaps_before[index + 1][: len(gaps_before[index + 1]) - n_heads]
            extended[element] = (*heads, element, *tails)
    return [extended[element] for element in elements]


def _iter_siblings_between(element: HtmlElement, members: set[HtmlElement], *, forward: bool) -> Iterator[HtmlElement]:
    """Yield the siblings between an element and the next (or previous) member, the nearest first."""
    siblings: Iterable[HtmlElement] = element.itersiblings(preceding=not forward)
    for sibling in siblings:
        if sibling in members or (sibling.tag == element.tag and sibling.tag in _SELF_CONTAINED_TAGS):
            return
        if isinstance(sibling.tag, str):
            yield sibling


def _count_shared_siblings(
    first: HtmlElement,
    gaps_before: Sequence[Sequence[HtmlElement]],
    siblings_after: Sequence[HtmlElement],
    inner_signatures: frozenset[tuple[str, frozenset[str]]],
) -> tuple[int, int]:
    """Return how many siblings before each element of a run belong to it, and how many after the last one do.

    Parameters
    ----------
    first
        The first element of the run.
    gaps_before
        For each element of the run, the siblings between the previous one and it.
    siblings_after
        The siblings after the last one.
    inner_signatures
        Signatures of the siblings found between elements of any run. They decide for a run of a single element, which
        has no similar siblings to compare it with.
    """
    if len(gaps_before) == 1:
        terms = takewhile(lambda sibling: first.tag == "dd" and sibling.tag == "dt", reversed(gaps_before[0]))
        definitions = takewhile(
            lambda sibling: (
                (first.tag in {"dt", "dd"} and sibling.tag == "dd")
                or markup.compute_signature(sibling) in inner_signatures
            ),
            siblings_after,
        )
        return sum(1 for _ in terms), sum(1 for _ in definitions)
    signatures = [[markup.compute_signature(sibling) for sibling in gap] for gap in gaps_before]
    n_heads = 0
    while all(len(gap) > n_heads for gap in signatures) and len({gap[-n_heads - 1] for gap in signatures}) == 1:
        n_heads += 1
    tail_signatures = {signature for gap in signatures[1:] for signature in gap[: len(gap) - n_heads]}
    max_tails = max(len(gap) - n_heads for gap in signatures[1:])
    tails = takewhile(
        lambda sibling: (
            markup.compute_signature(sibling) in tail_signatures or (first.tag == "dt" and sibling.tag == "dd")
        ),
        siblings_after[:max_tails],
    )
    return n_heads, sum(1 for _ in tails)
