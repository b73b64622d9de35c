"""The extractors that are compared, each as one function from a page's bytes to a row.

Belongs here: how each extractor is called, as its own documentation says, and its result under the row's names.
Does not belong here: timing, processes. Runs under Python of two venvs, so each engine is imported only by its own function,
and nothing here needs another module of ours but nightdesk's own adapter.
"""
# Peers are in no environment that a type checker sees.
# mypy: disable-error-code="import-not-found"

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """What every engine is given: bytes as the server sent them, never decoded for it."""

    url: str
    body: bytes
    content_type: str | None = None
    final_url: str | None = None
    fetched_at: str | None = None  # ISO 8601


@dataclass(frozen=True)
class Engine:
    """An extractor: `load` imports it and returns its function. `distribution` names it for its version."""

    name: str
    distribution: str
    load: Callable[[], Callable[[Page], Row]]
    is_peer: bool = True  # lives in the venv of requirements.txt, not in the project's


_CHARSET = re.compile(r"""charset\s*=\s*["']?([a-z0-9_\-]+)""", re.IGNORECASE)


def _text(page: Page) -> str:
    """For engines that take text only: the charset of the header, else of the page's head, else UTF-8."""
    head = page.body[:4_096].decode("ascii", errors="replace")
    declared = _CHARSET.search(page.content_type or "") or _CHARSET.search(head)
    try:
        return page.body.decode(declared[1] if declared else "utf-8", errors="replace")
    except LookupError:
        return page.body.decode("utf-8", errors="replace")


def _moment(value: datetime | date | str | None) -> Row:
    """The columns of a publication time that came without saying how exact it is."""
    if value is None or value == "":
        return {}
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        return {"published_at": moment.isoformat(), "published_precision": "day"}
    is_day = isinstance(value, str) and len(value) == len("2026-03-02")
    offset = moment.utcoffset()
    return {
        "published_at": moment.isoformat(),
        "published_precision": "day" if is_day else "second",
        "published_utc_offset": None if offset is None else int(offset.total_seconds() // 60),
    }


def _load_nightdesk() -> Callable[[Page], Row]:
    from transforms.extract import extract_article
    from transforms.records import RawPage, Rejection

    def run(page: Page) -> Row:
        fetched_at = datetime.fromisoformat(page.fetched_at) if page.fetched_at else None
        raw = RawPage(page.url, page.body, page.final_url, page.content_type, fetched_at)
        outcome = extract_article(raw)
        if isinstance(outcome, Rejection):
            return {"rejection": f"{outcome.reason}: {outcome.detail}"}
        published = outcome.published_at.isoformat() if outcome.published_at else None
        return {
            "title": outcome.title,
            "authors": list(outcome.authors),
            "lead": outcome.lead,
            "body": outcome.body,
            "published_at": published,
            "published_precision": outcome.published_precision,
            "published_utc_offset": outcome.published_utc_offset,
        }

    return run


def _load_trafilatura() -> Callable[[Page], Row]:
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    def run(page: Page) -> Row:
        document = cast("Document | None", bare_extraction(page.body, url=page.url, with_metadata=True))
        if document is None:
            return {}
        authors = [name.strip() for name in (document.author or "").split(";") if name.strip()]
        return {"title": document.title, "authors": authors, "body": document.text} | _moment(document.date)

    return run


def _load_trafilatura_body() -> Callable[[Page], Row]:
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    def run(page: Page) -> Row:
        document = cast("Document | None", bare_extraction(page.body, url=page.url, with_metadata=False))
        return {} if document is None else {"body": document.text}

    return run


def _load_newspaper() -> Callable[[Page], Row]:
    from newspaper import Article

    def run(page: Page) -> Row:
        article = Article(page.url, fetch_images=False)
        article.download(input_html=_text(page), ignore_read_more=True)
        article.parse()
        return {"title": article.title, "authors": article.authors, "body": article.text} | _moment(article.publish_date)

    return run


def _load_readability() -> Callable[[Page], Row]:
    from lxml.html import fragment_fromstring
    from readability import Document

    blocks = frozenset(
        {"p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "br", "table", "tr", "td"}
        | {"section", "article", "figure", "figcaption"}
    )

    def run(page: Page) -> Row:
        document = Document(_text(page))
        summary = fragment_fromstring(document.summary(html_partial=True), create_parent="div")
        for element in summary.iter():  # else the words on both sides of a block's edge become one
            if element.tag in blocks:
                element.text = "\n" + (element.text or "")
                element.tail = "\n" + (element.tail or "")
        lines = (line.strip() for line in summary.text_content().splitlines())
        return {"title": document.short_title(), "body": "\n".join(line for line in lines if line)}

    return run


def _load_resiliparse() -> Callable[[Page], Row]:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import detect_encoding
    from resiliparse.parse.html import HTMLTree

    def run(page: Page) -> Row:
        tree = HTMLTree.parse_from_bytes(page.body, detect_encoding(page.body))
        text = extract_plain_text(tree, main_content=True, alt_texts=False, comments=False)
        return {"title": tree.title, "body": text}

    return run


def _load_news_please() -> Callable[[Page], Row]:
    from newsplease import NewsPlease

    def run(page: Page) -> Row:
        article = NewsPlease.from_html(_text(page), url=page.url, fetch_images=False)
        authors = [name for name in article.authors or [] if name]
        return {"title": article.title, "authors": authors, "body": article.maintext} | _moment(article.date_publish)

    return run


BASELINE = "trafilatura"
OURS = "nightdesk"
ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine(OURS, "nightdesk", _load_nightdesk, is_peer=False),
        Engine(BASELINE, "trafilatura", _load_trafilatura, is_peer=False),
        Engine("trafilatura (body only)", "trafilatura", _load_trafilatura_body, is_peer=False),
        Engine("newspaper4k", "newspaper4k", _load_newspaper),
        Engine("readability-lxml", "readability-lxml", _load_readability),
        Engine("resiliparse", "resiliparse", _load_resiliparse),
        Engine("news-please", "news-please", _load_news_please),
    )
}
