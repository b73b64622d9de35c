"""Pages that somebody saved as files.

Belongs here: reading one, and which URL it is taken for. Does not belong here: archives (sources/warc.py).
"""

from dataclasses import replace
from pathlib import Path

from transforms.page import parse_page
from transforms.records import RawPage, Rejection
from transforms.urls import is_http_url


def saved_page(path: Path, *, url: str | None = None, otherwise: str | None = None) -> RawPage:
    """The page in a file. Its URL: `url`, else its own rel=canonical, else `otherwise`, else the file's. Raises OSError.

    It has no fetch time: when the file was written says nothing of when the page was.
    """
    page = RawPage(url=url or otherwise or path.resolve().as_uri(), body=path.read_bytes())
    declared = None if url else _declared_url(page)
    return replace(page, url=declared) if declared else page


def _declared_url(page: RawPage) -> str | None:
    """The URL that a saved page bears in its rel=canonical."""
    parsed = parse_page(page)
    links = () if isinstance(parsed, Rejection) else parsed.structured.links
    return next((href for rel, href in links if rel == "canonical" and is_http_url(href)), None)
