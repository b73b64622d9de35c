"""The records that stages hand to one another: what a page was, what became of it, and why.

Belongs here: frozen dataclasses, the closed sets of dispositions and reasons. Does not belong here: anything that acts.
Every package may import this module; it imports nothing of ours and nothing outside the standard library.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Disposition(StrEnum):
    """What became of a candidate. Every candidate of a run ends in exactly one."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    FAILED = "failed"
    SKIPPED = "skipped"


class Reason(StrEnum):
    """Why a candidate got its disposition: a closed set, so that reports can group by it. REASON_DISPOSITION maps it."""

    # stored
    NEW_ARTICLE = "new_article"
    NEW_VERSION = "new_version"
    # unchanged
    NOT_MODIFIED = "not_modified"  # HTTP 304
    SAME_CONTENT = "same_content"  # fetched again, same content_hash
    NOT_DUE = "not_due"  # known, and not to be looked at again yet
    OLDER_CAPTURE = "older_capture"  # an archive's page from before the version that the lake holds
    # duplicate
    SAME_URL = "same_url"  # another spelling of a URL of this run
    SAME_ARTICLE = "same_article"  # redirect or rel=canonical led to an article of this run
    # quarantined: broken rules (expectations/rules.py)
    MISSING_TITLE = "missing_title"
    MISSING_BODY = "missing_body"
    MISSING_DATE = "missing_date"
    SHORT_BODY = "short_body"
    IMPLAUSIBLE_DATE = "implausible_date"
    INVALID_URL = "invalid_url"
    INVALID_FIELD = "invalid_field"  # any other rule of severity "quarantine"
    # quarantined: our code on this page
    EXTRACTOR_TIMEOUT = "extractor_timeout"
    EXTRACTOR_CRASHED = "extractor_crashed"
    EXTRACTOR_ERROR = "extractor_error"
    # failed: what the network, the server or the archive did
    DNS_ERROR = "dns_error"
    CONNECTION_ERROR = "connection_error"
    TLS_ERROR = "tls_error"
    FETCH_TIMEOUT = "fetch_timeout"
    HTTP_CLIENT_ERROR = "http_client_error"  # 4xx but the ones below
    NOT_FOUND = "not_found"  # 404
    GONE = "gone"  # 410
    TOO_MANY_REQUESTS = "too_many_requests"  # 429, and Retry-After beyond tonight
    HTTP_SERVER_ERROR = "http_server_error"  # 5xx
    TOO_MANY_REDIRECTS = "too_many_redirects"
    BAD_REDIRECT = "bad_redirect"  # a Location that is no http(s) URL
    PRIVATE_ADDRESS = "private_address"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    BAD_ENCODING = "bad_encoding"  # Content-Encoding that does not decode
    EMPTY_PAGE = "empty_page"
    NOT_HTML = "not_html"
    TOO_DEEP = "too_deep"  # nested beyond what a parser can be trusted with
    SOFT_NOT_FOUND = "soft_not_found"  # 200, and a page that says that it is not there, or the front page
    BOT_CHALLENGE = "bot_challenge"  # a page that wants to tell people from robots
    COOKIE_WALL = "cookie_wall"  # a page that asks for consent before anything else
    LOGIN_WALL = "login_wall"  # a page that wants a login before anything else
    BAD_WARC_RECORD = "bad_warc_record"
    UNREADABLE_FEED = "unreadable_feed"
    UNREADABLE_SITEMAP = "unreadable_sitemap"
    UNREADABLE_LIST = "unreadable_list"
    # skipped: our own rules say not to
    ROBOTS_DISALLOWED = "robots_disallowed"
    ROBOTS_UNAVAILABLE = "robots_unavailable"  # robots.txt answered 5xx or nothing: RFC 9309 says assume disallowed
    NOINDEX = "noindex"  # X-Robots-Tag or meta robots: noindex or none
    NOARCHIVE = "noarchive"  # the same: noarchive or nocache
    UNAVAILABLE_AFTER = "unavailable_after"  # the same, and the day that it names is over
    TDM_RESERVED = "tdm_reserved"  # text and data mining is reserved: tdm-reservation, tdmrep.json
    EXCLUDED = "excluded"  # the source's include and exclude patterns
    OFF_SITE = "off_site"  # a host that the source does not cover
    OVER_LIMIT = "over_limit"  # beyond the source's max_pages
    TOO_OLD = "too_old"  # published or changed longer ago than the source's max_age_days
    OTHER_DAY = "other_day"  # of none of the past days that a backfill asks for
    NOT_ARTICLE = "not_article"  # a WARC record that is no page: an image, a request, robots.txt


REASON_DISPOSITION: dict[Reason, Disposition] = {
    **dict.fromkeys((Reason.NEW_ARTICLE, Reason.NEW_VERSION), Disposition.STORED),
    **dict.fromkeys((Reason.NOT_MODIFIED, Reason.SAME_CONTENT, Reason.NOT_DUE, Reason.OLDER_CAPTURE), Disposition.UNCHANGED),
    **dict.fromkeys((Reason.SAME_URL, Reason.SAME_ARTICLE), Disposition.DUPLICATE),
    **dict.fromkeys(
        (
            Reason.MISSING_TITLE,
            Reason.MISSING_BODY,
            Reason.MISSING_DATE,
            Reason.SHORT_BODY,
            Reason.IMPLAUSIBLE_DATE,
            Reason.INVALID_URL,
            Reason.INVALID_FIELD,
            Reason.EXTRACTOR_TIMEOUT,
            Reason.EXTRACTOR_CRASHED,
            Reason.EXTRACTOR_ERROR,
        ),
        Disposition.QUARANTINED,
    ),
    **dict.fromkeys(
        (
            Reason.DNS_ERROR,
            Reason.CONNECTION_ERROR,
            Reason.TLS_ERROR,
            Reason.FETCH_TIMEOUT,
            Reason.HTTP_CLIENT_ERROR,
            Reason.NOT_FOUND,
            Reason.GONE,
            Reason.TOO_MANY_REQUESTS,
            Reason.HTTP_SERVER_ERROR,
            Reason.TOO_MANY_REDIRECTS,
            Reason.BAD_REDIRECT,
            Reason.PRIVATE_ADDRESS,
            Reason.TOO_LARGE,
            Reason.TRUNCATED,
            Reason.BAD_ENCODING,
            Reason.EMPTY_PAGE,
            Reason.NOT_HTML,
            Reason.TOO_DEEP,
            Reason.SOFT_NOT_FOUND,
            Reason.BOT_CHALLENGE,
            Reason.COOKIE_WALL,
            Reason.LOGIN_WALL,
            Reason.BAD_WARC_RECORD,
            Reason.UNREADABLE_FEED,
            Reason.UNREADABLE_SITEMAP,
            Reason.UNREADABLE_LIST,
        ),
        Disposition.FAILED,
    ),
    **dict.fromkeys(
        (
            Reason.ROBOTS_DISALLOWED,
            Reason.ROBOTS_UNAVAILABLE,
            Reason.NOINDEX,
            Reason.NOARCHIVE,
            Reason.UNAVAILABLE_AFTER,
            Reason.TDM_RESERVED,
            Reason.EXCLUDED,
            Reason.OFF_SITE,
            Reason.OVER_LIMIT,
            Reason.TOO_OLD,
            Reason.OTHER_DAY,
            Reason.NOT_ARTICLE,
        ),
        Disposition.SKIPPED,
    ),
}


@dataclass(frozen=True, slots=True)
class Hints:
    """What a feed or sitemap said of a page before it was fetched: used where the page itself is silent."""

    title: str | None = None
    published_at: datetime | None = None  # aware; day-only dates of sitemaps are not hints of an instant, so not put here
    language: str | None = None
    modified_at: datetime | None = None  # aware; when it last changed, at the latest: for the plan, never for the row


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that discovery found: one row of tonight's ledger to be."""

    url: str
    source: str
    discovered_via: str  # feed, sitemap, list, listing, warc, file, config
    discovered_at: datetime
    discovered_from: str | None = None  # the feed, sitemap or list that named it
    hints: Hints = Hints()


@dataclass(frozen=True, slots=True)
class RawPage:
    """One page as the network or an archive gave it. `body` is decoded of Content-Encoding, never of its charset."""

    url: str  # as asked for: the row's url
    body: bytes
    final_url: str | None = None  # where redirects led; None: nowhere else
    content_type: str | None = None  # the Content-Type header, whole
    fetched_at: datetime | None = None
    http_status: int | None = None
    hints: Hints = Hints()


@dataclass(frozen=True, slots=True)
class WarcPointer:
    """Where a raw page lies: a file below DATA/raw (or a path or URL of an archive), and the byte offset of its record."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class Article:
    """What extraction made of a page: the columns of table `articles` that the page itself decides.

    Units and meanings are those of warehouse/schema.py, which a test holds this class to. Fields may be None or empty: whether
    such a row may be stored is for the rules to say, not for extraction.
    """

    article_id: str
    url: str
    canonical_url: str
    site: str
    title: str | None = None
    lead: str | None = None
    body: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published_at: datetime | None = None
    modified_at: datetime | None = None
    published_utc_offset: int | None = None  # minutes
    published_precision: str | None = None  # second, minute, day
    published_from: str | None = None  # json-ld, meta, microdata, time-element, visible-text, url, feed, sitemap
    section: str | None = None
    dateline: str | None = None
    language: str | None = None
    site_name: str | None = None
    image_url: str | None = None
    related_urls: tuple[str, ...] = ()
    is_free: bool | None = None
    page_count: int = 1
    pages_missing: int = 0
    word_count: int = 0
    body_length: int = 0
    content_hash: str = ""
    minhash: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """A page that no article could be made of, and why. `detail` says it in a person's words, with the figures."""

    url: str
    reason: Reason
    detail: str
