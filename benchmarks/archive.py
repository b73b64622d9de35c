"""The pages that the benchmarks take: those of a WARC file, and the bundled newsroom's.

Belongs here: reading pages whole into memory, so that reading them is no part of any figure. Does not belong here: anything else.
"""

from datetime import UTC, datetime
from pathlib import Path

from sources.newsroom.content import DAYS
from sources.newsroom.edition import edition
from sources.warc import read_page, scan
from transforms.records import RawPage


def read_pages(path: Path, *, limit: int | None = None) -> list[RawPage]:
    """The pages of the archive in order, at most `limit`; a record that holds no page is left out."""
    pages: list[RawPage] = []
    for item in scan(path, source="benchmark", now=lambda: datetime.now(UTC)):
        if item.reason is None and item.warc is not None:
            pages.append(read_page(Path(item.warc.file), item.warc.offset))
        if len(pages) == limit:
            break
    return pages


def newsroom_pages() -> list[RawPage]:
    """Every page of the bundled newsroom that is served whole, rendered without a server."""
    return [
        RawPage(f"http://{address}", answer.body, content_type=answer.content_type)
        for address, answer in sorted(edition(DAYS[1]).items())
        if answer.status == 200 and answer.manner == "whole" and answer.body and "html" in (answer.content_type or "")
    ]
