"""Everything but the text: what is read of an article's first page, before its tree is taken apart for the body.

Belongs here: what the readers of fields share, and the order in which they are asked. Does not belong here: how a field is read
(title.py, authors.py, times.py, ...).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from transforms.access import read_is_free
from transforms.authors import read_authors
from transforms.datewords import Reader
from transforms.language import declared_languages
from transforms.masthead import Masthead, read_masthead
from transforms.names import is_house
from transforms.outlet import name_keys, outlet_keys, outlet_name
from transforms.page import ParsedPage
from transforms.picture import read_image_url
from transforms.ruling import Ruling
from transforms.section import read_section
from transforms.tags import read_tags
from transforms.times import Publication, read_times
from transforms.title import read_title
from transforms.urls import canonicalise, country_of


@dataclass(frozen=True, slots=True)
class Reading:
    """One page on the reader's desk: what several fields need, found out once."""

    parsed: ParsedPage
    ruling: Ruling  # the site's rule at work
    zone: str | None  # IANA, of the source: for times that bear none
    source_languages: tuple[str, ...]  # ISO 639-1, declared by the source
    outlets: frozenset[str]  # outlet.outlet_keys()
    title: str | None
    languages: tuple[str, ...]  # as declared, likeliest first
    masthead: Callable[[], Masthead]  # read when first asked for
    dates: Reader


@dataclass(frozen=True, slots=True)
class Metadata:
    """The row's fields that are read beside the text."""

    title: str | None
    authors: tuple[str, ...]
    people: tuple[str, ...]  # the authors, unless all there is is a house
    tags: tuple[str, ...]
    section: str | None
    site_name: str | None
    image_url: str | None
    is_free: bool | None
    languages: tuple[str, ...]
    canonical_url: str
    published: Publication


def open_page(parsed: ParsedPage, ruling: Ruling, *, zone: str | None, languages: tuple[str, ...]) -> Reading:
    """The page with what its fields share. `zone` and `languages` are what the source says of its pages."""
    outlets = outlet_keys(parsed)
    title = ruling.title(parsed) or read_title(parsed, outlets)
    declared = declared_languages(parsed, languages)
    dates = Reader(
        tuple(dict.fromkeys((*declared[:2], *languages[:2], "en"))),
        month_first=_writes_month_first(parsed, declared),
        country=country_of(parsed.url),
    )
    masthead = cache(lambda: read_masthead(parsed.tree, title))
    return Reading(parsed, ruling, zone, languages, outlets, title, declared, masthead, dates)


def read_metadata(page: Reading) -> Metadata:
    """The fields of the page. Costs a tenth of the row when structured data says it all, a third when nothing does."""
    parsed = page.parsed
    authors = page.ruling.authors(parsed) or read_authors(parsed, page.masthead, page.title, page.outlets)
    told = page.ruling.published(parsed, page.dates)
    return Metadata(
        title=page.title,
        authors=authors,
        people=tuple(name for name in authors if not is_house(name, page.outlets)),
        tags=read_tags(parsed),
        section=read_section(parsed, page.masthead, page.title, name_keys(parsed)),
        site_name=outlet_name(parsed),
        image_url=read_image_url(parsed),
        is_free=read_is_free(parsed),
        languages=page.languages,
        canonical_url=canonicalise(parsed.url, canonical_link=parsed.structured.link("canonical")),
        published=read_times(parsed, page.masthead, page.dates, page.zone, told=told),
    )


def _writes_month_first(parsed: ParsedPage, languages: Sequence[str]) -> bool:
    """4/5/2024 is the 5th of April in the United States, hardly elsewhere: English pages of no country's domain count as such."""
    region = (parsed.structured.html_language or "").replace("_", "-").lower()
    if region.startswith("en-"):
        return region in ("en-us", "en-ph")
    return (not languages or languages[0] == "en") and len(country_of(parsed.url)) != 2
