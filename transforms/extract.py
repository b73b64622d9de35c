"""From a page to an article: the one entry of this package.

Belongs here: the order in which the parts are read and how they become one record. Does not belong here: how any part is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from transforms.access import read_is_free
from transforms.authors import read_authors
from transforms.body import extract_body
from transforms.bodyparts import BodyParts
from transforms.datewords import Reader
from transforms.fingerprint import article_id, content_hash, minhash_bands
from transforms.language import declared_languages, resolve_language
from transforms.masthead import Masthead, read_masthead
from transforms.outlet import name_keys, outlet_keys, outlet_name
from transforms.page import MAX_BYTES, ParsedPage, parse_page
from transforms.pageurls import ALL_PAGES, article_url
from transforms.paging import declared_page_count, join_bodies
from transforms.picture import read_image_url
from transforms.records import Article, RawPage, Rejection
from transforms.ruling import OnMiss, Ruling
from transforms.section import read_section
from transforms.siterules import SiteRule
from transforms.spaces import squeeze
from transforms.tags import read_tags
from transforms.times import Publication, read_times
from transforms.title import read_title
from transforms.urls import canonicalise, country_of, site_of
from transforms.words import count_words

EXTRACTOR = f"nightdesk {version('nightdesk')} / trafilatura {version('trafilatura')}"


@dataclass(frozen=True, slots=True)
class ExtractSettings:
    """What the source says of its pages, and the limits that keep a page from taking the process down."""

    timezone: str | None = None  # IANA name: used where the page gives no offset
    languages: tuple[str, ...] = ()  # ISO 639-1, declared by the source
    max_bytes: int = MAX_BYTES
    rule: SiteRule | None = None  # the site's own, where it needs one

    @property
    def zone(self) -> str | None:
        """The site's zone, else the source's: a source may list pages of many sites."""
        return (self.rule.timezone if self.rule else None) or self.timezone


@dataclass(frozen=True, slots=True)
class _Metadata:
    """What was read of the first page before its tree was taken apart for the body."""

    title: str | None
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    section: str | None
    site_name: str | None
    image_url: str | None
    is_free: bool | None
    languages: tuple[str, ...]
    canonical_url: str
    published: Publication


def extract_article(
    page: RawPage,
    parts: Sequence[RawPage] = (),
    *,
    settings: ExtractSettings | None = None,
    on_miss: OnMiss = lambda _: None,
) -> Article | Rejection:
    """The article of a page and of its further pages (`parts`, in order), or why there is none.

    Any bytes give one or the other. A field that the page does not hold is None or empty: rules decide what may be stored.
    `on_miss` is told the keys of the site's rule that found nothing; these fields are read as if there were no rule.
    """
    settings = settings or ExtractSettings()
    ruling = Ruling(settings.rule, on_miss)
    parsed = parse_page(page, max_bytes=settings.max_bytes)
    if isinstance(parsed, Rejection):
        return parsed
    metadata = _read_metadata(parsed, settings, ruling)
    declared_pages = declared_page_count(parsed)
    bodies = [_body(parsed, metadata, ruling)]
    read = [page]
    for part in parts:
        further = parse_page(part, max_bytes=settings.max_bytes) if part.body else None
        if isinstance(further, ParsedPage):
            bodies.append(_body(further, metadata, ruling))
            declared_pages = max(declared_pages, declared_page_count(further))
            read.append(part)
    body = join_bodies(bodies[0], bodies[1:]) if len(bodies) > 1 else bodies[0]
    pages, missing = _pages(read, bodies, declared_pages, settings.rule)
    return _article(page, metadata, body, pages, missing)


def _read_metadata(parsed: ParsedPage, settings: ExtractSettings, ruling: Ruling) -> _Metadata:
    outlets = outlet_keys(parsed)
    title = ruling.title(parsed) or read_title(parsed, outlets)

    @cache
    def masthead() -> Masthead:
        return read_masthead(parsed.tree, title)

    languages = declared_languages(parsed, settings.languages)
    reader = Reader(
        tuple(dict.fromkeys((*languages[:2], *settings.languages[:2], "en"))),
        month_first=_writes_month_first(parsed, languages),
        country=country_of(parsed.url),
    )
    return _Metadata(
        title=title,
        authors=ruling.authors(parsed) or read_authors(parsed, masthead, title, outlets),
        tags=read_tags(parsed),
        section=read_section(parsed, masthead, title, name_keys(parsed)),
        site_name=outlet_name(parsed),
        image_url=read_image_url(parsed),
        is_free=read_is_free(parsed),
        languages=languages,
        canonical_url=canonicalise(parsed.url, canonical_link=parsed.structured.link("canonical")),
        published=read_times(parsed, masthead, reader, settings.zone, told=ruling.published(parsed, reader)),
    )


def _writes_month_first(parsed: ParsedPage, languages: Sequence[str]) -> bool:
    """4/5/2024 is the 5th of April in the United States, hardly elsewhere: English pages of no country's domain count as such."""
    region = (parsed.structured.html_language or "").replace("_", "-").lower()
    if region.startswith("en-"):
        return region in ("en-us", "en-ph")
    return (not languages or languages[0] == "en") and len(country_of(parsed.url)) != 2


def _body(parsed: ParsedPage, metadata: _Metadata, ruling: Ruling) -> BodyParts:
    language = metadata.languages[0] if metadata.languages else None
    within = ruling.text_elements(parsed)
    return extract_body(parsed, title=metadata.title, authors=metadata.authors, language=language, within=within)


def _pages(read: Sequence[RawPage], bodies: Sequence[BodyParts], declared: int, rule: SiteRule | None) -> tuple[int, int]:
    """How many of the article's pages are in the body, and how many are not. One that shows the whole article stands for all,
    unless it says no more than the first: then the site took no notice of what was asked.
    """
    urls = [page.final_url or page.url for page in read]
    by_rule = rule.all_pages_url(urls[0]) if rule else None
    wholes = [n for n, url in enumerate(urls) if url == by_rule or ((link := article_url(url)) and link.page == ALL_PAGES)]
    if any(n == 0 or len(bodies[n].text) > len(bodies[0].text) for n in wholes):
        return max(declared, 1), 0
    count = len(read) - len(wholes)
    return count, max(0, declared - count)


def _article(page: RawPage, metadata: _Metadata, parts: BodyParts, pages: int, missing: int) -> Article:
    body = parts.text or None
    published = metadata.published
    return Article(
        article_id=article_id(metadata.canonical_url),
        url=page.url,
        canonical_url=metadata.canonical_url,
        site=site_of(metadata.canonical_url),
        title=metadata.title,
        lead=parts.lead,
        body=body,
        authors=metadata.authors,
        tags=metadata.tags,
        published_at=published.published_at,
        modified_at=published.modified_at,
        published_utc_offset=published.offset,
        published_precision=published.precision,
        published_from=published.source,
        section=metadata.section,
        dateline=parts.dateline,
        language=resolve_language(metadata.languages, " ".join(filter(None, (parts.lead, squeeze(body or ""))))),
        site_name=metadata.site_name,
        image_url=metadata.image_url,
        related_urls=parts.related_urls,
        is_free=metadata.is_free,
        page_count=pages,
        pages_missing=missing,
        word_count=count_words(body),
        body_length=len(body or ""),
        content_hash=content_hash(metadata.title, body),
        minhash=minhash_bands(body),
    )
