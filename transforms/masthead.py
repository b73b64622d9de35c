"""The lines around the headline, where pages set the byline and the date: read once, for both.

Belongs here: finding that part of the page and cutting it into lines. Does not belong here: what the lines say.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from transforms.phrasebook import phrases
from transforms.spaces import letters, squeeze

# Elements that do not end a line.
_INLINE = frozenset(phrases("markup", "inline_tags"))
_SKIPPED = frozenset(("nav", "aside", "footer", "form", "button", "select", "textarea", "dialog"))

_CLIMB = 7  # how far above the headline its block is looked for
_BEFORE = 12  # lines before the headline: kicker, date, share buttons
_AFTER = 40  # lines after it, unless the text begins
_TEXT = 240  # characters in a line: the text has begun; standfirsts are shorter, or followed by no more lines than this allows
_TEXT_LINES = 2  # a long standfirst may stand between headline and byline


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the reader sees it, and the element that holds it."""

    text: str
    element: HtmlElement


@dataclass(frozen=True, slots=True)
class Masthead:
    """Lines before and after the headline, nearest last and nearest first; and the headline's own element."""

    before: tuple[Line, ...] = ()
    after: tuple[Line, ...] = ()
    heading: HtmlElement | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """In the order of trust: a date below the headline is likelier the article's than one above it."""
        return (*self.after, *reversed(self.before))


def read_masthead(tree: HtmlElement, title: str | None) -> Masthead:
    """The lines around the heading that bears the title; empty where there is no such heading."""
    heading = _heading(tree, title)
    if heading is None:
        return Masthead()
    before: list[Line] = []
    after: list[Line] = []
    seen = long_lines = 0
    for line, is_past in _lines(_block_around(heading), heading):
        if not is_past:
            before.append(line)
            continue
        seen += 1
        long_lines += len(line.text) > _TEXT
        if seen > _AFTER or long_lines > _TEXT_LINES:
            break
        after.append(line)
    return Masthead(tuple(before[-_BEFORE:]), tuple(after), heading)


def _heading(tree: HtmlElement, title: str | None) -> HtmlElement | None:
    first = None
    key = letters(title or "")
    for heading in tree.iter("h1", "h2"):
        if _is_trail_step(heading):
            continue
        text = letters(heading.text_content())
        if key and text and (key in text or (len(text) > 15 and text in key)):
            return heading
        if first is None and heading.tag == "h1":
            first = heading
    return first


def _is_trail_step(heading: HtmlElement) -> bool:
    """Many templates make the last step of "Home > World > ..." the page's <h1>, worded for search engines."""
    return heading.tag == "h1" and next(heading.iterancestors("li"), None) is not None


def _block_around(heading: HtmlElement) -> HtmlElement:
    """The headline's ancestor that holds what is set around it, <body> at most."""
    block = heading
    for _ in range(_CLIMB):
        parent = block.getparent()
        if parent is None or parent.tag == "html":
            break
        block = parent
    return block


def _lines(block: HtmlElement, heading: HtmlElement) -> Iterator[tuple[Line, bool]]:
    """Lines of the block, without the heading's own; True once the heading is past."""
    pieces: list[str] = []
    owner = block
    is_past = block is heading

    def ended() -> Iterator[tuple[Line, bool]]:
        text = squeeze("".join(pieces))
        pieces.clear()
        if text:
            yield Line(text, owner), is_past

    walker = iterwalk(block, events=("start", "end"))
    for event, element in walker:
        is_break = element.tag not in _INLINE
        if event == "start":
            if element is heading or element.tag in _SKIPPED:
                yield from ended()
                walker.skip_subtree()
                continue
            if is_break:
                yield from ended()
                owner = element
            pieces.append(element.text or "")
        else:
            if is_break:
                yield from ended()
                owner = element.getparent() if element is not block and element.getparent() is not None else block
                is_past = is_past or element is heading
            if element is not block:
                pieces.append(element.tail or "")
    yield from ended()
