"""The standfirst: the sentence or two that a page sets apart between its headline and its text.

Belongs here: finding it and taking it out of the body. Does not belong here: the description that a page gives to machines, which
only confirms what the reader sees.
"""

from collections.abc import Sequence

from transforms.blocks import HEADINGS, Block
from transforms.edges import is_byline_or_date
from transforms.prompts import is_credit, is_label
from transforms.prune import names_lead
from transforms.region import Region, is_caption, is_prose, lineage, signature
from transforms.related import is_read_also, is_sentence
from transforms.spaces import letters

_SHORTEST_LEAD = 25  # letters
_SECOND_HEADINGS = ("h2", "h3")
_FARTHEST = 12  # blocks above the text: further up is the page's head


def split_lead(
    blocks: Sequence[Block],
    kept: Sequence[Block],
    region: Region,
    headline: int | None,
    title: str | None,
    descriptions: Sequence[str],
) -> tuple[str | None, list[Block]]:
    """The lead, and the kept blocks without it. It is sought between `headline` (an index) and the text's first paragraph."""
    start = next((i for i, block in enumerate(blocks) if region.holds(block) and is_prose(block) and block in kept), 0)
    first = start if headline is None or headline > start else headline + 1
    first = max(first, start - _FARTHEST) if headline is not None else max(0, start - _FARTHEST)
    # The text's own first block may be the standfirst, when its markup says so and the text goes on elsewhere: a first paragraph
    # in bold type beside its fellows is the beginning of the text.
    end = start + (1 if _is_marked(blocks[start]) and not _is_beside_the_rest(blocks[start], kept) else 0)
    candidates = [block for block in blocks[first:end] if _may_be_lead(block, title)]
    known = [letters(text) for text in descriptions]
    found = [block for block in candidates if _is_marked(block) or _is_known(block, known)]
    if not found and headline is not None:
        found = [b for b in candidates if _is_set_apart(b, region) or _is_second_heading(blocks, headline, b)][:1]
    if not found:
        return None, list(kept)
    found = [block for block in found if block is found[0] or block.element.getparent() is found[0].element.getparent()]
    lead = " ".join(block.text for block in found)
    return lead, [block for block in kept if block not in found and block.letters != letters(lead)]


def find_headline(blocks: Sequence[Block], region: Region, title: str | None) -> int | None:
    """The index of the headline: the last h1 above the text, or the heading there that has the title in it."""
    start = next((i for i, block in enumerate(blocks) if region.holds(block) and is_prose(block)), len(blocks))
    wanted = letters(title or "")
    headings = [index for index, block in enumerate(blocks[:start]) if block.tag in HEADINGS or _in_heading(block)]
    titled = [index for index in headings if wanted and wanted in blocks[index].letters]
    return max(titled or [index for index in headings if blocks[index].tag == "h1"], default=None)


def _in_heading(block: Block) -> bool:
    return any(element.tag in HEADINGS for element in block.element.iterancestors())


def _is_set_apart(block: Block, region: Region) -> bool:
    """A sentence or more, marked up otherwise than the text."""
    is_long = len(block.text) >= 80 or (len(block.text) >= 50 and is_sentence(block.text))
    return is_long and signature(block) not in region.flow


def _is_second_heading(blocks: Sequence[Block], headline: int, block: Block) -> bool:
    """A heading right below the headline's, of whatever length: subheads stand further down."""
    below = next((other for other in blocks[headline + 1 :] if other.element is not blocks[headline].element), None)
    return block is below and block.tag in _SECOND_HEADINGS


def _may_be_lead(block: Block, title: str | None) -> bool:
    return (
        len(block.letters) >= _SHORTEST_LEAD
        and block.tag != "li"
        and 2 * block.linked < len(block.text)
        and block.letters not in letters(title or "")
        and not is_byline_or_date(block.text)
        and not is_credit(block)
        and not is_label(block)
        and not is_read_also(block)
        and not is_caption(block)
    )


def _is_marked(block: Block) -> bool:
    for depth, element in enumerate(lineage(block.element)):
        if depth > 2 or element.tag in ("article", "main", "body"):
            return False
        if names_lead(f"{element.get('class', '')} {element.get('id', '')}"):
            return True
    return False


def _is_known(block: Block, descriptions: Sequence[str]) -> bool:
    text = block.letters
    return any(text == known or (len(known) > 40 and (text.startswith(known[:40]))) for known in descriptions)


def _is_beside_the_rest(block: Block, kept: Sequence[Block]) -> bool:
    """Whether the prose that follows has the same element around it."""
    following = [other for other in kept if other is not block and is_prose(other)][:3]
    parent = block.element.getparent()
    return any(other.element.getparent() is parent or other.element is block.element for other in following)
