"""A site's rule at work on the pages of one article: what its selectors find, and which of them found nothing.

Belongs here: from selector to value. Does not belong here: what is read where there is no rule, or where it finds nothing
(title.py, times.py, authors.py, body.py).
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from lxml.html import HtmlElement

from transforms.bodywatch import UNWATCHED, Unwatched
from transforms.datewords import Reader
from transforms.moments import read_moment
from transforms.names import split_names
from transforms.page import ParsedPage
from transforms.phrasebook import phrases
from transforms.prune import is_noise, names_box
from transforms.selectors import select
from transforms.siterules import SiteRule
from transforms.spaces import plain, spaced_text
from transforms.times import Sighting

_T = TypeVar("_T")

OnMiss = Callable[[str], object]

# By these a template's element is judged to be no text. A rule that names the element knows better.
_JUDGED_BY = ("class", "id", "role", "hidden", "aria-hidden", "style")
_KEPT_TAGS = frozenset(("html", "body", "article", "main"))


class Ruling:
    """Reads by a rule; without one, and where its selector finds nothing, every answer is empty.

    `on_miss` is told the key of each selector that every page should answer and this one did not: "body", "title", ...
    """

    def __init__(self, rule: SiteRule | None, on_miss: OnMiss) -> None:
        self._rule = rule or SiteRule("")
        self._on_miss = on_miss

    def title(self, parsed: ParsedPage) -> str | None:
        """The text of the first element that has any."""
        return next(iter(self._told("title", self._rule.title, parsed, _text)), None)

    def authors(self, parsed: ParsedPage) -> tuple[str, ...]:
        """The names in all elements, as they stand there: houses count too."""
        names = self._told("authors", self._rule.authors, parsed, lambda element: split_names(_text_of(element)))
        return tuple(dict.fromkeys(names))

    def published(self, parsed: ParsedPage, reader: Reader) -> list[Sighting]:
        """The times in all elements, in the page's order."""
        return self._told("published", self._rule.published, parsed, lambda element: _times(element, reader))

    def text_elements(self, parsed: ParsedPage, watch: Unwatched = UNWATCHED) -> list[HtmlElement]:
        """The elements that hold the text, after what the rule drops was cut from the tree. Read everything else before."""
        for selector in self._rule.drop:
            for element in select(parsed.tree, selector):
                if element.tag not in ("html", "body") and element.getparent() is not None:
                    watch.dropped(element, selector)
                    element.drop_tree()
        found = self._told("body", self._rule.body, parsed, lambda element: [element] if _text_of(element) else [])
        _protect(found, parsed.tree)
        return found

    def _told(self, key: str, selector: str | None, parsed: ParsedPage, read: Callable[[HtmlElement], Iterable[_T]]) -> list[_T]:
        if selector is None:
            return []
        found = [value for element in select(parsed.tree, selector) for value in read(element)]
        if not found:
            self._on_miss(key)
        return found


def _text_of(element: HtmlElement) -> str:
    """What the element says: to machines, where it says it to them only."""
    return plain(element.get("content") or spaced_text(element))


def _text(element: HtmlElement) -> Iterator[str]:
    if text := _text_of(element):
        yield text


def _times(element: HtmlElement, reader: Reader) -> Iterator[Sighting]:
    for attribute, source in (("content", "meta"), ("datetime", "time-element")):
        if found := read_moment(element.get(attribute)):
            yield Sighting(found, source)
            return
    text = spaced_text(element)
    if found := read_moment(text):
        yield Sighting(found, "visible-text")
        return
    yield from (Sighting(shown.moment, "visible-text") for shown in reader.find(text))


def _protect(elements: list[HtmlElement], tree: HtmlElement) -> None:
    """Keep the elements, and those around them, from being cut for what they are called. An inline one becomes a block."""
    around = {ancestor for element in elements for ancestor in (element, *element.iterancestors())}
    length = sum(map(len, tree.itertext())) if around else 0
    for element in around:
        names = f"{element.get('class', '')} {element.get('id', '')}"
        if element.tag not in _KEPT_TAGS and (is_noise(element, length) or names_box(names)):
            for name in _JUDGED_BY:
                element.attrib.pop(name, None)
            if is_noise(element, length) or element.tag in ("aside", "details"):
                element.tag = "div"
    for element in elements:
        if element.tag in phrases("markup", "inline_tags"):
            element.tag = "div"
