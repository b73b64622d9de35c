"""A page's text: the body's paragraphs, the standfirst, the links to other articles cut out of it.

Belongs here: the order of the steps. Does not belong here: the steps.
"""

import re
from collections.abc import Sequence
from copy import copy

from lxml.html import HtmlElement

from transforms.articlebody import article_body, or_said
from transforms.blocks import Block, text_blocks
from transforms.bodyparts import BodyParts
from transforms.bodywatch import UNWATCHED, Unwatched
from transforms.edges import Known, find_dateline, without_edges
from transforms.engine import full_answer, quick_answer
from transforms.lead import find_headline, split_lead
from transforms.page import ParsedPage
from transforms.prompts import is_credit, is_label, is_prompt, is_shortcode
from transforms.region import Region, find_region, is_caption, is_prose, lineage
from transforms.related import article_urls, related_hrefs, without_related
from transforms.selection import select, select_unplaced, without_pull_quotes, without_unsaid
from transforms.structured import StructuredData

__all__ = ["BodyParts", "extract_body"]

# trafilatura is shown the smallest element around this share of the page's prose that is left: a third of the page, on average.
_EXCERPT = 0.97
_ODD = re.compile(r"[^\w \-]")
# Below this many letters, and this share of the page's prose, an answer of trafilatura's is too thin to trust.
_THIN = 350
_MOST = 0.7


def extract_body(
    parsed: ParsedPage, known: Known, *, within: Sequence[HtmlElement] = (), watch: Unwatched = UNWATCHED
) -> BodyParts:
    """The article's text of a page. Takes the page's tree apart: read everything else from it first.

    `within`: the elements that a site's rule says hold the text. `watch` is told of each piece that is cut.
    """
    body = parsed.tree.find("body")
    if body is None:
        return BodyParts()
    said = article_body(parsed.structured)
    shown = _visible(parsed, body, said, known, set(within), watch)
    parts = or_said(shown, said, parsed.structured)
    if parts is not shown:
        watch.answered("json-ld articleBody: the page shows next to nothing")
    return parts


def _visible(
    parsed: ParsedPage, body: HtmlElement, said: str | None, known: Known, named: set[HtmlElement], watch: Unwatched
) -> BodyParts:
    blocks, cut = text_blocks(body, watch.noise)
    ruled = _within(blocks, named)
    if ruled:
        watch.answered("the site's rule")
    chosen, region = (ruled, find_region(blocks, ruled)) if ruled else _place(parsed.tree, blocks, watch)
    if region is None:
        kept = without_edges(without_related(select_unplaced(blocks, chosen), parsed.url), known)
        return BodyParts(paragraphs=tuple(block.text for block in kept))

    def then(why: str, before: list[Block], after: list[Block]) -> list[Block]:
        watch.step(why, before, after)
        return after

    headline = find_headline(blocks, region, known.title)
    kept = select(blocks, chosen, region, headline)
    if not ruled:
        watch.chosen(blocks, chosen, kept)
    kept = then("not in the text that the page gives to machines", kept, without_unsaid(kept, region, said))
    kept = then("said again in larger type", kept, without_pull_quotes(kept, region))
    if ruled:
        kept = then("outside what the site's rule names", kept, _inside(kept, named))
    if _is_gallery(kept):
        return BodyParts()
    lead, rest = split_lead(blocks, kept, region, headline, known.title, _descriptions(parsed.structured))
    kept = then("the standfirst: it is the lead", kept, rest)
    kept = then("a link to another article, or its heading", kept, without_related(kept, parsed.url))
    related = related_hrefs(blocks, kept, cut, region)
    kept = then("a prompt, a label or a credit", kept, [block for block in kept if not _is_furniture(block, region)])
    kept = then("headline, byline or date again, or what trails after a text", kept, without_edges(kept, known, region))
    return BodyParts(
        lead=lead,
        paragraphs=tuple(block.text for block in kept),
        related_urls=tuple(article_urls(related, parsed.url)),
        dateline=find_dateline(kept),
    )


def _within(blocks: Sequence[Block], named: set[HtmlElement]) -> list[bool]:
    """Which blocks stand in the elements that a rule names; [] where none does."""
    inside = {id(block) for block in _inside(blocks, named)} if named else set()
    return [id(block) in inside for block in blocks] if inside else []


def _inside(blocks: Sequence[Block], named: set[HtmlElement]) -> list[Block]:
    return [block for block in blocks if not named.isdisjoint(lineage(block.element))]


def _place(page: HtmlElement, blocks: Sequence[Block], watch: Unwatched) -> tuple[list[bool], Region | None]:
    """Which blocks trafilatura chose, and where the text stands. If its answers hold no prose, all of the page's prose counts."""
    everything = find_region(blocks, [True] * len(blocks), share=_EXCERPT)
    watch.answered("trafilatura, all of its extractors")
    if everything is None:
        return _chosen(blocks, full_answer(page)), None
    chosen = _chosen(blocks, quick_answer(_excerpt(everything.container)))
    region = find_region(blocks, chosen)
    if region is None or _is_thin(blocks, chosen):
        fuller = _chosen(blocks, full_answer(page))
        if region is None or _length(blocks, fuller) > _length(blocks, chosen):
            return fuller, find_region(blocks, fuller) or everything
    watch.answered("trafilatura, its first extractor")
    return chosen, region


def _is_gallery(kept: Sequence[Block]) -> bool:
    """Whether all there is is a few captions: pictures with words, and no text."""
    return sum(block.weight for block in kept) < _THIN and all(is_caption(block) for block in kept)


def _is_thin(blocks: Sequence[Block], chosen: Sequence[bool]) -> bool:
    """Whether trafilatura took little, and little of what there is: a short page need not be asked about twice."""
    taken = _length(blocks, chosen)
    return taken < _THIN and taken < _MOST * _length(blocks, [is_prose(block) for block in blocks])


def _length(blocks: Sequence[Block], chosen: Sequence[bool]) -> int:
    return sum(block.weight for block, is_chosen in zip(blocks, chosen, strict=True) if is_chosen)


def _excerpt(element: HtmlElement) -> HtmlElement:
    """A page with nothing but a copy of the element, in copies of the elements around it: little to work through."""
    inner = copy(element)
    inner.tail = None
    for ancestor in element.iterancestors():
        # Names as pages really have them (`<div"class">`, control characters) cannot be given to a new element.
        tag = ancestor.tag if ancestor.tag.isascii() and ancestor.tag.isalnum() else "div"
        outer = ancestor.makeelement(tag, {name: _ODD.sub(" ", ancestor.get(name, "")) for name in ("class", "id", "role")})
        outer.append(inner)
        inner = outer
    return inner


def _chosen(blocks: Sequence[Block], answer: str) -> list[bool]:
    return [block.letters in answer for block in blocks]


def _is_furniture(block: Block, region: Region) -> bool:
    return is_label(block) or is_shortcode(block) or is_credit(block) or is_prompt(block, is_apart=not region.is_main_flow(block))


def _descriptions(structured: StructuredData) -> list[str]:
    return list(structured.meta_values("og:description", "description", "twitter:description"))
