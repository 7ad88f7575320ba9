"""What the names of an element say: that it is a comment, a part of one, a place for comments, or something else."""

from __future__ import annotations

import re
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

_NON_CONTENT_TAGS = frozenset(
    ["button", "head", "iframe", "input", "nav", "noscript", "object", "option", "script", "select", "style",
     "svg", "template", "textarea"]
)  # fmt: skip
"""Elements with nothing in them that a comment could hold."""

INLINE_TAGS = frozenset(
    ["a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "em", "font", "i", "img", "ins",
     "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt",
     "u", "var", "wbr"]
)  # fmt: skip
"""Elements that stand within a line; all others begin a new one."""


_TYPE_SEPARATOR = re.compile(r"[:/#\s]")
_VOTE_COUNT = re.compile(r"[+\-−–]?\s?\d+")
_FORM_FIELD_TAGS = ("input", "textarea", "select", "button")
_MAX_FORM_WORDS = 300  # a form to fill in says no more; the longest on the pages that we know says 133
_LABEL_ATTRIBUTES = ("data-role", "data-testid", "data-spot-im-class", "noun", "slot")


class ElementKey(NamedTuple):
    """A name that several elements of a page have in common: what kind it is of, and the name."""

    kind: Literal["number", "id", "class", "microdata", "data", "tag", "label", "system", "byline"]
    name: str


def find_comment_number(element: HtmlElement) -> str | None:
    """Find what tells a comment's element from others, if its id says that it is a comment's."""
    name = _get_id_or_anchor(element)
    if (
        not name
        or "#" not in (without := mask_identifier(name))
        or classify_key(ElementKey("id", without)) != WHOLE_COMMENT
    ):
        return None
    if load_markup_words().plural.intersection(split_words(name)):
        return None
    return extract_identifier(name)


def list_masked_names(element: HtmlElement) -> list[str]:
    """List the names of an element, and its tag as "<tag>", without their numbers."""
    tag = "<" + str(element.tag) + ">"
    names = [element.get("id") or "", *(element.get("class") or "").split(), *_get_labels(element), tag]
    return [mask_numbers(name) for name in names if name]


def _get_labels(element: HtmlElement) -> list[str]:
    """List what an element is called beside its id and its classes, for scripts."""
    return [label for attribute in _LABEL_ATTRIBUTES if (label := element.get(attribute))]


def _get_custom_tag(element: HtmlElement) -> list[str]:
    """Give the tag of an element if the site made it up."""
    return [str(element.tag)] if "-" in str(element.tag) else []


def _get_id_or_anchor(element: HtmlElement) -> str | None:
    return element.get("id") or (element.get("name") if element.tag == "a" else None)


def is_non_content(element: HtmlElement) -> bool:
    """Tell whether nothing in an element could be of a comment."""
    return not isinstance(element.tag, str) or element.tag in _NON_CONTENT_TAGS or is_form(element)


def is_form(element: HtmlElement) -> bool:
    """Tell whether an element is a form to fill in: some sites wrap one around a comment, all of them or the page."""
    if element.tag != "form":
        return False
    fields = {each.tag for each in element.iter(*_FORM_FIELD_TAGS) if each.get("type") != "hidden"}
    if not fields or next(element.iter("h1"), None) is not None or _is_too_wordy(element):
        return False
    within = [each for each in element.iterdescendants(etree.Element) if each.tag not in _NON_CONTENT_TAGS]
    if "textarea" in fields:
        return sum(_is_named_as_comment(each) for each in within) <= 1
    return not any(map(find_comment_number, within))


def _is_named_as_comment(element: HtmlElement) -> bool:
    return any(key.kind == "class" and classify_key(key) == WHOLE_COMMENT for key in iter_element_keys(element))


def _is_too_wordy(form: HtmlElement) -> bool:
    read = (each for each in form.iter(etree.Element) if each.tag not in _NON_CONTENT_TAGS)
    words = accumulate(len((each.text or "").split()) + len((each.tail or "").split()) for each in read)
    return any(count > _MAX_FORM_WORDS for count in words)


WHOLE_COMMENT, COMMENT_PART, NOT_A_COMMENT = 2, 1, 0
"""How much of a comment a name speaks of: all of it, a part (or several comments), or something else."""


def iter_element_keys(element: HtmlElement) -> Iterator[ElementKey]:
    """List the names of an element that others like it may have too."""
    name = _get_id_or_anchor(element)
    if name and (without := mask_identifier(name)) != name:
        yield ElementKey("id", without)
    for token in dict.fromkeys((element.get("class") or "").split()):
        yield ElementKey("class", mask_numbers(token))
    for tag in _get_custom_tag(element):
        yield ElementKey("tag", tag)
    for label in _get_labels(element):
        yield ElementKey("label", mask_identifier(label))
    if element.get("role") == "comment":
        yield ElementKey("label", "comment")
    kinds = (
        _TYPE_SEPARATOR.split(f"{element.get('itemtype') or ''} {element.get('typeof') or ''}")
        if element.attrib
        else ()
    )
    if element.get("itemprop") == "comment" or "Comment" in kinds or "UserComments" in kinds:
        yield ElementKey("microdata", "comment")
    if any(element.get(attribute) for attribute in ("data-comment-id", "data-commentid")):
        yield ElementKey("data", "comment-id")


@lru_cache(maxsize=100_000)
def classify_key(key: ElementKey) -> int:
    """Tell whether a name is that of a whole comment, of a part of one, or of neither."""
    if key.kind in {"number", "microdata", "data", "system"}:
        return WHOLE_COMMENT
    if key.kind == "byline":
        return COMMENT_PART
    known = load_markup_words()
    named = split_words(key.name)
    at = [place for place, word in enumerate(named) if word in known.comment_words]
    if not at or (key.kind == "id" and "#" not in named[at[0] :]):
        return NOT_A_COMMENT
    before, after = set(named[: at[0]]), set(named[at[0] + 1 :]) - known.comment_words - {"#"}
    if known.elsewhere.intersection(named) or before & known.not_after or after & known.not_followed_by:
        return NOT_A_COMMENT
    if named[at[-1]] in known.plural and key.kind != "id":
        return COMMENT_PART
    return COMMENT_PART if after - known.whole else WHOLE_COMMENT


def identifies_single_comment(key: ElementKey) -> bool:
    """Tell whether a name is enough to take the only element that has it for a comment."""
    if classify_key(key) != WHOLE_COMMENT or key.kind in {"number", "microdata", "data", "system"}:
        return classify_key(key) == WHOLE_COMMENT
    known = load_markup_words()
    bare = [word for word in split_words(key.name) if word not in known.plain]
    return ("#" in bare and known.plural.isdisjoint(bare)) or (len(bare) == 1 and bare[0] in known.singular)


def get_id_class_words(element: HtmlElement) -> frozenset[str]:
    """List the words in the id and the classes of an element."""
    found = [word for attribute in ("id", "class") for word in split_words(element.get(attribute) or "")]
    return frozenset(found)


def is_about_other_pages(element: HtmlElement) -> bool:
    """Tell whether an element shows what belongs to other pages."""
    return (
        element.tag in {"aside", "nav", "template"}
        or is_form(element)
        or bool(get_id_class_words(element) & load_markup_words().elsewhere)
    )


def is_comment_container(element: HtmlElement) -> bool:
    """Tell whether an element is named as a place for comments."""
    return bool(get_id_class_words(element) & load_markup_words().comment_words)


def is_section_end(element: HtmlElement) -> bool:
    """Tell whether an element ends the comments that stand before it."""
    return is_form(element) or bool(get_id_class_words(element) & load_markup_words().barrier)


def is_reply_container(element: HtmlElement) -> bool:
    """Tell whether an element is named as the place for the answers to a comment."""
    found = get_id_class_words(element)
    return any(found.issuperset(name.split()) for name in load_markup_words().answers)


def compute_signature(element: HtmlElement) -> tuple[str, frozenset[str]]:
    """Give what like elements have in common, though they alternate; all terms of a definition list are alike."""
    tokens = split_words(mask_numbers(element.get("class") or "")) if element.tag != "dt" else ()
    return str(element.tag), frozenset(tokens) - {"#", "odd", "even", "alt", "first", "last"}


def find_role(element: HtmlElement) -> FieldRole:
    """Tell which part of a comment an element holds, "" where its names do not say."""
    microdata = element.get("itemprop") or ""
    if any(classify_key(key) == WHOLE_COMMENT for key in iter_element_keys(element)):
        return ""
    if element.tag == "time" or microdata.startswith("date") or microdata == "commentTime":
        return "date"
    if microdata in {"commentText", "text", "description", "articleBody"}:
        return "text"
    named = (element.get(each) or "" for each in ("id", "class", "itemprop", "property", "rel"))
    name = " ".join([*named, *_get_labels(element), *_get_custom_tag(element)])
    return "likes" if _is_vote_count(element, name) else _find_role_by_name(name, str(element.tag))


def _is_vote_count(element: HtmlElement, name: str) -> bool:
    """Tell whether an element that is named by votes holds a number and nothing else."""
    named, roles = set(split_words(name)), load_markup_words().roles
    if not named & (roles["ballot"] | roles["likes"]) or named & roles["against"]:
        return False
    return bool(_VOTE_COUNT.fullmatch(" ".join(element.itertext()).strip()))


def is_profile_link(element: HtmlElement) -> bool:
    """Tell whether an element links to what a site says about one of its users."""
    return element.tag == "a" and bool(compile_profile_link().search(element.get("href") or ""))


@lru_cache(maxsize=100_000)
def _find_role_by_name(names: str, tag: str) -> FieldRole:
    roles = load_markup_words().roles
    if any(_is_text_name(token) for token in names.split()):
        return "text"
    found = frozenset(split_words(names))
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


def _is_text_name(name: str) -> bool:
    roles = load_markup_words().roles
    named = [word for word in split_words(mask_identifier(name)) if word != "#"]
    others = frozenset().union(*(roles[each] for each in ("header", "date", "author", "noise"))) - roles["text"]
    return bool(named) and named[-1] in roles["text"] and not set(named) & (others - roles["beside_text"])
