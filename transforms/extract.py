"""From a page to an article: the one entry of this package.

Belongs here: the order in which the parts are read and how they become one record. Does not belong here: how any part is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from transforms.body import extract_body
from transforms.bodyparts import BodyParts
from transforms.bodywatch import UNWATCHED, Unwatched
from transforms.edges import Known
from transforms.fingerprint import article_id, content_hash, minhash_bands
from transforms.language import SAMPLE, resolve_language
from transforms.metadata import Metadata, open_page, read_metadata
from transforms.page import MAX_BYTES, ParsedPage, parse_page
from transforms.pageurls import ALL_PAGES, article_url
from transforms.paging import declared_page_count, join_bodies
from transforms.records import Article, RawPage, Rejection
from transforms.ruling import OnMiss, Ruling
from transforms.siterules import SiteRule
from transforms.spaces import squeeze
from transforms.urls import site_of
from transforms.walls import read_wall
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
    if wall := read_wall(parsed):
        return Rejection(page.url, *wall)
    metadata = read_metadata(open_page(parsed, ruling, zone=settings.zone, languages=settings.languages))
    declared_pages = declared_page_count(parsed)
    bodies = [read_text(parsed, metadata, ruling)]
    read = [page]
    for part in parts:
        further = parse_page(part, max_bytes=settings.max_bytes) if part.body else None
        if isinstance(further, ParsedPage):
            bodies.append(read_text(further, metadata, ruling))
            declared_pages = max(declared_pages, declared_page_count(further))
            read.append(part)
    body = join_bodies(bodies[0], bodies[1:]) if len(bodies) > 1 else bodies[0]
    pages, missing = _pages(read, bodies, declared_pages, settings.rule)
    return _article(page, metadata, body, pages, missing)


def read_text(parsed: ParsedPage, metadata: Metadata, ruling: Ruling, watch: Unwatched = UNWATCHED) -> BodyParts:
    """The text of one of the article's pages. Takes its tree apart."""
    known = Known(metadata.title, metadata.authors, metadata.people, metadata.site_name)
    return extract_body(parsed, known, within=ruling.text_elements(parsed, watch), watch=watch)


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


def _article(page: RawPage, metadata: Metadata, parts: BodyParts, pages: int, missing: int) -> Article:
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
        language=resolve_language(metadata.languages, " ".join(filter(None, (parts.lead, squeeze((body or "")[:SAMPLE]))))),
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
