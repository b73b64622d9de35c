"""The newsroom's server: every address answers as the expected ledger says, twice the same, and 304 where nothing changed."""

import gzip
import http.client
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from sources.newsroom import server as newsroom_server
from sources.newsroom.content import DAYS, load_newsroom
from sources.newsroom.edition import DEPTH, HUGE_BYTES, edition
from sources.newsroom.server import Server, serve
from sources.newsroom.truth import expected_ledger
from transforms.records import Reason

FIRST, SECOND = DAYS

# What a plain GET of an address must show for its reason: status, or the name of the error that http.client raises.
SHOWN_AS: dict[Reason, tuple[int | str, ...]] = {
    Reason.NEW_ARTICLE: (200, 301),
    Reason.SAME_URL: (200,),
    Reason.SAME_ARTICLE: (200, 301),
    Reason.MISSING_BODY: (200,),
    Reason.MISSING_DATE: (200,),
    Reason.NOT_FOUND: (404,),
    Reason.GONE: (410,),
    Reason.HTTP_CLIENT_ERROR: (403,),
    Reason.HTTP_SERVER_ERROR: (500,),
    Reason.TOO_MANY_REQUESTS: (429,),
    Reason.TOO_MANY_REDIRECTS: (302,),
    Reason.BAD_REDIRECT: (302,),
    Reason.TOO_LARGE: (200,),
    Reason.TOO_DEEP: (200,),
    Reason.EMPTY_PAGE: (200,),
    Reason.NOT_HTML: (200,),
    Reason.BAD_ENCODING: (200,),
    Reason.UNREADABLE_FEED: (200,),
    Reason.UNREADABLE_SITEMAP: (200,),
    Reason.TRUNCATED: ("IncompleteRead",),
    Reason.CONNECTION_ERROR: ("RemoteDisconnected",),
    Reason.FETCH_TIMEOUT: ("RemoteDisconnected",),
    Reason.ROBOTS_DISALLOWED: (200,),
    Reason.EXCLUDED: (200,),
    Reason.OFF_SITE: (404,),
    Reason.ROBOTS_UNAVAILABLE: (404,),
}


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def get(server: Server, url: str, **headers: str) -> Reply:
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    sent = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    try:
        connection.request("GET", f"/{path}", headers=sent)
        response = connection.getresponse()
        return Reply(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def shown(server: Server, url: str) -> int | str:
    try:
        status = get(server, url).status
        # Some pages fail once, as flaky sites do; what counts is what they are then.
        return get(server, url).status if status in (429, 500) else status
    except http.client.HTTPException as error:
        return type(error).__name__


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newsroom_server, "HANG_SECONDS", 0.1)


@pytest.fixture(params=DAYS, ids=str)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[date, Server]]:
    with serve(request.param) as server:
        yield request.param, server


def test_every_address_answers_as_its_reason_says(served: tuple[date, Server]) -> None:
    day, server = served
    ledger = expected_ledger(day)
    answers = {url: shown(server, url) for url in ledger}
    assert {url: (answers[url], reason) for url, (_, reason) in ledger.items() if answers[url] not in SHOWN_AS[reason]} == {}
    assert {reason for _, reason in ledger.values()} == SHOWN_AS.keys()


def test_articles_answer_304_to_their_own_etag_and_to_their_date_and_200_to_others() -> None:
    wrong = []
    with serve(FIRST) as server:
        for url in (story.url for story in load_newsroom().on(FIRST) if story.has_validators):
            page = get(server, url)
            page = page if page.status == 200 else get(server, url)
            etag, date_ = page.headers["ETag"], page.headers["Last-Modified"]
            asked = [
                get(server, url, If_None_Match=etag),
                get(server, url, If_None_Match=f'"x", W/{etag}', If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT"),
                get(server, url, If_Modified_Since=date_),
                get(server, url, If_None_Match='"x"', If_Modified_Since=date_),
                get(server, url, If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT"),
                get(server, url, If_Modified_Since="yesterday"),
            ]
            if [reply.status for reply in asked] != [304, 304, 304, 200, 200, 200] or asked[0].body:
                wrong.append(url)
    assert wrong == []


def test_the_second_day_differs_exactly_where_a_story_or_a_feed_did() -> None:
    before, after = edition(FIRST), edition(SECOND)
    newsroom = load_newsroom()
    changed = {
        story.url.removeprefix("http://")
        for story in newsroom.stories
        if story.version_day == SECOND or (story.gone_day == SECOND)
    }
    moving = {outlet.host + feed.path for outlet in newsroom.outlets for feed in outlet.feeds} | {
        o.host + "/" for o in newsroom.outlets
    }
    different = {address for address in before.keys() | after.keys() if before.get(address) != after.get(address)}
    assert different - moving == changed
    assert len(changed) == 6 + 3 + 2


def test_pages_that_did_not_change_are_the_same_bytes_on_every_start_and_day() -> None:
    same = {url for url, (_, reason) in expected_ledger(SECOND, after=FIRST).items() if reason is Reason.NOT_MODIFIED}
    bodies = []
    for day in (FIRST, FIRST, SECOND):
        with serve(day) as server:
            replies = {url: get(server, url) for url in same}
            bodies.append({url: reply.body for url, reply in replies.items() if reply.status == 200})
    assert bodies[0] == bodies[1] == bodies[2]
    assert len(bodies[0]) >= 50


def test_what_fails_only_once_fails_again_after_a_new_start() -> None:
    flaky = {story.url: story.first_answer for story in load_newsroom().on(FIRST) if story.first_answer}
    assert set(flaky.values()) == {429, 500}
    for _ in range(2):
        with serve(FIRST) as server:
            first, second = ({url: get(server, url) for url in flaky} for _ in range(2))
            assert {url: reply.status for url, reply in first.items()} == flaky
            assert {reply.headers.get("Retry-After") for reply in first.values()} == {None, "1"}
            assert {reply.status for reply in second.values()} == {200}


def test_only_the_page_parameter_picks_a_page() -> None:
    story = next(story for story in load_newsroom().on(FIRST) if story.slug == "pasar-apung-sungai-wening")
    with serve(FIRST) as server:
        one, two, everything, none = (
            get(server, f"{story.url}{query}") for query in ("?utm_source=rss", "?page=2", "?page=all", "?page=9")
        )
        assert (one.status, two.status, everything.status, none.status) == (200, 200, 200, 404)
        texts = [block.plain.encode() for block in story.pages[1] if block.kind == "heading"]
        assert [(text in one.body, text in two.body, text in everything.body) for text in texts] == [(False, True, True)]


def test_the_huge_page_is_beyond_the_limit_and_the_deep_one_as_deep_as_said() -> None:
    with serve(FIRST) as server:
        huge = get(server, "http://saltmarsh.localhost/tide-tables/all")
        deep = get(server, "http://kupferbach.localhost/forum/endlos.html")
    assert len(huge.body) >= HUGE_BYTES
    assert "Content-Length" not in huge.headers
    assert deep.body.count(b"<div>") == deep.body.count(b"</div>") == DEPTH


def test_answers_are_gzipped_for_those_who_accept_it() -> None:
    url = "http://saltmarsh.localhost/2026/03/01/lighthouse-keeper-returns"
    with serve(FIRST) as server:
        plain, packed = get(server, url), get(server, url, Accept_Encoding="gzip, br")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["ETag"] == plain.headers["ETag"]


def test_robots_txt_says_what_is_closed_and_how_slowly_to_ask() -> None:
    with serve(FIRST) as server:
        answers = {
            host: get(server, f"http://{host}.localhost/robots.txt") for host in ("kupferbach", "northmoor", "live.northmoor")
        }
    assert answers["kupferbach"].body.decode().splitlines()[1:] == [
        "User-agent: *",
        "Disallow: /intern/",
        "Crawl-delay: 0.2",
        "Sitemap: http://kupferbach.localhost/sitemap.xml",
    ]
    assert answers["northmoor"].body.decode().splitlines()[1:] == ["User-agent: *", "Disallow:"]
    assert answers["live.northmoor"].status == 503


def test_the_log_has_every_request_with_its_time_host_path_and_status() -> None:
    urls = [
        "http://lembayung.localhost/feed",
        "http://lembayung.localhost/nothing?x=1",
        "http://northmoor.localhost/weather/outlook",
    ]
    with serve(FIRST) as server:
        began = time.monotonic()
        for url in urls:
            shown(server, url)
        log = server.log[:]
    assert [(entry.host, entry.path, entry.status) for entry in log] == [
        ("lembayung.localhost", "/feed", 200),
        ("lembayung.localhost", "/nothing?x=1", 404),
        ("northmoor.localhost", "/weather/outlook", 0),
    ]
    assert all(began <= first.at <= second.at for first, second in itertools.pairwise(log))


def test_a_port_that_is_taken_is_an_error_and_leaves_no_thread() -> None:
    with serve(FIRST) as server, pytest.raises(OSError, match="address already in use"), serve(FIRST, port=server.port):
        pass


def test_the_newsroom_closes_at_once_while_a_client_still_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newsroom_server, "HANG_SECONDS", 30.0)
    with serve(FIRST) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/weather/outlook", headers={"Host": "northmoor.localhost"})
        while not server.log:
            time.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    connection.close()
