"""Where on the page the article's text stands: the container of what trafilatura chose, and its main flow.

Belongs here: positions in the tree. Does not belong here: what the text says.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from lxml.html import HtmlElement

from transforms.blocks import HEADINGS, Block
from transforms.prune import names_box, names_picture

_Key = TypeVar("_Key", str, tuple[str, str])

# A paragraph of prose: shorter blocks are as often captions, labels and subheads.
_PROSE_LENGTH = 50  # letters
# The container is the smallest element around this share of the chosen prose. Not all: what was chosen wrongly lies outside.
_CONTAINED = 0.8
# Mark-up that carries more than this share of the prose is the text's own.
MAIN_FLOW = 0.3
# A box holds less than this share of the prose; an element that holds more, or whose likes do, is part of the template.
_LARGEST_BOX = 0.35
_BOX_TAGS = frozenset(("article", "aside", "details"))


@dataclass(frozen=True, slots=True)
class Region:
    """The article's container, and the signatures of the elements that its prose stands in, with their shares of it."""

    container: HtmlElement
    flow: dict[tuple[str, str], float]
    marks: dict[str, float]  # share of the prose below elements of a tag and class

    def holds(self, block: Block) -> bool:
        return self.contains(block.element)

    def contains(self, element: HtmlElement) -> bool:
        return any(ancestor is self.container for ancestor in lineage(element))

    def is_main_flow(self, block: Block) -> bool:
        """Whether the block is marked up as a good part of the prose is."""
        return self.flow.get(signature(block), 0) > MAIN_FLOW

    def share_of(self, element: HtmlElement) -> float:
        """The share of the prose that stands below elements of the same tag and class."""
        return self.marks.get(_mark(element), 0)

    def boxes(self, block: Block) -> bool:
        """Whether the block stands in a box set into the text, by the names of the elements between it and the container."""
        for element in lineage(block.element):
            if element is self.container or element.tag == "blockquote":
                return False
            if element.tag in HEADINGS:
                continue  # "widget-title" is what a subhead is called, not a box
            is_box = element.tag in _BOX_TAGS or names_box(f"{element.get('class', '')} {element.get('id', '')}")
            if is_box and self.share_of(element) <= _LARGEST_BOX:
                return True
        return False


def find_region(blocks: Sequence[Block], chosen: Sequence[bool], *, share: float = _CONTAINED) -> Region | None:
    """The region of the blocks that were chosen; None if none is prose. The container holds at least `share` of the prose."""
    prose = [block for block, is_chosen in zip(blocks, chosen, strict=True) if is_chosen and is_prose(block)]
    if not prose:
        return None
    owners: Counter[HtmlElement] = Counter()
    flow: Counter[tuple[str, str]] = Counter()
    for block in prose:
        owners[block.element] += len(block.text)
        flow[signature(block)] += len(block.text)
    mass: Counter[HtmlElement] = Counter()
    marks: Counter[str] = Counter()
    mark_of: dict[HtmlElement, str] = {}
    for owner, length in owners.items():
        seen = set()
        for element in lineage(owner):
            mass[element] += length
            if element not in mark_of:
                mark_of[element] = _mark(element)
            seen.add(mark_of[element])
        for mark in seen:
            marks[mark] += length
    total = sum(owners.values())
    holding = [element for element, length in mass.items() if length >= share * total]
    deepest = max(holding, key=lambda element: sum(1 for _ in lineage(element)))
    return Region(deepest, _shares(flow, total), _shares(marks, total))


def _shares(lengths: Counter[_Key], total: int) -> dict[_Key, float]:
    return {key: length / total for key, length in lengths.items()}


def is_prose(block: Block) -> bool:
    """Whether a block is long enough to be a paragraph of running text, and neither heading nor mostly links."""
    return block.weight >= _PROSE_LENGTH and 2 * block.linked < len(block.text) and block.tag not in HEADINGS


def is_caption(block: Block) -> bool:
    """Whether the block stands in a picture's element, by its name."""
    around = islice(lineage(block.element), 3)
    return any(names_picture(f"{element.get('class', '')} {element.get('id', '')}") for element in around)


def signature(block: Block) -> tuple[str, str]:
    """How the page marks a paragraph of this kind up: its element, and the element around it."""
    parent = block.element.getparent()
    return (_mark(block.element), "" if parent is None else _mark(parent))


def _mark(element: HtmlElement) -> str:
    return f"{element.tag} {element.get('class', '')}"


def lineage(element: HtmlElement) -> Iterator[HtmlElement]:
    yield element
    yield from element.iterancestors()
