"""Which of a page's blocks are the article's text: trafilatura's choice, mended by where the page puts its text.

Belongs here: judgements from position and mark-up, and what was lost or taken in by mistake. Does not belong here: judgements on
what a line says (related.py, prompts.py, edges.py).
"""

from collections.abc import Sequence

from lxml.html import HtmlElement

from transforms.blocks import HEADINGS, Block
from transforms.prune import names_heading
from transforms.region import MAIN_FLOW, Region, is_caption, is_prose, lineage, signature
from transforms.related import is_sentence
from transforms.spaces import letters

# Mark-up that carries less is not known to be the text's.
_ANY_FLOW = 0.05
_NEAR = 6  # blocks above the text, where no headline tells how far up it may begin
# A page's JSON-LD text is a witness against a block only if it has nearly all of the rest: many hold a summary, or the beginning.
_WITNESS = 0.85
_SHORTEST_QUOTE = 25  # letters
_NO_QUOTES = HEADINGS | {"li"}  # subheads and lists say again what the text says, and are text


def select(blocks: Sequence[Block], chosen: Sequence[bool], region: Region, headline: int | None) -> list[Block]:
    """The text's blocks in page order. `headline`: the index of the block that is the article's headline, if the page has one."""
    held = [region.holds(block) for block in blocks]
    prose = [i for i, block in enumerate(blocks) if held[i] and is_prose(block)]
    begin = next((i for i in prose if not region.boxes(blocks[i])), prose[0] if prose else 0)
    around = _article_around(blocks, region, headline)
    homes = {block.element.getparent() for block in blocks if is_prose(block) and region.is_main_flow(block)}
    kept = []
    for index, block in enumerate(blocks):
        if block.tag == "h1":
            continue
        if held[index]:
            take = _belongs(block, chosen[index], region) and not (index > begin and region.boxes(block))
            take = take and not (
                index < begin and not _is_beside_text(block, region) and (_is_kicker(block) or is_caption(block))
            )
        elif index < begin:
            # The first paragraph often has a container of its own: a drop cap, a paywall's free part.
            above = begin - _NEAR if headline is None else headline
            take = chosen[index] and is_prose(block) and index > above and not is_caption(block) and block.tag != "li"
        else:
            is_alike = is_prose(block) and region.is_main_flow(block) and (around is None or _is_inside(block, around))
            take = (is_alike or (block.tag in HEADINGS and block.element.getparent() in homes)) and not region.boxes(block)
        if take:
            kept.append(block)
    return kept


def _article_around(blocks: Sequence[Block], region: Region, headline: int | None) -> HtmlElement | None:
    """The <article> that holds both headline and text: what stands after it is alike, but others'."""
    if headline is None:
        return None
    articles = [element for element in lineage(region.container) if element.tag == "article"]
    return next((article for article in articles if _is_inside(blocks[headline], article)), None)


def _is_inside(block: Block, element: HtmlElement) -> bool:
    return any(ancestor is element for ancestor in lineage(block.element))


def select_unplaced(blocks: Sequence[Block], chosen: Sequence[bool]) -> list[Block]:
    """The text of a page with nothing long enough to tell where the text stands: all chosen but headings, links, captions."""
    return [
        block
        for block, is_chosen in zip(blocks, chosen, strict=True)
        if is_chosen and block.tag not in HEADINGS and 2 * block.linked < len(block.text) and not is_caption(block)
    ]


def _belongs(block: Block, is_chosen: bool, region: Region) -> bool:
    """Whether a block in the container is text: chosen, or lost though it is marked up like text."""
    if is_chosen or block.tag in HEADINGS:
        return True
    is_loose = region.share_of(block.element) > MAIN_FLOW  # text directly in the element that holds the paragraphs
    is_beside = _is_beside_text(block, region)
    if not is_prose(block):
        is_subhead = names_heading(block.element.get("class", ""))
        return not block.linked and (is_loose or is_subhead or (is_beside and block.tag == "p"))
    return block.tag not in ("div", "span") or is_loose or is_beside or region.flow.get(signature(block), 0) > _ANY_FLOW


def _is_beside_text(block: Block, region: Region) -> bool:
    parent = block.element.getparent()
    return parent is not None and region.share_of(parent) > MAIN_FLOW


def _is_kicker(block: Block) -> bool:
    """A few words above the first paragraph that are neither heading nor sentence: a subject, a section, "Live"."""
    return not is_prose(block) and block.tag in ("div", "span", "p", "a") and not is_sentence(block.text)


def without_pull_quotes(kept: Sequence[Block], region: Region) -> list[Block]:
    """The blocks without those set otherwise that say again a part of what another says, for the eye."""
    return [
        block
        for block in kept
        if region.is_main_flow(block)
        or block.tag in _NO_QUOTES
        or block.weight < _SHORTEST_QUOTE
        or not any(block.letters in other.letters for other in kept if other is not block and other.weight > block.weight)
    ]


def without_unsaid(kept: Sequence[Block], region: Region, article_body: str | None) -> list[Block]:
    """The blocks without those that the page's JSON-LD text, where it is whole, does not have: boxes that no name gives away."""
    said = letters(article_body or "")
    prose = [block for block in kept if is_prose(block)]
    total = sum(len(block.text) for block in prose)
    if sum(len(block.text) for block in prose if block.letters in said) < _WITNESS * total:
        return list(kept)
    return [
        block
        for block in kept
        if block is prose[0] or not is_prose(block) or _is_beside_text(block, region) or block.letters in said
    ]
