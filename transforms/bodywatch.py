"""What became of a page's text on its way to the body: for those who ask why a paragraph is there or not.

Belongs here: the record of it. Does not belong here: judgements (body.py has the steps), what is made of the record (explain.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from transforms.blocks import Block
from transforms.spaces import spaced_text


@dataclass(frozen=True, slots=True)
class CutText:
    """A piece of the page's text that is not in the body, and the step that left it out."""

    text: str
    why: str


class Unwatched:
    """Told of each step by extract_body() while it works, and forgets it: what a night needs."""

    __slots__ = ()

    def answered(self, engine: str) -> None:
        """Whose choice of the text was taken."""

    def noise(self, element: HtmlElement) -> None:
        """An element that is cut with all that is in it, before anything reads the text."""

    def dropped(self, element: HtmlElement, selector: str) -> None:
        """An element that the site's rule drops, with all that is in it."""

    def chosen(self, blocks: Sequence[Block], is_chosen: Sequence[bool], kept: Sequence[Block]) -> None:
        """What trafilatura chose of the blocks, and what its choice was mended to."""

    def step(self, why: str, before: Sequence[Block], after: Sequence[Block]) -> None:
        """What one step of the cleaning left of the blocks."""


@dataclass(slots=True)
class BodyWatch(Unwatched):
    """Remembers it; texts in the order in which they were cut."""

    engine: str = ""
    cut: list[CutText] = field(default_factory=list)
    regained: list[str] = field(default_factory=list)  # blocks that trafilatura lost

    def answered(self, engine: str) -> None:
        self.engine = engine

    def noise(self, element: HtmlElement) -> None:
        if text := spaced_text(element):
            names = [f'{key}="{element.get(key)}"' for key in ("class", "id", "role") if element.get(key)]
            self.cut.append(CutText(text, f"a box, menu or advertisement by its mark-up, <{' '.join((element.tag, *names))}>"))

    def dropped(self, element: HtmlElement, selector: str) -> None:
        if text := spaced_text(element):
            self.cut.append(CutText(text, f"the site's rule drops {selector}"))

    def chosen(self, blocks: Sequence[Block], is_chosen: Sequence[bool], kept: Sequence[Block]) -> None:
        mended = {id(block) for block in kept}
        for block, was in zip(blocks, is_chosen, strict=True):
            if was and id(block) not in mended and block.tag != "h1":
                self.cut.append(CutText(block.text, "chosen by trafilatura, but apart from the text, a box in it or a caption"))
            elif not was and id(block) in mended:
                self.regained.append(block.text)

    def step(self, why: str, before: Sequence[Block], after: Sequence[Block]) -> None:
        left = {id(block) for block in after}
        self.cut += [CutText(block.text, why) for block in before if id(block) not in left]


UNWATCHED = Unwatched()
