"""What the names of an element say: that it is a comment, a part of one, a place for comments, or something else."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple

from lxml import etree

from stance.extraction.html.name_words import identity, numberless, profile_link, vocabulary, without_number, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

Role = Literal["", "text", "header", "date", "author", "likes", "noise"]

_UNREAD = frozenset(
    ["button", "head", "iframe", "input", "nav", "noscript", "object", "option", "script", "select", "style",
     "svg", "template", "textarea"]
)  # fmt: skip
"""Elements with nothing in them that a comment could hold."""

INLINE = frozenset(
    ["a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "em", "font", "i", "img", "ins",
     "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt",
     "u", "var", "wbr"]
)  # fmt: skip
"""Elements that stand within a line; all others begin a new one."""


_KIND = re.compile(r"[:/#\s]")
_COUNT = re.compile(r"[+\-−–]?\s?\d+")
_FIELDS = ("input", "textarea", "select", "button")
_FORM_WORDS = 300  # a form to fill in says no more; the longest on the pages that we know says 133
_LABELS = ("data-role", "data-testid", "data-spot-im-class", "noun", "slot")


class Key(NamedTuple):
    """A name that several elements of a page have in common: what kind it is of, and the name."""

    kind: Literal["number", "id", "class", "microdata", "data", "tag", "label", "system", "byline"]
    name: str


def number(element: HtmlElement) -> str | None:
    """Find what tells a comment's element from others, if its id says that it is a comment's."""
    name = _name(element)
    if not name or "#" not in (without := numberless(name)) or grade(Key("id", without)) != WHOLE:
        return None
    if vocabulary().plural.intersection(words(name)):
        return None
    return identity(name)


def tokens(element: HtmlElement) -> list[str]:
    """List the names of an element, and its tag as "<tag>", without their numbers."""
    tag = "<" + str(element.tag) + ">"
    names = [element.get("id") or "", *(element.get("class") or "").split(), *_labels(element), tag]
    return [without_number(name) for name in names if name]


def _labels(element: HtmlElement) -> list[str]:
    """List what an element is called beside its id and its classes, for scripts."""
    return [label for attribute in _LABELS if (label := element.get(attribute))]


def _own_tag(element: HtmlElement) -> list[str]:
    """Give the tag of an element if the site made it up."""
    return [str(element.tag)] if "-" in str(element.tag) else []


def _name(element: HtmlElement) -> str | None:
    return element.get("id") or (element.get("name") if element.tag == "a" else None)


def is_unread(element: HtmlElement) -> bool:
    """Tell whether nothing in an element could be of a comment."""
    return not isinstance(element.tag, str) or element.tag in _UNREAD or is_form(element)


def is_form(element: HtmlElement) -> bool:
    """Tell whether an element is a form to fill in: some sites wrap one around a comment, all of them or the page."""
    if element.tag != "form":
        return False
    fields = {each.tag for each in element.iter(*_FIELDS) if each.get("type") != "hidden"}
    if not fields or next(element.iter("h1"), None) is not None or _says_much(element):
        return False
    within = [each for each in element.iterdescendants(etree.Element) if each.tag not in _UNREAD]
    if "textarea" in fields:
        return sum(_is_called_comment(each) for each in within) <= 1
    return not any(map(number, within))


def _is_called_comment(element: HtmlElement) -> bool:
    return any(key.kind == "class" and grade(key) == WHOLE for key in keys(element))


def _says_much(form: HtmlElement) -> bool:
    read = (each for each in form.iter(etree.Element) if each.tag not in _UNREAD)
    words = accumulate(len((each.text or "").split()) + len((each.tail or "").split()) for each in read)
    return any(count > _FORM_WORDS for count in words)


WHOLE, PART, UNNAMED = 2, 1, 0
"""How much of a comment a name speaks of: all of it, a part (or several comments), or something else."""


def keys(element: HtmlElement) -> Iterator[Key]:
    """List the names of an element that others like it may have too."""
    name = _name(element)
    if name and (without := numberless(name)) != name:
        yield Key("id", without)
    for token in dict.fromkeys((element.get("class") or "").split()):
        yield Key("class", without_number(token))
    for tag in _own_tag(element):
        yield Key("tag", tag)
    for label in _labels(element):
        yield Key("label", numberless(label))
    if element.get("role") == "comment":
        yield Key("label", "comment")
    kinds = _KIND.split(f"{element.get('itemtype') or ''} {element.get('typeof') or ''}") if element.attrib else ()
    if element.get("itemprop") == "comment" or "Comment" in kinds or "UserComments" in kinds:
        yield Key("microdata", "comment")
    if any(element.get(attribute) for attribute in ("data-comment-id", "data-commentid")):
        yield Key("data", "comment-id")


@lru_cache(maxsize=100_000)
def grade(key: Key) -> int:
    """Tell whether a name is that of a whole comment, of a part of one, or of neither."""
    if key.kind in {"number", "microdata", "data", "system"}:
        return WHOLE
    if key.kind == "byline":
        return PART
    known = vocabulary()
    named = words(key.name)
    at = [place for place, word in enumerate(named) if word in known.comment]
    if not at or (key.kind == "id" and "#" not in named[at[0] :]):
        return UNNAMED
    before, after = set(named[: at[0]]), set(named[at[0] + 1 :]) - known.comment - {"#"}
    if known.elsewhere.intersection(named) or before & known.not_after or after & known.not_followed_by:
        return UNNAMED
    if named[at[-1]] in known.plural and key.kind != "id":
        return PART
    return PART if after - known.whole else WHOLE


def speaks_of_one(key: Key) -> bool:
    """Tell whether a name is enough to take the only element that has it for a comment."""
    if grade(key) != WHOLE or key.kind in {"number", "microdata", "data", "system"}:
        return grade(key) == WHOLE
    known = vocabulary()
    bare = [word for word in words(key.name) if word not in known.plain]
    return ("#" in bare and known.plural.isdisjoint(bare)) or (len(bare) == 1 and bare[0] in known.singular)


def names(element: HtmlElement) -> frozenset[str]:
    """List the words in the id and the classes of an element."""
    found = [word for attribute in ("id", "class") for word in words(element.get(attribute) or "")]
    return frozenset(found)


def is_elsewhere(element: HtmlElement) -> bool:
    """Tell whether an element shows what belongs to other pages."""
    return (
        element.tag in {"aside", "nav", "template"} or is_form(element) or bool(names(element) & vocabulary().elsewhere)
    )


def is_place(element: HtmlElement) -> bool:
    """Tell whether an element is named as a place for comments."""
    return bool(names(element) & vocabulary().comment)


def is_barrier(element: HtmlElement) -> bool:
    """Tell whether an element ends the comments that stand before it."""
    return is_form(element) or bool(names(element) & vocabulary().barrier)


def is_for_answers(element: HtmlElement) -> bool:
    """Tell whether an element is named as the place for the answers to a comment."""
    found = names(element)
    return any(found.issuperset(name.split()) for name in vocabulary().answers)


def signature(element: HtmlElement) -> tuple[str, frozenset[str]]:
    """Give what like elements have in common, though they alternate; all terms of a definition list are alike."""
    tokens = words(without_number(element.get("class") or "")) if element.tag != "dt" else ()
    return str(element.tag), frozenset(tokens) - {"#", "odd", "even", "alt", "first", "last"}


def role(element: HtmlElement) -> Role:
    """Tell which part of a comment an element holds, "" where its names do not say."""
    microdata = element.get("itemprop") or ""
    if any(grade(key) == WHOLE for key in keys(element)):
        return ""
    if element.tag == "time" or microdata.startswith("date") or microdata == "commentTime":
        return "date"
    if microdata in {"commentText", "text", "description", "articleBody"}:
        return "text"
    named = (element.get(each) or "" for each in ("id", "class", "itemprop", "property", "rel"))
    name = " ".join([*named, *_labels(element), *_own_tag(element)])
    return "likes" if _counts_votes(element, name) else _role(name, str(element.tag))


def _counts_votes(element: HtmlElement, name: str) -> bool:
    """Tell whether an element that is named by votes holds a number and nothing else."""
    named, roles = set(words(name)), vocabulary().roles
    if not named & (roles["ballot"] | roles["likes"]) or named & roles["against"]:
        return False
    return bool(_COUNT.fullmatch(" ".join(element.itertext()).strip()))


def is_profile_link(element: HtmlElement) -> bool:
    """Tell whether an element links to what a site says about one of its users."""
    return element.tag == "a" and bool(profile_link().search(element.get("href") or ""))


@lru_cache(maxsize=100_000)
def _role(tokens: str, tag: str) -> Role:
    roles = vocabulary().roles
    if any(_is_text(token) for token in tokens.split()):
        return "text"
    found = frozenset(words(tokens))
    if found & roles["portrait"]:
        return "noise"
    if found & roles["header"] or (found & roles["date"] and found & roles["author"]):
        return "header"
    if found & roles["against"]:
        return "noise"
    for each in ("date", "noise", "likes", "author"):
        if found & roles[each] and not (each == "noise" and found & {"author", "fn", "username", "commenter"}):
            return each
    return "author" if tag == "cite" else ""


def _is_text(token: str) -> bool:
    roles = vocabulary().roles
    named = [word for word in words(numberless(token)) if word != "#"]
    others = frozenset().union(*(roles[each] for each in ("header", "date", "author", "noise"))) - roles["text"]
    return bool(named) and named[-1] in roles["text"] and not set(named) & (others - roles["beside_text"])
