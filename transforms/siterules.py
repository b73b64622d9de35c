"""What an operator says of one site's pages where the general reading of them goes wrong: declared, never code.

Belongs here: the record, and which rule counts for a URL. Does not belong here: files (sources/siterules.py), and what the
selectors find on a page (ruling.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

# Selectors that pages of the site are expected to answer: one that finds nothing is told. What `drop` cuts may be on some only.
EXPECTED_KEYS = ("body", "title", "authors", "published")


@dataclass(frozen=True, slots=True)
class SiteRule:
    """One `[[sites]]` table. Selectors are CSS or XPath (selectors.py); None or empty: read as on any other page."""

    host: str  # lower case: this host and all below it
    timezone: str | None = None  # IANA name, for times that bear none; before the source's
    drop: tuple[str, ...] = ()  # cut before the body is read
    body: str | None = None  # the elements that hold the article's text
    title: str | None = None
    authors: str | None = None
    published: str | None = None
    all_pages: str | None = None  # query that shows the whole article, page=all

    def all_pages_url(self, url: str) -> str | None:
        """Where the whole of an article is, given its first page; None where the rule says nothing or `url` is none."""
        if not self.all_pages or not _host(url):
            return None
        parts = urlsplit(url)
        own = {_key(pair) for pair in self.all_pages.split("&")}
        kept = [pair for pair in parts.query.split("&") if pair and _key(pair) not in own]
        return parts._replace(query="&".join((*kept, self.all_pages)), fragment="").geturl()

    def expected(self) -> Iterator[tuple[str, str]]:
        """(key, selector) of those that every page should answer."""
        for key in EXPECTED_KEYS:
            if selector := getattr(self, key):
                yield key, selector


class SiteRules:
    """The rules of a run by host: the most specific one counts."""

    def __init__(self, rules: Iterable[SiteRule] = ()) -> None:
        self._by_host: Mapping[str, SiteRule] = {rule.host: rule for rule in rules}

    def of(self, url: str) -> SiteRule | None:
        """The rule for a page: that of its host, else of the nearest domain above it."""
        if not self._by_host:
            return None
        labels = _host(url).split(".")
        hosts = (".".join(labels[start:]) for start in range(len(labels)))
        return next((rule for host in hosts if (rule := self._by_host.get(host))), None)


def _key(pair: str) -> str:
    return pair.partition("=")[0]


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:  # "http://[": no URL
        return ""
