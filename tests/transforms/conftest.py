"""Pages for the tests of metadata: a few lines of HTML as a parsed page."""

from collections.abc import Callable

import pytest

from transforms.page import ParsedPage, parse_page
from transforms.records import RawPage


@pytest.fixture
def parse() -> Callable[..., ParsedPage]:
    """parse(body, head=..., lang=..., url=..., **RawPage fields) -> ParsedPage"""

    def _parse(
        body: str, *, head: str = "", lang: str = "en", url: str = "https://daily.example/news/bridge", **fields: object
    ) -> ParsedPage:
        html = f'<!DOCTYPE html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>'
        parsed = parse_page(RawPage(url, html.encode(), content_type="text/html; charset=utf-8", **fields))  # type: ignore[arg-type]
        assert isinstance(parsed, ParsedPage)
        return parsed

    return _parse
