"""Articles on several pages in an archive: captures that are further pages of another become its parts, as in a night's fetch.

Belongs here: which captures belong together, asked in the same way as on the network. Does not belong here: reading records
(warc.py), what a pager's links say (next_page_url, handed in).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sources.records import Fetched
from sources.warc import read_page
from transforms.errors import InputError
from transforms.pageurls import article_url, pages_among
from transforms.records import RawPage, Reason

# Of any article; a night's own limit is max_parts.
_MOST_PAGES = 100

NextPage = Callable[[Sequence[RawPage]], str | None]
ReadPage = Callable[[Path, int], RawPage]


def join_captures(found: Sequence[Fetched], next_page_url: NextPage, *, read: ReadPage = read_page) -> list[Fetched]:
    """The captures of one archive, each once and in order: further pages that an article's own links lead to are its parts, and
    themselves duplicates of it (same_article). What no link leads to stays an article of its own.

    Only articles of which the archive holds something like a further page are read for this.
    """
    joined = list(found)
    index_of = {url: index for index, item in enumerate(found) if item.reason is None for url in _urls(item)}
    for first, others in pages_among(index_of).items():
        home = index_of[first]
        parts = _parts(found[home], lambda url: found[index_of[url]] if url in index_of else None, next_page_url, read)
        if joined[home].reason is not None or not parts:
            continue
        joined[home] = replace(joined[home], parts=tuple(part.warc for part in parts if part.warc))
        for part in {index_of[url] for url in others if _is_named(url)} | {index_of[part.candidate.url] for part in parts}:
            if part != home and joined[part].reason is None:
                joined[part] = replace(joined[part], reason=Reason.SAME_ARTICLE, detail=f"a page of {found[home].candidate.url}")
    return joined


def _urls(item: Fetched) -> list[str]:
    return [item.candidate.url, *([item.final_url] if item.final_url else [])]


def _is_named(url: str) -> bool:
    """Whether the URL alone says that it is a further page, so that no link to it is needed once one page was joined."""
    link = article_url(url)
    return link is not None and link.page != 1


def _parts(first: Fetched, captured: Callable[[str], Fetched | None], next_page_url: NextPage, read: ReadPage) -> list[Fetched]:
    """The captures that the article's links lead to, in the order of the links."""
    parts: list[Fetched] = []
    try:
        pages = [_read(first, read)]
        while len(pages) < _MOST_PAGES and (url := next_page_url(pages)) and all(url != page.url for page in pages):
            part = captured(url)
            if part is None:  # as a page that could not be fetched
                pages.append(RawPage(url, b""))
            else:
                pages.append(replace(_read(part, read), url=url))
                parts.append(part)
    except InputError:  # a record that cannot be read back: extraction says so of the article
        return []
    return parts


def _read(item: Fetched, read: ReadPage) -> RawPage:
    assert item.warc is not None  # a capture without a reason has its place
    return read(Path(item.warc.file), item.warc.offset)
