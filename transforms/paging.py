"""Articles on several pages: which page to fetch next, how many there are, and their bodies put together.

Belongs here: finding the links of a pager in a page's bytes, and joining. Does not belong here: fetching, and the forms that page
numbers take in URLs (pageurls.py). No page is parsed here: all is read from the bytes, in well under a millisecond.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Protocol
from urllib.parse import quote, urljoin

from transforms.bodyparts import BodyParts
from transforms.pageurls import ALL_PAGES, ArticleUrl, article_url, page_number
from transforms.phrasebook import lines
from transforms.records import RawPage
from transforms.siterules import SiteRules

_REL_NEXT = re.compile(rb"""rel\s*=\s*["']?(?:[^"'>]*\s)?next\b""", re.IGNORECASE)
# Lower case without spaces: ten times faster than any spelling.
_HREF = re.compile(rb"""href=["']?([^"'\s>]+)""")
_HREF_STARTS = (b'href="', b"href='", b"href=")

_SEPARATORS = (b"?", b"/", b",", b"_", b"-", b".")
_SHORTEST_NAME = 8  # below it an article's name is a word that many links hold
_LONGEST_LABEL = 80
_LONGEST_REST = 40  # a page number with its words; links that share the article on other sites go on for longer

# A shorter paragraph (a subhead, "Yes.") may rightly occur twice in an article.
_DISTINCT_LENGTH = 40


class HasRawPage(Protocol):
    """What declared_page_count needs of a parsed page."""

    @property
    def raw(self) -> RawPage: ...


def next_page_url(pages: Sequence[RawPage], rules: SiteRules | None = None) -> str | None:
    """As linked_page_url; but where a site's rule says how the whole article is asked for, that comes first.

    An article that links to no other page of itself has only one, and is not asked for twice.
    """
    linked = linked_page_url(pages)
    rule = rules.of(_url(pages[0])) if rules and pages else None
    whole = rule.all_pages_url(_url(pages[0])) if rule else None
    if whole is None:
        return linked
    asked = [page for page in pages if whole in (page.url, _url(page))]
    # A site that takes no notice of the query answers with the first page once more.
    if any(page.body and page.body != pages[0].body for page in asked) or whole == _url(pages[0]):
        return None
    return linked if asked or linked is None else whole


def linked_page_url(pages: Sequence[RawPage]) -> str | None:
    """The URL to fetch next, given an article's pages so far in the order they were asked for; None when there is no more.

    The URL that shows the whole article is preferred; after it there is nothing to fetch. Else it is the next higher number, so
    that a pager cannot lead in a circle. Give a page that could not be had as a RawPage with an empty body: it is passed over.
    """
    article = article_url(_url(pages[0])) if pages else None
    if article is None:
        return None
    asked = {number for page in pages for url in (page.url, _url(page)) if (number := _page_of(article, url)) is not None}
    if any(page.body and ALL_PAGES in (_page_of(article, page.url), _page_of(article, _url(page))) for page in pages):
        return None
    links = {number: url for page in reversed(pages) if page.body for number, url in _page_links(page, article).items()}
    if len(pages) == 1 and ALL_PAGES in links and links[ALL_PAGES] != pages[0].url:
        return links[ALL_PAGES]
    return next((links[number] for number in sorted(links) if number > max(asked, default=1)), None)


def declared_page_count(parsed: HasRawPage) -> int:
    """How many pages the article says it has, by its pager's highest number; at least 1."""
    article = article_url(_url(parsed.raw))
    if article is None:
        return 1
    numbers = set(_page_links(parsed.raw, article)) - {ALL_PAGES}
    # A pager shows the page after this one, or the one before; a number far off is something else that ends in a number.
    shows_neighbour = bool(numbers & {article.page + 1, article.page - 1})
    return max((1, article.page, *numbers)) if shows_neighbour else 1


def _page_of(article: ArticleUrl, url: str) -> int | None:
    """Which page of the article a URL is that was asked for: the one without a number is the first."""
    number = page_number(article, url)
    link = article_url(url)
    return link.page if number is None and link is not None else number


def _url(page: RawPage) -> str:
    return page.final_url or page.url


def _page_links(page: RawPage, article: ArticleUrl) -> dict[int, str]:
    """Number (or ALL_PAGES) -> absolute URL, as the page's links give them; the first of a number counts."""
    found: dict[int, str] = {}
    for match in _likely_links(page.body, article):
        url = urljoin(_url(page), html.unescape(match[1].decode("utf-8", "replace")))
        number = page_number(article, url)
        if number is None and _is_same_path(article, url):
            number = _number_by_markup(page.body, match, article)
        if number is not None:
            found.setdefault(number, url)
    return found


def _likely_links(body: bytes, article: ArticleUrl) -> Iterator[re.Match[bytes]]:
    """The links that add something to the article's own path, in page order. Nearly all others are never looked at."""
    yield from sorted({match.start(): match for match in _all_likely(body, article)}.values(), key=re.Match.start)


def _all_likely(body: bytes, article: ArticleUrl) -> Iterator[re.Match[bytes]]:
    # One rare character is found ten times faster than one of the strings that it ends.
    for mark in _positions(body, b"?"):
        if body[max(0, mark - 6) : mark].endswith(_HREF_STARTS) and (match := _HREF.match(body, body.rfind(b"href", 0, mark))):
            yield match
    for name in _names(article):
        for start in _positions(body, name):
            end = start + len(name)
            if body[end : end + 1] in _SEPARATORS:
                match = _HREF.match(body, max(0, body.rfind(b"href=", 0, start)))
                if match and match.end() > end and match.end() - end < _LONGEST_REST:
                    yield match


def _positions(body: bytes, part: bytes) -> Iterator[int]:
    position = body.find(part)
    while position >= 0:
        yield position
        position = body.find(part, position + len(part))


def _names(article: ArticleUrl) -> set[bytes]:
    """The end of the article's path that its other pages' links hold, as written plainly or in percents."""
    *folders, last = article.stem.split("/")
    name = last if len(last) >= _SHORTEST_NAME or not folders else f"{folders[-1]}/{last}"
    return {name.encode(), quote(name).encode()} if len(name) >= _SHORTEST_NAME else set()


def _number_by_markup(body: bytes, href: re.Match[bytes], article: ArticleUrl) -> int | None:
    """What the link's own tag and label say: rel=next, "Show all"."""
    start, end = body.rfind(b"<", 0, href.start()), body.find(b">", href.end())
    label = body[end + 1 : end + 1 + _LONGEST_LABEL].split(b"<", 1)[0].decode("utf-8", "replace")
    if " ".join(label.split()).casefold() in lines("paging", "all_labels"):
        return ALL_PAGES
    return article.page + 1 if _REL_NEXT.search(body[start:end]) else None


def _is_same_path(article: ArticleUrl, url: str) -> bool:
    """Whether a link leads to the same path with another query. Elsewhere rel=next is often the next article, "all" a list."""
    link = article_url(url)
    same = link is not None and "#" not in url and (link.host, link.stem) == (article.host, article.stem)
    return same and link is not None and link.query != article.query


def join_bodies(first: BodyParts, rest: Sequence[BodyParts]) -> BodyParts:
    """One body of an article's pages in order. What pages share (a repeated lead, the whole article on one page) is there once.

    Nothing that a page says is lost; lead and dateline are those of the first page that has one.
    """
    paragraphs = first.paragraphs
    for page in rest:
        paragraphs = _joined(paragraphs, page.paragraphs)
    everything = (first, *rest)
    lead = next((page.lead for page in everything if page.lead), None)
    return BodyParts(
        lead=lead,
        paragraphs=tuple(paragraph for paragraph in paragraphs if lead is None or _key(paragraph) != _key(lead)),
        related_urls=tuple(dict.fromkeys(url for page in everything for url in page.related_urls)),
        dateline=next((page.dateline for page in everything if page.dateline), None),
    )


def _joined(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    known = {_key(paragraph) for paragraph in _distinct(before)}
    repeated = known & {_key(paragraph) for paragraph in _distinct(after)}
    if known and 2 * len(repeated) >= len(known):
        return _merged(before, after)
    overlap = _overlap(before, after)
    return (*before, *(paragraph for paragraph in after[overlap:] if _key(paragraph) not in repeated))


def _overlap(before: Sequence[str], after: Sequence[str]) -> int:
    """How many paragraphs at the end of one page begin the next."""
    tail, head = [_key(p) for p in before], [_key(p) for p in after]
    return next((n for n in range(min(len(tail), len(head)), 0, -1) if tail[-n:] == head[:n]), 0)


def _merged(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Both in one order, each paragraph once: for a page that holds most of what the earlier ones said."""
    matcher = SequenceMatcher(None, [_key(p) for p in before], [_key(p) for p in after], autojunk=False)
    merged: list[str] = []
    for _, start, end, other_start, other_end in matcher.get_opcodes():
        merged += before[start:end]
        had = {_key(paragraph) for paragraph in before[start:end]}
        merged += (paragraph for paragraph in after[other_start:other_end] if _key(paragraph) not in had)
    return tuple(_without_repeats(merged))


def _without_repeats(paragraphs: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for paragraph in paragraphs:
        key = _key(paragraph)
        if len(key) < _DISTINCT_LENGTH or key not in seen:
            yield paragraph
        seen.add(key)


def _distinct(paragraphs: Iterable[str]) -> Iterator[str]:
    return (paragraph for paragraph in paragraphs if len(_key(paragraph)) >= _DISTINCT_LENGTH)


def _key(paragraph: str) -> str:
    return " ".join(paragraph.split()).casefold()
