"""What the ledger says of URLs that were had before."""

from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from warehouse.lake import Lake
from warehouse.state import KnownPage, known_pages

Pages = Callable[..., pa.Table]
URL = "https://harian.example/kali"


def night(day: int) -> datetime:
    return datetime(2026, 3, day, 1, tzinfo=UTC)


def test_an_empty_ledger_knows_nothing(lake: Lake) -> None:
    assert known_pages(lake, [URL]) == {}


def test_only_asked_urls_that_a_night_had_a_page_of_are_known(lake: Lake, make_pages: Pages) -> None:
    pages = make_pages(
        (
            URL,
            "stored",
            "new_article",
            {"etag": '"1"', "last_modified": "Mon, 02 Mar 2026 00:00:00 GMT", "article_id": "id-kali"},
        ),
        ("https://harian.example/not-asked", "stored", "new_article"),
        ("https://harian.example/failed", "failed", "http_server_error"),
        ("https://harian.example/forbidden", "skipped", "robots_disallowed", {"fetched_at": None}),
    )
    lake.append_once("pages", pages, batch_id="r1")
    asked = [URL, "https://harian.example/failed", "https://harian.example/forbidden", "https://harian.example/unheard-of"]
    assert known_pages(lake, asked) == {
        URL: KnownPage(
            etag='"1"',
            last_modified="Mon, 02 Mar 2026 00:00:00 GMT",
            first_seen_at=night(2),
            last_fetched_at=night(2),
            article_id="id-kali",
        )
    }


STORED = ("stored", "new_article", {"etag": '"1"', "article_id": "id-kali"})


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        pytest.param(("unchanged", "not_modified", {}), ('"1"', night(5)), id="304: the validator stays, the visit counts"),
        pytest.param(("unchanged", "same_content", {"etag": '"2"'}), ('"2"', night(5)), id="same text: the newest validator"),
        pytest.param(("unchanged", "same_content", {}), (None, night(5)), id="no validator any more: none is sent"),
        pytest.param(("stored", "new_version", {"etag": '"2"'}), ('"2"', night(5)), id="new version: the newest validator"),
        pytest.param(("quarantined", "short_body", {"etag": '"2"'}), ('"1"', night(5)), id="refused: must come whole again"),
        pytest.param(("failed", "http_server_error", {}), ('"1"', night(2)), id="500: the visit does not count"),
        pytest.param(("failed", "gone", {}), ('"1"', night(5)), id="410: an answer, the visit counts"),
        pytest.param(("unchanged", "not_due", {"fetched_at": None}), ('"1"', night(2)), id="not asked for: no visit"),
    ],
)
def test_a_later_visit_of_a_stored_page(
    lake: Lake, make_pages: Pages, later: tuple[str, str, dict[str, object]], expected: tuple[str, datetime]
) -> None:
    disposition, reason, fields = later
    lake.append_once("pages", make_pages((URL, *STORED)), batch_id="r1")
    visit = {"run_id": "run-2", "fetched_at": night(5)} | fields
    lake.append_once("pages", make_pages((URL, disposition, reason, visit)), batch_id="r2")
    etag, last_fetched_at = expected
    assert known_pages(lake, [URL]) == {URL: KnownPage(etag, None, night(2), last_fetched_at, "id-kali")}
