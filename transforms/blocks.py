"""A page's text as a flat list of blocks: what a reader sees as one paragraph, subhead, list item, quote or cell.

Belongs here: walking the tree once, cutting noise on the way, noting of each block what judgements need. Does not belong here:
these judgements.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from transforms.phrasebook import phrases
from transforms.prune import is_noise, names_related, text_length
from transforms.spaces import letters

_INLINE = frozenset(phrases("markup", "inline_tags"))
_SHORTEST_HEADLINE = 12  # characters; shorter are sections and tags
_EMPHASIS = frozenset(("b", "strong", "em", "i", "u"))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HANGUL = re.compile("[\uac00-\ud7a3]")
# Thai, Lao, Burmese, Khmer, Kana, Han: written without spaces.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(slots=True, eq=False)
class Block:
    """A run of text between two breaks of the layout. Lengths are in characters."""

    text: str
    element: HtmlElement  # the block-level element that holds the text directly
    linked: int = 0  # how much of the text is in links
    emphasised: int = 0  # how much is bold or italic
    hrefs: list[str] = field(default_factory=list)
    letters: str = field(init=False)  # the text as it is compared
    weight: int = field(init=False)  # in letters; without spaces around, one says as much as three; a Korean syllable as two

    def __post_init__(self) -> None:
        self.letters = letters(self.text)
        self.weight = len(self.letters)
        if not self.letters.isascii():
            self.weight += 2 * len(_UNSPACED.findall(self.letters)) + len(_HANGUL.findall(self.letters))

    @property
    def tag(self) -> str:
        return str(self.element.tag)


@dataclass(frozen=True, slots=True)
class CutLinks:
    """The links of a box of related articles that was cut as noise, and where it stood."""

    parent: HtmlElement
    position: int  # how many blocks came before it
    hrefs: tuple[str, ...]


def text_blocks(root: HtmlElement, on_noise: Callable[[HtmlElement], None] | None = None) -> tuple[list[Block], list[CutLinks]]:
    """The blocks of `root` in document order, and what boxes of related articles link to. Noise is removed from the tree.

    `on_noise` is called with each element before it goes.
    """
    page_length = text_length(root)
    reader = _Reader(root)
    noise: list[HtmlElement] = []
    links: list[CutLinks] = []
    walker = iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "end":
            if noise and noise[-1] is element:
                reader.add(element.tail)
            elif element is not root:
                reader.close(element)
        elif element is not root and is_noise(element, page_length):
            walker.skip_subtree()
            noise.append(element)
            if names_related(f"{element.get('class', '')} {element.get('id', '')}"):
                links.append(CutLinks(element.getparent(), len(reader.blocks), tuple(_article_hrefs(element))))
        elif element is not root:
            reader.open(element)
    reader.flush()
    for element in noise:
        if on_noise is not None:
            on_noise(element)
        element.drop_tree()
    return reader.blocks, links


def _article_hrefs(element: HtmlElement) -> Iterator[str]:
    """Where the links go that have a headline's length of text."""
    for link in element.iter("a"):
        if len("".join(link.itertext()).strip()) >= _SHORTEST_HEADLINE and link.get("href"):
            yield link.get("href")


_Run = tuple[str, bool, bool]  # text, in a link, emphasised


class _Reader:
    """Collects the text between breaks. Line breaks (br) are kept apart from white space: two of them end a paragraph."""

    def __init__(self, root: HtmlElement) -> None:
        self.blocks: list[Block] = []
        self._owners = [root]
        self._runs: list[_Run] = []
        self._hrefs: list[str] = []
        self._links = 0
        self._emphases = 0
        self.add(root.text)

    def open(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in _INLINE:
            if tag == "a":
                self._links += 1
                href = element.get("href")
                if href:
                    self._hrefs.append(href)
            elif tag in _EMPHASIS:
                self._emphases += 1
        elif tag == "br":
            self._runs.append((_BREAK, False, False))
        else:
            self.flush()
            self._owners.append(element)
        self.add(element.text)

    def close(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in _INLINE:
            if tag == "a":
                self._links -= 1
            elif tag in _EMPHASIS:
                self._emphases -= 1
        elif tag != "br":
            self.flush()
            if self._owners[-1] is element:
                self._owners.pop()
        self.add(element.tail)

    def add(self, text: str | None) -> None:
        if text and (self._runs or not text.isspace()):  # white space before a block's first word is none of it
            self._runs.append((text, self._links > 0, self._emphases > 0))

    def flush(self) -> None:
        if not self._runs:
            return
        runs, hrefs = self._runs, self._hrefs
        self._runs, self._hrefs = [], []
        for part in _paragraphs(runs):
            text = _squeezed("".join([text for text, _, _ in part]))
            if text:
                linked = sum([len(_squeezed(text)) for text, is_linked, _ in part if is_linked])
                emphasised = sum([len(_squeezed(text)) for text, _, is_emphasised in part if is_emphasised])
                self.blocks.append(Block(text, self._owners[-1], linked, emphasised, hrefs if linked else []))


# Stands for <br>, and counts as white space; a page's own control characters are removed before parsing.
_BREAK = "\x1e"
_INDENT = "\u3000"  # what Chinese and Japanese paragraphs begin with
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")


def _paragraphs(runs: list[_Run]) -> Iterable[list[_Run]]:
    """The runs divided where two line breaks follow each other with nothing but white space between, or one and an indent."""
    return _divided(runs) if any(run[0] is _BREAK for run in runs) else (runs,)


def _divided(runs: list[_Run]) -> Iterator[list[_Run]]:
    part: list[_Run] = []
    breaks = 0
    for run in runs:
        if run[0] is _BREAK:
            breaks += 1
        elif not run[0].isspace():
            if breaks > 1 or (breaks and run[0].lstrip(" \t\r\n").startswith(_INDENT)):
                yield part
                part = []
            breaks = 0
        part.append(run)
    yield part


def _squeezed(text: str) -> str:
    return " ".join((text if text.isascii() else _INVISIBLE.sub("", text)).split())
