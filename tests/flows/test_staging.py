"""Records as tables and back."""

from datetime import UTC, datetime

from flows import staging
from sources.records import Fetched, FetchRequest
from transforms.records import Candidate, Hints, Reason, Rejection, WarcPointer
from warehouse import schema

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CANDIDATE = Candidate(
    url="https://kabar.example/a",
    source="kabar",
    discovered_via="feed",
    discovered_at=NOW,
    discovered_from="https://kabar.example/rss",
    hints=Hints(title="Judul", published_at=NOW, language="id"),
)


def test_a_request_comes_back_as_it_went() -> None:
    request = FetchRequest(CANDIDATE, etag='"v1"', last_modified="Mon, 02 Mar 2026 00:00:00 GMT")
    table = staging.requests_to_table([(request, "article", 3)])
    assert table.schema == schema.PLANNED
    assert (table["article_id"].to_pylist(), table["batch"].to_pylist()) == (["article"], [3])
    assert staging.requests_from_table(table) == [request]


def test_a_fetched_page_keeps_its_place_and_its_further_pages() -> None:
    parts = (WarcPointer("r/1.warc.gz", 70), WarcPointer("r/1.warc.gz", 90))
    page = Fetched(CANDIDATE, fetched_at=NOW, http_status=200, bytes=5, warc=WarcPointer("r/1.warc.gz", 7), parts=parts)
    [row] = staging.fetched_to_table([page], {CANDIDATE.url: "known"}).to_pylist()
    assert (row["reason"], row["article_id"], row["warc_file"], row["warc_offset"]) == (None, "known", "r/1.warc.gz", 7)
    assert row["parts"] == [{"file": "r/1.warc.gz", "offset": 70}, {"file": "r/1.warc.gz", "offset": 90}]
    assert staging.hints_of(row) == CANDIDATE.hints


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    table = staging.rejections_to_table(
        [
            Rejection("https://kabar.example/a", Reason.EXTRACTOR_ERROR, "cut in an emoji: \ud83c"),
            Rejection("u", Reason.NOT_HTML, "whole: \U0001f600"),
        ]
    )
    assert table["detail"].to_pylist() == ["cut in an emoji: \ufffd", "whole: \U0001f600"]
