"""Interprets the names of an element: whether it is a comment, a field of one, or a container of comments."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple

from lxml import etree

from stance.extraction.html.name_words import (
    compile_profile_link,
    extract_identifier,
    load_markup_words,
    mask_identifier,
    mask_numbers,
    split_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

FieldRole = Literal["", "text", "header", "date", "author", "likes", "noise"]
"""What an element holds of its comment: "header" is author and date together, "noise" belongs to the page."""

_NON_CONTENT_TAGS = frozenset(
    ["button", "head", "iframe", "input", "nav", "noscript", "object", "option", "script", "select", "style",
     "svg", "template", "textarea"]
)  # fmt: skip
"""Elements that never contain a part of a comment."""

INLINE_TAGS = frozenset(
    ["a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "em", "font", "i", "img", "ins",
     "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt",
     "u", "var", "wbr"]
)  # fmt: skip
"""Elements within a line; every other element starts a new line."""

HEADING_TAGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
VOTE_COUNT = re.compile(r"[+\-−–]?\s?\d+")

_TYPE_SEPARATOR = re.compile(r"[:/#\s]")
_FORM_FIELD_TAGS = ("input", "textarea", "select", "button")
_MAX_FORM_WORDS = 300  # see "Forms" in docs/explanation/decisions/html-pages.md
_LABEL_ATTRIBUTES = ("data-role", "data-testid", "data-spot-im-class", "noun", "slot")
_DEFINITE_KINDS = frozenset(["number", "microdata", "data", "platform"])


class ElementKey(NamedTuple):
    """A name that several elements of a page share, and the kind of name."""

    kind: Literal["number", "id", "class", "microdata", "data", "tag", "label", "platform", "dated line"]
    name: str

    @property
    def is_definite(self) -> bool:
        """Whether every name of this kind means a comment."""
        return self.kind in _DEFINITE_KINDS


class CommentScope(IntEnum):
    """How much of a comment a name refers to."""

    NONE = 0
    PART = 1  # or several comments
    WHOLE = 2


def find_comment_number(element: HtmlElement) -> str | None:
    """Return the number (or random string) in an element's id if the id is that of a comment, else None."""
    name = _get_id_or_anchor(element)
    if not name or "#" not in (masked := mask_identifier(name)):
        return None
    if classify_key(ElementKey("id", masked)) != CommentScope.WHOLE:
        return None
    if load_markup_words().plural.intersection(split_words(name)):
        return None
    return extract_identifier(name)


def list_masked_names(element: HtmlElement) -> list[str]:
    """Return the id, classes and labels of an element, and its tag as "<tag>", with "#" for numbers."""
    tag = "<" + str(element.tag) + ">"
    names = [element.get("id") or "", *(element.get("class") or "").split(), *_get_labels(element), tag]
    return [mask_numbers(name) for name in names if name]


def _get_labels(element: HtmlElement) -> list[str]:
    """Return the names that an element has for scripts, such as `data-testid`."""
    return [label for attribute in _LABEL_ATTRIBUTES if (label := element.get(attribute))]


def _get_custom_tag(element: HtmlElement) -> list[str]:
    """Return the tag of a custom element ("x-comment") in a list, else an empty list."""
    return [str(element.tag)] if "-" in str(element.tag) else []


def _get_id_or_anchor(element: HtmlElement) -> str | None:
    return element.get("id") or (element.get("name") if element.tag == "a" else None)


def is_non_content(element: HtmlElement) -> bool:
    """Return whether an element cannot contain any part of a comment."""
    return not isinstance(element.tag, str) or element.tag in _NON_CONTENT_TAGS or is_form(element)


def is_form(element: HtmlElement) -> bool:
    """Return whether an element is a form to fill in; some sites put a <form> around comments or the whole page."""
    if element.tag != "form":
        return False
    fields = {field.tag for field in element.iter(*_FORM_FIELD_TAGS) if field.get("type") != "hidden"}
    if not fields or next(element.iter("h1"), None) is not None or _is_too_wordy(element):
        return False
    descendants = [node for node in element.iterdescendants(etree.Element) if node.tag not in _NON_CONTENT_TAGS]
    if "textarea" in fields:
        return sum(_is_named_as_comment(node) for node in descendants) <= 1
    return not any(map(find_comment_number, descendants))


def _is_named_as_comment(element: HtmlElement) -> bool:
    return any(key.kind == "class" and classify_key(key) == CommentScope.WHOLE for key in iter_element_keys(element))


def _is_too_wordy(form: HtmlElement) -> bool:
    nodes = (node for node in form.iter(etree.Element) if node.tag not in _NON_CONTENT_TAGS)
    word_counts = accumulate(len((node.text or "").split()) + len((node.tail or "").split()) for node in nodes)
    return any(count > _MAX_FORM_WORDS for count in word_counts)


def iter_element_keys(element: HtmlElement) -> Iterator[ElementKey]:
    """Yield the names of an element that similar elements may share."""
    name = _get_id_or_anchor(element)
    if name and (masked := mask_identifier(name)) != name:
        yield ElementKey("id", masked)
    for class_name in dict.fromkeys((element.get("class") or "").split()):
        yield ElementKey("class", mask_numbers(class_name))
    for tag in _get_custom_tag(element):
        yield ElementKey("tag", tag)
    for label in _get_labels(element):
        yield ElementKey("label", mask_identifier(label))
    if element.get("role") == "comment":
        yield ElementKey("label", "comment")
    if element.get("itemprop") == "comment" or not {"Comment", "UserComments"}.isdisjoint(_get_item_types(element)):
        yield ElementKey("microdata", "comment")
    if any(element.get(attribute) for attribute in ("data-comment-id", "data-commentid")):
        yield ElementKey("data", "comment-id")


def _get_item_types(element: HtmlElement) -> list[str]:
    """Return the words in an element's microdata and RDFa types ("https://schema.org/Comment")."""
    if not element.attrib:
        return []
    return _TYPE_SEPARATOR.split(f"{element.get('itemtype') or ''} {element.get('typeof') or ''}")


@lru_cache(maxsize=100_000)
def classify_key(key: ElementKey) -> CommentScope:
    """Return whether a name refers to a whole comment, to a part of one (or several comments), or to neither.

    >>> [classify_key(ElementKey("class", name)).name for name in ("comment-item", "comment-body", "comment-form")]
    ['WHOLE', 'PART', 'NONE']
    """
    if key.is_definite:
        return CommentScope.WHOLE
    if key.kind == "dated line":
        return CommentScope.PART
    lists = load_markup_words()
    words = split_words(key.name)
    positions = [index for index, word in enumerate(words) if word in lists.comment_words]
    if not positions or (key.kind == "id" and "#" not in words[positions[0] :]):
        return CommentScope.NONE
    words_before = set(words[: positions[0]])
    words_after = set(words[positions[0] + 1 :]) - lists.comment_words - {"#"}
    if lists.elsewhere.intersection(words) or words_before & lists.not_after or words_after & lists.not_followed_by:
        return CommentScope.NONE
    if words[positions[-1]] in lists.plural and key.kind != "id":
        return CommentScope.PART
    return CommentScope.PART if words_after - lists.whole else CommentScope.WHOLE


def identifies_single_comment(key: ElementKey) -> bool:
    """Return whether a name suffices to take an element for a comment if no other element of the page has the name."""
    if key.is_definite:
        return True
    if classify_key(key) != CommentScope.WHOLE:
        return False
    lists = load_markup_words()
    words = [word for word in split_words(key.name) if word not in lists.plain]
    return ("#" in words and lists.plural.isdisjoint(words)) or (len(words) == 1 and words[0] in lists.singular)


def get_id_class_words(element: HtmlElement) -> frozenset[str]:
    """Return the words in the id and the classes of an element."""
    return frozenset(word for attribute in ("id", "class") for word in split_words(element.get(attribute) or ""))


def is_about_other_pages(element: HtmlElement) -> bool:
    """Return whether an element shows content of other pages, such as recent comments in a sidebar."""
    return (
        element.tag in {"aside", "nav", "template"}
        or is_form(element)
        or bool(get_id_class_words(element) & load_markup_words().elsewhere)
    )


def is_comment_container(element: HtmlElement) -> bool:
    """Return whether an element's id or classes contain a word for comments."""
    return bool(get_id_class_words(element) & load_markup_words().comment_words)


def is_section_end(element: HtmlElement) -> bool:
    """Return whether no comment of a section can follow an element: it is a form or a pager, for instance."""
    return is_form(element) or bool(get_id_class_words(element) & load_markup_words().barrier)


def is_reply_container(element: HtmlElement) -> bool:
    """Return whether an element is named as the container of the replies to a comment."""
    words = get_id_class_words(element)
    return any(words.issuperset(name.split()) for name in load_markup_words().answers)


def compute_signature(element: HtmlElement) -> tuple[str, frozenset[str]]:
    """Return the tag and the class words that similar elements share; words that alternate ("odd") are left out.

    All terms of a definition list (`dt`) have the same signature.
    """
    words = split_words(mask_numbers(element.get("class") or "")) if element.tag != "dt" else ()
    return str(element.tag), frozenset(words) - {"#", "odd", "even", "alt", "first", "last"}


def find_role(element: HtmlElement) -> FieldRole:
    """Return which field of a comment an element holds by its names, "" if they do not say."""
    item_property = element.get("itemprop") or ""
    if any(classify_key(key) == CommentScope.WHOLE for key in iter_element_keys(element)):
        return ""
    if element.tag == "time" or item_property.startswith("date") or item_property == "commentTime":
        return "date"
    if item_property in {"commentText", "text", "description", "articleBody"}:
        return "text"
    attributes = (element.get(name) or "" for name in ("id", "class", "itemprop", "property", "rel"))
    names = " ".join([*attributes, *_get_labels(element), *_get_custom_tag(element)])
    return "likes" if _is_vote_count(element, names) else _find_role_by_name(names, str(element.tag))


def _is_vote_count(element: HtmlElement, names: str) -> bool:
    """Return whether an element named after votes, and not after votes against, contains only a number."""
    words, roles = set(split_words(names)), load_markup_words().roles
    if not words & (roles["ballot"] | roles["likes"]) or words & roles["against"]:
        return False
    return bool(VOTE_COUNT.fullmatch(" ".join(element.itertext()).strip()))


def is_profile_link(element: HtmlElement) -> bool:
    """Return whether an element links to a user profile."""
    return element.tag == "a" and bool(compile_profile_link().search(element.get("href") or ""))


@lru_cache(maxsize=100_000)
def _find_role_by_name(names: str, tag: str) -> FieldRole:
    roles = load_markup_words().roles
    if any(_is_text_name(name) for name in names.split()):
        return "text"
    words = frozenset(split_words(names))
    if words & roles["portrait"]:
        return "noise"
    if words & roles["header"] or (words & roles["date"] and words & roles["author"]):
        return "header"
    if words & roles["against"]:
        return "noise"
    for role in ("date", "noise", "likes", "author"):
        if words & roles[role] and not (role == "noise" and words & {"author", "fn", "username", "commenter"}):
            return role
    return "author" if tag == "cite" else ""


def _is_text_name(name: str) -> bool:
    """Return whether a name ends in a word for the text and has no word for another field."""
    roles = load_markup_words().roles
    words = [word for word in split_words(mask_identifier(name)) if word != "#"]
    other_words = frozenset().union(*(roles[role] for role in ("header", "date", "author", "noise"))) - roles["text"]
    return bool(words) and words[-1] in roles["text"] and not set(words) & (other_words - roles["beside_text"])
