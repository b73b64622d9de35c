"""The lead image of an article.

Belongs here: its URL. Does not belong here: captions and credits, which are no part of any field.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any
from urllib.parse import urljoin

from transforms.claims import Claim
from transforms.page import ParsedPage
from transforms.structured import Microdata, StructuredData
from transforms.urls import is_http_url

_IMAGE_META = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")


def read_image_url(parsed: ParsedPage) -> str | None:
    """The image that the page shares itself with, absolute."""
    return next((claim.value for claim in image_claims(parsed)), None)


def image_claims(parsed: ParsedPage) -> Iterator[Claim]:
    """The images that the page names for itself, likeliest first; absolute URLs only."""
    structured = parsed.structured
    given = chain(
        structured.meta_claims(*_IMAGE_META),
        (Claim(url, "json-ld image") for node in structured.articles() for url in _urls(node.get("image"), structured)),
        (Claim(item.value, "microdata image") for item in _microdata(parsed)),
        (Claim(href, "link image_src") for rel, href in structured.links if rel == "image_src"),
    )
    yield from (Claim(url, claim.source) for claim in given if (url := _absolute(parsed.url, claim.value)))


def _microdata(parsed: ParsedPage) -> Iterator[Microdata]:
    """Read only where no other source names an image."""
    yield from (item for item in parsed.microdata() if item.name == "image")


def _urls(value: Any, structured: StructuredData) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            node = item if "url" in item or "contentUrl" in item else structured.by_id(item.get("@id")) or item
            item = node.get("url") or node.get("contentUrl")
        if isinstance(item, str):
            yield item


def _absolute(base: str, value: str) -> str | None:
    try:
        url = urljoin(base, value.strip())
    except ValueError:
        return None
    return url if is_http_url(url) else None
