"""Links to other articles inside a text: read-also lines, related lists, and their headings.

Belongs here: telling them from sentences that merely link. Does not belong here: boxes known by their markup (prune.py), prompts
(prompts.py). A phrase alone cuts nothing: there must be a link in the block, or nothing but links after the heading.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import zip_longest
from urllib.parse import urljoin

from transforms.blocks import Block, CutLinks
from transforms.phrasebook import alternation, lines, phrases
from transforms.region import Region
from transforms.urls import is_http_url, site_of, split_url

_LONGEST_LINE = 250  # characters: a lead-in with a headline; longer is a paragraph that links
_SHORTEST_HEADLINE = 25
_FEWEST_WORDS = 5
_ANY_LABEL = re.compile(r"[^\W\d][^:：.!?\n]{1,35}[:：]\s*")
_SHORTEST_LINE = 20  # below it a link names a section or a subject
_ENDS_SENTENCE = re.compile(r"[.!?…。！？।؟][\"'”’»)\]]*$")
# What stands before a lead-in: arrows and bullets.
_BULLET = r"^[\W_]*"


@cache
def _lead_in() -> re.Pattern[str]:
    words = alternation(phrases("related", "lead_ins"))
    return re.compile(rf"{_BULLET}(?:{words})\s*(?:[:：|>»→–—\-]|\b|$)", re.IGNORECASE)


@cache
def _labelled() -> re.Pattern[str]:
    """A lead-in set off by a colon, bar or arrow: "Read more: ..."."""
    words = alternation(phrases("related", "lead_ins"))
    return re.compile(rf"{_BULLET}(?:{words})\s*[:：|>»→]", re.IGNORECASE)


def is_read_also(block: Block) -> bool:
    """A line whose point is its link: a lead-in with a linked headline, or a headline that is all link."""
    length = len(block.text)
    if not block.linked or length > _LONGEST_LINE:
        return False
    share = block.linked / length
    return (
        (share >= 0.9 and not is_sentence(block.text))
        or (share >= 0.6 and _lead_in().match(block.text) is not None)
        or (share >= 0.4 and _labelled().match(block.text) is not None)
        or _is_label_and_link(block)
    )


def _is_label_and_link(block: Block) -> bool:
    """A few words with a colon, and all that follows is one link of a headline's length: so they look in any language."""
    label = _ANY_LABEL.match(block.text)
    is_one = len(block.hrefs) == 1 and block.linked >= _SHORTEST_HEADLINE
    if label is None or not is_one or is_sentence(block.text):
        return False
    headline = block.text[label.end() :]
    is_short = headline.isascii() and len(headline.split()) < _FEWEST_WORDS
    return abs(len(headline) - block.linked) <= 2 and not is_short


def is_sentence(text: str) -> bool:
    return _ENDS_SENTENCE.search(text) is not None


def is_related_heading(block: Block, *, before_links: bool) -> bool:
    """A line that announces links: "More on this story:". A single English word may be a subhead, unless `before_links`."""
    text = block.text.strip(" :：.…»>|-–—▶►").casefold()
    if text in lines("related", "headings"):
        return before_links or " " in text or not text.isascii()
    return before_links and text in lines("related", "lead_ins")


def article_urls(hrefs: Iterable[str], base_url: str) -> list[str]:
    """The URLs of the page's own site that hrefs lead to, each once, but the page itself. Other sites' are shops and sources."""
    found: dict[str, None] = {}
    for href in hrefs:
        try:
            url = urljoin(base_url, href.strip())
        except ValueError:  # "http://[": not a link that could be followed
            continue
        if is_http_url(url) and url.split("#")[0] != base_url.split("#")[0] and _is_same_site(url, base_url):
            found[url] = None
    return list(found)


def _is_same_site(url: str, other: str) -> bool:
    # Nearly all links are to the same host, and finding a registrable domain is dear.
    return split_url(url).netloc == split_url(other).netloc or site_of(url) == site_of(other)


def related_hrefs(blocks: Sequence[Block], kept: Sequence[Block], cut: Sequence[CutLinks], region: Region) -> list[str]:
    """Where the links to other articles inside the text lead, in page order: lines and lists that are not kept, and boxes."""
    is_kept = {id(block) for block in kept}
    begin = next((index for index, block in enumerate(blocks) if id(block) in is_kept), len(blocks))
    found = [
        (index, block.hrefs)
        for index, block in enumerate(blocks)
        if index > begin
        and id(block) not in is_kept
        and 2 * block.linked > len(block.text) >= _SHORTEST_LINE
        and region.holds(block)
    ]
    found += [(links.position, list(links.hrefs)) for links in cut if region.contains(links.parent)]
    return [href for _, hrefs in sorted(found, key=lambda pair: pair[0]) for href in hrefs]


def without_related(blocks: Sequence[Block], base_url: str) -> list[Block]:
    """The blocks without links to other articles and what announces them. Lists of links to other sites are the text's own."""
    cut = {id(block) for block in blocks if is_read_also(block)}
    for items in _lists(blocks):
        are_links = all(2 * item.linked > len(item.text) and len(item.text) < _LONGEST_LINE for item in items)
        if are_links and article_urls((href for item in items for href in item.hrefs), base_url):
            cut.update(id(item) for item in items)
    for block, following in zip_longest(blocks, blocks[1:]):
        if len(block.text) < 60 and is_related_heading(block, before_links=following is None or id(following) in cut):
            cut.add(id(block))
    return [block for block in blocks if id(block) not in cut]


def _lists(blocks: Sequence[Block]) -> list[list[Block]]:
    """The items of each list of at least two."""
    lists: dict[object, list[Block]] = {}
    for block in blocks:
        if block.tag == "li":
            lists.setdefault(block.element.getparent(), []).append(block)
    return [items for items in lists.values() if len(items) > 1]
