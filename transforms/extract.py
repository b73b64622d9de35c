"""From a page to an article: the one entry of this package.

Belongs here: the order in which the parts are read and how they become one record. Does not belong here: how any part is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from transforms.body import extract_body
from transforms.bodyparts import BodyParts
from transforms.bodywatch import UNWATCHED, Unwatched
from transforms.fingerprint import article_id, content_hash, minhash_bands
from transforms.language import SAMPLE, resolve_language
from transforms.metadata import Metadata, open_page, read_metadata
from transforms.page import MAX_BYTES, ParsedPage, parse_page
from transforms.pageurls import ALL_PAGES, article_url
from transforms.paging import declared_page_count, join_bodies
from transforms.records import Article, RawPage, Rejection
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


def extract_article(
    page: RawPage, parts: Sequence[RawPage] = (), *, settings: ExtractSettings | None = None
) -> Article | Rejection:
    """The article of a page and of its further pages (`parts`, in order), or why there is none.

    Any bytes give one or the other. A field that the page does not hold is None or empty: rules decide what may be stored.
    """
    settings = settings or ExtractSettings()
    parsed = parse_page(page, max_bytes=settings.max_bytes)
    if isinstance(parsed, Rejection):
        return parsed
    if wall := read_wall(parsed):
        return Rejection(page.url, *wall)
    metadata = read_metadata(open_page(parsed, zone=settings.timezone, languages=settings.languages))
    declared_pages = declared_page_count(parsed)
    bodies = [read_text(parsed, metadata)]
    read = [page]
    for part in parts:
        further = parse_page(part, max_bytes=settings.max_bytes) if part.body else None
        if isinstance(further, ParsedPage):
            bodies.append(read_text(further, metadata))
            declared_pages = max(declared_pages, declared_page_count(further))
            read.append(part)
    body = join_bodies(bodies[0], bodies[1:]) if len(bodies) > 1 else bodies[0]
    pages, missing = _pages(read, declared_pages)
    return _article(page, metadata, body, pages, missing)


def read_text(parsed: ParsedPage, metadata: Metadata, watch: Unwatched = UNWATCHED) -> BodyParts:
    """The text of one of the article's pages. Takes its tree apart."""
    return extract_body(parsed, title=metadata.title, authors=metadata.authors, people=metadata.people, watch=watch)


def _pages(read: Sequence[RawPage], declared: int) -> tuple[int, int]:
    """How many of the article's pages are in the body, and how many are not. One that shows the whole article stands for all."""
    urls = (article_url(page.final_url or page.url) for page in read)
    if any(url is not None and url.page == ALL_PAGES for url in urls):
        return max(declared, 1), 0
    return len(read), max(0, declared - len(read))


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
