"""Cutting from a page's tree what is never article text, before anything reads the text: chrome, ads, share bars, boxes.

Belongs here: judgements on an element from its tag, role, visibility and the words of its class and id. Does not belong here:
judgements on text (related.py, prompts.py, edges.py).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import cast

from lxml.etree import XPath
from lxml.html import HtmlElement

from transforms.phrasebook import phrases

# Hidden from screen readers only; on running text it is how some paywalls fade it.
_TEXT_TAGS = frozenset(("p", "blockquote", "h2", "h3", "h4", "h5", "h6"))
_KEPT_TAGS = frozenset(("html", "body", "article", "main", "h1", "blockquote"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

# A box around more than this share of the page's text is no box: the name is the template's, not the content's.
_LARGEST_SHARE = 0.35


_text_length = XPath("string-length(.)")  # in C: the pieces of text become no Python strings


def text_length(element: HtmlElement) -> int:
    """Characters of text in an element, white space included."""
    return int(cast("float", _text_length(element)))


def is_noise(element: HtmlElement, page_length: int) -> bool:
    """Whether an element is to be cut with all that is in it. `page_length`: characters of text in the whole page."""
    tag = element.tag
    if tag in _named("noise_tags"):
        return tag not in _named("wrapping_tags") or _is_small(element, page_length)
    if tag in _KEPT_TAGS or not _looks_like_noise(element, tag):
        return False
    # A consent dialogue may be longer than the article that it lies upon.
    return (_is_small(element, page_length) or _is_dialogue(element)) and not _holds_headline(element)


def _is_dialogue(element: HtmlElement) -> bool:
    names = f"{element.get('class', '')} {element.get('id', '')}"
    is_one = element.get("role") in ("dialog", "alertdialog") or _names_consent(names)
    return is_one and next(element.iter("h1", "article", "main"), None) is None


@lru_cache(maxsize=4096)
def _names_consent(names: str) -> bool:
    return any(not _named("consent").isdisjoint(_words(name)) for name in names.split())


def _looks_like_noise(element: HtmlElement, tag: str) -> bool:
    attributes = element.attrib
    if not attributes:
        return tag == "aside"
    # A heading's id is made of its words: a target to jump to.
    names = attributes.get("class", "") if tag in _TEXT_TAGS else f"{attributes.get('class', '')} {attributes.get('id', '')}"
    return (
        tag == "aside"
        or _names_noise(names)
        or attributes.get("role") in _named("noise_roles")
        or "hidden" in attributes
        or (attributes.get("aria-hidden") == "true" and tag not in _TEXT_TAGS)
        or ("style" in attributes and _HIDDEN_STYLE.search(attributes["style"]) is not None)
    )


@lru_cache(maxsize=4096)
def _names_noise(names: str) -> bool:
    """Judges each class name or id by itself, so that words of different names do not make a pair."""
    return any(_is_noise_name(name) for name in names.split())


def _is_noise_name(name: str) -> bool:
    if name.lower() in _named("noise_alone"):
        return True
    words = _words(name)
    if not words or words[0] in _named("layout"):
        return False
    if any(f"{first} {second}" in _named("noise_pairs") for first, second in pairwise(words)):
        return True
    is_layout = len(words) > 1 and words[-1] in _named("layout")
    return not is_layout and not _named("noise").isdisjoint(words)


def _words(name: str) -> list[str]:
    # Utility classes are about looks: "md:hidden", "w-[calc(100%-ads)]".
    return [] if ":" in name or "[" in name else [word.lower() for word in _WORD.findall(name)]


@cache
def _named(key: str) -> frozenset[str]:
    return frozenset(phrases("markup", key))


@lru_cache(maxsize=4096)
def names_box(names: str) -> bool:
    """Whether a class or id, as its attribute has it, names a box set into the text: a fact box, a teaser, an embedded post.

    Weaker than noise: it counts only for elements that hold little of the text's prose, after the text has begun.
    """
    return names_picture(names) or any(word in _named("box") or word.endswith("box") for word in _telling_words(names))


@lru_cache(maxsize=4096)
def names_picture(names: str) -> bool:
    """Whether a class or id names a picture, so that text inside is its caption."""
    return any(word in _named("picture") for word in _telling_words(names))


@lru_cache(maxsize=4096)
def names_heading(names: str) -> bool:
    """Whether a class or id names a subhead."""
    return any(word in _named("heading") for word in _telling_words(names))


@lru_cache(maxsize=4096)
def names_lead(names: str) -> bool:
    """Whether a class or id names a standfirst."""
    words = list(_telling_words(names))
    return not _named("lead").isdisjoint(words) or any(f"{a} {b}" in _named("lead_pairs") for a, b in pairwise(words))


@lru_cache(maxsize=4096)
def names_related(names: str) -> bool:
    """Whether a class or id names links to other articles."""
    words = list(_telling_words(names))
    return not _named("related").isdisjoint(words) or any(f"{a} {b}" in _named("related_pairs") for a, b in pairwise(words))


def _telling_words(names: str) -> Iterator[str]:
    for name in names.split():
        words = _words(name)
        if words and words[0] not in _named("layout"):
            yield from words


def _is_small(element: HtmlElement, page_length: int) -> bool:
    return text_length(element) <= _LARGEST_SHARE * page_length


def _holds_headline(element: HtmlElement) -> bool:
    return element.tag in ("header", "div", "section", "hgroup") and next(element.iter("h1"), None) is not None
