"""Every dialect of feeds that is still out there: RSS since 0.90, Atom since 0.3, JSON Feed."""

import json
from datetime import UTC, datetime

import pytest

from sources.feeds import read_feed

URL, TITLE = "http://a/1", "Harga kopi"
AT = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
CHANGED = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
ITEM = f"<item><title>{TITLE}</title><link>{URL}</link></item>"
DATED = f"<item><title>{TITLE}</title><link>{URL}</link><pubDate>Mon, 02 Mar 2026 13:30:00 +0700</pubDate></item>"
ATOM = f'<title>{TITLE}</title><link rel="alternate" href="{URL}"/><link rel="edit" href="http://a/edit"/>'


@pytest.mark.parametrize(
    ("feed", "published_at", "modified_at"),
    [
        pytest.param(
            f'<rdf:RDF {RDF} xmlns="http://my.netscape.com/rdf/simple/0.9/">{ITEM}</rdf:RDF>', None, None, id="rss-0.90"
        ),
        pytest.param(
            '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
            f'<rss version="0.91"><channel>{ITEM}</channel></rss>',
            None,
            None,
            id="rss-0.91-with-doctype",
        ),
        pytest.param(f'<rss version="0.92"><channel>{DATED}</channel></rss>', AT, None, id="rss-0.92"),
        pytest.param(f'<rss version="0.93"><channel>{DATED}</channel></rss>', AT, None, id="rss-0.93"),
        pytest.param(f'<rss version="0.94"><channel>{DATED}</channel></rss>', AT, None, id="rss-0.94"),
        pytest.param(
            f'<rdf:RDF {RDF} {DC} xmlns="http://purl.org/rss/1.0/"><channel rdf:about="http://a/"/><item rdf:about="{URL}">'
            f"<title>{TITLE}</title><link>{URL}</link><dc:date>2026-03-02T13:30:00+07:00</dc:date></item></rdf:RDF>",
            AT,
            None,
            id="rss-1.0",
        ),
        pytest.param(f'<rss version="2.0"><channel>{DATED}</channel></rss>', AT, None, id="rss-2.0"),
        pytest.param(f"<rss><channel>{DATED}</channel></rss>", AT, None, id="rss-without-version"),
        pytest.param(
            f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry>{ATOM}<issued>2026-03-02T06:30:00Z</issued>'
            "<modified>2026-03-03T06:30:00Z</modified></entry></feed>",
            AT,
            CHANGED,
            id="atom-0.3",
        ),
        pytest.param(
            f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{ATOM}<published>2026-03-02T06:30:00Z</published>'
            "<updated>2026-03-03T13:30:00+07:00</updated></entry></feed>",
            AT,
            CHANGED,
            id="atom-1.0",
        ),
        pytest.param(
            json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "url": URL, "title": TITLE}]}),
            None,
            None,
            id="json-1",
        ),
        pytest.param(
            json.dumps(
                {
                    "version": "https://jsonfeed.org/version/1.1",
                    "items": [
                        {
                            "id": "1",
                            "url": URL,
                            "title": TITLE,
                            "date_published": "2026-03-02T13:30:00+07:00",
                            "date_modified": "2026-03-03T06:30:00Z",
                        }
                    ],
                }
            ),
            AT,
            CHANGED,
            id="json-1.1",
        ),
    ],
)
def test_every_dialect_is_read(feed: str, published_at: datetime | None, modified_at: datetime | None) -> None:
    (link,) = read_feed(feed.encode(), "http://a/feed", None, None)
    assert (link.url, link.hints.title, link.hints.published_at, link.hints.modified_at) == (
        URL,
        TITLE,
        published_at,
        modified_at,
    )
