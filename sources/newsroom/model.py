"""What the newsroom is made of: outlets, the feeds they publish, the stories they carry, the oddities they answer with.

Belongs here: frozen records of examples/newsroom and the facts that follow from one record alone. Does not belong here: reading
files, rendering markup, serving, or what a night should make of it (truth.py).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from markupsafe import Markup

BlockKind = Literal[
    "text", "heading", "item", "quote", "read_also", "read_also_box", "photo", "ad", "login", "newsletter", "share", "paywall"
]
CONTENT_KINDS: frozenset[str] = frozenset({"text", "heading", "item", "quote"})


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a story: content (text, heading, item, quote) or something that sites set between content."""

    kind: BlockKind
    html: Markup
    plain: str = ""  # the same text as a reader sees it: what the truth is made of
    slugs: tuple[str, ...] = ()  # read-also blocks: the stories of the same outlet that they link
    credit: str = ""  # photos

    @property
    def is_content(self) -> bool:
        """Whether the block is part of the article's body."""
        return self.kind in CONTENT_KINDS


@dataclass(frozen=True, slots=True)
class Alias:
    """Another address of a story: a 301 (kind redirect) or its AMP page (kind amp, which names the story by rel=canonical)."""

    path: str
    kind: Literal["redirect", "amp"]
    found_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Oddity:
    """An address that no story can be had from: what discovery finds there, and how the server answers."""

    kind: str  # one of truth.ODDITY_REASON
    found_in: tuple[str, ...]
    path: str = ""
    url: str = ""  # in place of path, for another host
    title: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A document that names pages. `within` is the sitemap index that lists this one; such a feed is not asked for directly."""

    name: str
    path: str
    kind: Literal["rss", "rdf", "atom", "news_sitemap", "sitemap", "sitemap_index", "list", "html", "broken_gzip"]
    tracking: str = ""  # query added to every link, as utm_source=rss
    gzipped: bool = False
    within: str = ""

    @property
    def dates(self) -> bool:
        """Whether its entries say when a page was published, to the second."""
        return self.kind in ("rss", "rdf", "atom", "news_sitemap")


@dataclass(frozen=True, slots=True)
class Outlet:
    """A fictional news site. Its templates lie in templates/<name>/."""

    name: str
    site_name: str
    language: str
    timezone: str
    article_path: str  # a str.format pattern over slug and published
    feeds: tuple[Feed, ...]
    found_in: tuple[str, ...]  # where a story is listed that does not say otherwise
    structured: str = "none"  # shape of its JSON-LD: none, object, graph, list, broken
    has_seconds: bool = False  # whether its structured data gives the second of publication; visible dates never do
    shows_tags: bool = True
    gzips: bool = False  # answers with Content-Encoding: gzip
    months: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    crawl_delay: float | None = None
    disallow: tuple[str, ...] = ()  # robots.txt: path prefixes
    excluded: tuple[str, ...] = ()  # what sources.toml excludes: path prefixes
    oddities: tuple[Oddity, ...] = ()

    @property
    def host(self) -> str:
        """The name it is served under."""
        return f"{self.name}.localhost"

    @property
    def root(self) -> str:
        """The URL prefix of all its paths, without a port."""
        return f"http://{self.host}"


@dataclass(frozen=True, slots=True)
class Story:
    """One version of an article: what its file under articles/<outlet>/ says, from `version_day` on."""

    outlet: Outlet
    slug: str
    title: str
    section: str
    published: datetime  # aware, in the publisher's offset
    pages: tuple[tuple[Block, ...], ...]
    version_day: date
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    lead: str | None = None
    dateline: str | None = None
    modified: datetime | None = None
    path_override: str = ""
    found_in: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    gone_day: date | None = None
    gone_status: int = 410
    date_shown: Literal["full", "day", "none"] = "full"
    structured: str = "none"
    is_free: bool | None = None
    charset: str = "utf-8"  # what the bytes are in
    header_charset: str | None = "utf-8"  # what the Content-Type header says; None: nothing
    meta_charset: str | None = "utf-8"  # what the page's meta element says; None: nothing
    paging: Literal["numbered", "next", "all"] = "numbered"
    lost_page: int | None = None  # this page of a multi-page story answers 404
    repeats_last: bool = False  # each further page opens with the paragraph that closed the one before
    first_answer: int | None = None  # status of the very first answer: 500 or 429, then the page
    has_validators: bool = True  # ETag and Last-Modified

    @property
    def path(self) -> str:
        """Its path, the same in all versions."""
        return self.path_override or self.outlet.article_path.format(slug=self.slug, published=self.published)

    @property
    def url(self) -> str:
        """Its own address: what rel=canonical says."""
        return self.outlet.root + self.path

    @property
    def content(self) -> tuple[Block, ...]:
        """The blocks of the body over all pages that can be had."""
        pages = (page for number, page in enumerate(self.pages, 1) if number != self.lost_page)
        return tuple(block for page in pages for block in page if block.is_content)

    def page_url(self, number: int | str) -> str:
        """Address of page `number` (or "all") of a multi-page story: ?page=2, or /2 where pages hang on a next link."""
        if number == 1:
            return self.url
        return f"{self.url}/{number}" if self.paging == "next" else f"{self.url}?page={number}"


@dataclass(frozen=True, slots=True)
class Newsroom:
    """All of examples/newsroom: stories holds every version of every article, oldest version first."""

    outlets: tuple[Outlet, ...]
    stories: tuple[Story, ...]

    def on(self, day: date) -> tuple[Story, ...]:
        """The version of each story that is current on `day`; stories that come later are not there yet."""
        current: dict[tuple[str, str], Story] = {}
        for story in self.stories:
            if story.version_day <= day:
                current[story.outlet.name, story.slug] = story
        return tuple(current.values())


def as_tuples(table: dict[str, Any]) -> dict[str, Any]:
    """A TOML table with its arrays as tuples, ready for a frozen record."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
