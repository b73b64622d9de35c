"""A page's text: the body's paragraphs, the standfirst, the links to other articles cut out of it.

Belongs here: the order of the steps. Does not belong here: the steps.
"""

from collections.abc import Sequence

from lxml.html import HtmlElement

from transforms.articlebody import article_body, or_said
from transforms.blocks import Block, text_blocks
from transforms.bodyparts import BodyParts
from transforms.edges import find_dateline, without_edges
from transforms.engine import full_answer, is_thin, quick_answer
from transforms.lead import find_headline, split_lead
from transforms.page import ParsedPage
from transforms.prompts import is_credit, is_label, is_prompt
from transforms.region import Region, find_region
from transforms.related import article_urls, related_hrefs, without_related
from transforms.selection import select, select_unplaced, without_unsaid
from transforms.structured import StructuredData

__all__ = ["BodyParts", "extract_body"]


def extract_body(parsed: ParsedPage, *, title: str | None, authors: Sequence[str], language: str | None) -> BodyParts:
    """The article's text of a page. Takes the page's tree apart: read everything else from it first.

    `title` and `authors` (as the row has them) tell echoes and bylines from text. `language` changes nothing: sites mix
    languages, so the phrases of all count on every page.
    """
    body = parsed.tree.find("body")
    if body is None:
        return BodyParts()
    said = article_body(parsed.structured)
    return or_said(_visible(parsed, body, said, title, authors), said, parsed.structured)


def _visible(parsed: ParsedPage, body: HtmlElement, said: str | None, title: str | None, authors: Sequence[str]) -> BodyParts:
    blocks, cut = text_blocks(body)
    chosen, region = _place(parsed.tree, blocks)
    if region is None:
        kept = without_edges(without_related(select_unplaced(blocks, chosen)), title, authors)
        return BodyParts(paragraphs=tuple(block.text for block in kept))
    headline = find_headline(blocks, region, title)
    kept = without_unsaid(select(blocks, chosen, region, headline), region, said)
    lead, kept = split_lead(blocks, kept, region, headline, title, _descriptions(parsed.structured))
    kept = without_related(kept)
    related = related_hrefs(blocks, kept, cut, region)
    kept = without_edges([block for block in kept if not _is_furniture(block)], title, authors)
    return BodyParts(
        lead=lead,
        paragraphs=tuple(block.text for block in kept),
        related_urls=tuple(article_urls(related, parsed.url)),
        dateline=find_dateline([block.text for block in kept]),
    )


def _place(page: HtmlElement, blocks: Sequence[Block]) -> tuple[list[bool], Region | None]:
    """Which blocks trafilatura chose, and where the text stands. If its answers hold no prose, all of the page's prose counts."""
    answer = quick_answer(page)
    region = find_region(blocks, chosen := _chosen(blocks, answer))
    if region is None or is_thin(answer):
        fuller = full_answer(page)
        if len(fuller) > len(answer) or region is None:
            region = find_region(blocks, chosen := _chosen(blocks, fuller))
    if region is None:
        region = find_region(blocks, [True] * len(blocks))
    return chosen, region


def _chosen(blocks: Sequence[Block], answer: str) -> list[bool]:
    return [block.letters in answer for block in blocks]


def _is_furniture(block: Block) -> bool:
    return is_label(block) or is_credit(block) or is_prompt(block, at_end=False)


def _descriptions(structured: StructuredData) -> list[str]:
    return list(structured.meta_values("og:description", "description", "twitter:description"))
