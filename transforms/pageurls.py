"""Which URLs are further pages of the same article, told from the URLs alone.

Belongs here: the ways in which sites number the pages of an article in its URL. Does not belong here: finding links in a page,
deciding which to fetch.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from transforms.phrasebook import alternation, phrases

ALL_PAGES = 0  # in place of a page's number: the URL that shows the whole article

# 60 pages is beyond any article, and below the years and ids that URLs also end in.
_HIGHEST_PAGE = 60
_BARE_NUMBER = re.compile(r"[/,_.-]\d{1,2}$")
_EXTENSION = re.compile(r"\.(?:s?html?|php|aspx?|jsp|cms)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ArticleUrl:
    """An article's URL without its page number, in the pieces that another page's URL is compared by."""

    host: str
    stem: str  # the path without extension, page number and trailing slash
    extension: str
    query: frozenset[tuple[str, str]]
    page: int  # of the URL itself: 1 where it names none, ALL_PAGES for the whole article


@cache
def _path_suffix() -> re.Pattern[str]:
    """What follows the stem: /2, /page/2, /seite-2, -page-2, /all. Groups: separator, page word, number, whole article."""
    words, everything = alternation(phrases("paging", "url_words")), alternation(phrases("paging", "all_words"))
    return re.compile(rf"([/,_.-])(?:({words})?[/_=-]?(\d{{1,2}})|({everything}))", re.IGNORECASE)


@lru_cache(maxsize=4096)  # asked several times for each page of a batch
def article_url(url: str) -> ArticleUrl | None:
    """The pieces of an article's URL; None if it is no http(s) URL."""
    parts = _split(url)
    if parts is None:
        return None
    stem, extension = _stem(parts.path)
    page = 1
    for match in _path_suffix().finditer(stem):
        if match.end() == len(stem) and (match[2] or (match[4] and match[1] == "/")):
            stem, page = stem[: match.start()], int(match[3] or ALL_PAGES)
    query = set()
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        number = _page_of_query(key, value)
        page = page if number is None else number
        if number is None:
            query.add((key, value))
    return ArticleUrl(_host(parts), stem, extension, frozenset(query), page)


def page_number(article: ArticleUrl, url: str) -> int | None:
    """Which page of `article` an absolute URL is: its number, ALL_PAGES, or None if it is no page of it that says its number."""
    parts = _split(url)
    if parts is None or parts.fragment or _host(parts) != article.host:
        return None
    stem, extension = _stem(parts.path)
    added = {item for item in parse_qsl(parts.query, keep_blank_values=True) if item not in article.query}
    if stem == article.stem and len(added) == 1:
        return _page_of_query(*added.pop())
    if added or extension != article.extension or not article.stem or not stem.startswith(article.stem):
        return None
    return _page_of_suffix(stem[len(article.stem) :], extension)


def pages_among(urls: Iterable[str]) -> dict[str, list[str]]:
    """Of a collection of URLs, each first page with those that may be further pages of it, by their URLs alone."""
    articles = {url: article for url in urls if (article := article_url(url))}
    firsts = {_place(article): url for url, article in articles.items() if article.page == 1}
    found: dict[str, list[str]] = {}
    for url, article in articles.items():
        # A bare number, as in .../story/2, is a page's only if there is a .../story.
        shorter = _BARE_NUMBER.sub("", article.stem)
        places = [_place(article)] if article.page != 1 else [_place(replace(article, stem=shorter))]
        first = next((firsts[place] for place in places if place in firsts and firsts[place] != url), None)
        if first is not None and page_number(articles[first], url) is not None:
            found.setdefault(first, []).append(url)
    return found


def _place(article: ArticleUrl) -> tuple[str, str, str, frozenset[tuple[str, str]]]:
    return article.host, article.stem, article.extension, article.query


def _page_of_suffix(suffix: str, extension: str) -> int | None:
    match = _path_suffix().fullmatch(suffix)
    if match is None:
        return None
    separator, word, number, everything = match.groups()
    if everything:
        return ALL_PAGES if separator == "/" else None
    # A bare -2 after a slug is how systems tell two articles of the same title apart; after it a file's extension, it is a page.
    if not word and separator != "/" and not extension:
        return None
    return _in_range(int(number))


def _page_of_query(key: str, value: str) -> int | None:
    key, value = key.lower(), value.lower()
    if key in phrases("paging", "url_words"):
        if value.isascii() and value.isdigit():
            return _in_range(int(value[:4]))
        return ALL_PAGES if value in phrases("paging", "all_words") else None
    return ALL_PAGES if key in phrases("paging", "all_keys") and value not in ("0", "false", "no") else None


def _in_range(number: int) -> int | None:
    return number if 1 <= number <= _HIGHEST_PAGE else None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:  # "http://[": no URL at all, so no page of any article
        return None


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").removeprefix("www.")


def _stem(path: str) -> tuple[str, str]:
    path = unquote(path).rstrip("/")
    match = _EXTENSION.search(path)
    return (path[: match.start()], match[0].lower()) if match else (path, "")
