"""What pages say that may be done with them, and what of it counts."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from sources.config import Source
from sources.htmlhead import Meta
from sources.permissions import ROBOTS_TAGS, reservation_refusal, robots_refusal
from sources.records import Answer
from sources.tdmrep import read_tdmrep
from transforms.records import REASON_DISPOSITION, Disposition, Reason

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PAGE = "<html><head>{}</head><body><p>Kopi</p></body></html>"


def test_every_refusal_is_our_own_rule() -> None:
    reasons = (*ROBOTS_TAGS.values(), Reason.TDM_RESERVED)
    assert {REASON_DISPOSITION[reason] for reason in reasons} == {Disposition.SKIPPED}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("noindex", Reason.NOINDEX),
        ("NoIndex, NoFollow", Reason.NOINDEX),
        ("none", Reason.NOINDEX),
        ("noarchive", Reason.NOARCHIVE),
        ("nocache", Reason.NOARCHIVE),
        ("index,follow,noarchive,max-image-preview:large", Reason.NOARCHIVE),
        ("unavailable_after: 25 Jun 2010 15:00:00 PST", Reason.UNAVAILABLE_AFTER),
        ("unavailable_after: Friday, 25-Jun-10 15:00:00 GMT", Reason.UNAVAILABLE_AFTER),
        ("max-snippet:-1, unavailable_after: 2026-03-02T00:00:00+01", Reason.UNAVAILABLE_AFTER),
        ("unavailable_after: 2026-03-01", Reason.UNAVAILABLE_AFTER),
        ("unavailable_after: 2027-03-01", None),
        ("unavailable_after: Monday, 01-Mar-27 15:00:00 GMT", None),
        ("unavailable_after: soon", None),
        ("unavailable_after: 25 Jun 2010 15:00:00 PST, noindex", Reason.UNAVAILABLE_AFTER),
        ("nofollow", None),
        ("nosnippet, noimageindex, notranslate, noodp", None),
        ("max-image-preview:large, max-snippet:-1, max-video-preview:-1", None),
        ("all", None),
        ("index, follow", None),
        ("noindexing", None),
        ("", None),
        (",,: ,", None),
    ],
)
@pytest.mark.parametrize("way", ["header", "meta", "meta for us", "header for us"])
def test_only_what_is_about_keeping_the_page_counts(value: str, reason: Reason | None, way: str) -> None:
    headers = {"header": [value], "header for us": [f"nightdesk: {value}"]}.get(way, [])
    metas = {"meta": [Meta("robots", value)], "meta for us": [Meta("nightdesk", value)]}.get(way, [])
    refused = robots_refusal(headers, metas, agent="Nightdesk", honoured=tuple(ROBOTS_TAGS), now=NOW)
    assert (refused and refused[0]) == reason


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        (["otherbot: noindex"], None),
        (["otherbot: noindex, noarchive"], None),
        (["noarchive, otherbot: noindex"], (Reason.NOARCHIVE, "X-Robots-Tag: noarchive")),
        (["otherbot: noindex, nightdesk: noarchive"], (Reason.NOARCHIVE, "X-Robots-Tag: noarchive")),
        (["otherbot: noindex", "nofollow", "NIGHTDESK: none"], (Reason.NOINDEX, "X-Robots-Tag: none")),
        (["*: noindex"], (Reason.NOINDEX, "X-Robots-Tag: noindex")),
        (["otherbot: unavailable_after: 25 Jun 2010 15:00:00 PST"], None),
        (
            ["nightdesk: unavailable_after: 25 Jun 2010 15:00:00 PST"],
            (Reason.UNAVAILABLE_AFTER, "X-Robots-Tag: unavailable_after: 25 Jun 2010 15:00:00 PST"),
        ),
    ],
)
def test_what_is_said_to_another_robot_is_not_said_to_us(headers: list[str], refused: tuple[Reason, str] | None) -> None:
    assert robots_refusal(headers, (), agent="nightdesk", honoured=tuple(ROBOTS_TAGS), now=NOW) == refused


def test_only_the_honoured_tags_count() -> None:
    metas = [Meta("robots", "noarchive, noindex")]
    assert [
        robots_refusal((), metas, agent="nightdesk", honoured=honoured, now=NOW)
        for honoured in ((), ("noindex",), ("noarchive",))
    ] == [None, (Reason.NOINDEX, "meta robots: noindex"), (Reason.NOARCHIVE, "meta robots: noarchive")]


@pytest.mark.parametrize(
    ("headers", "metas", "where"),
    [
        (["1"], [], "header"),
        ([], ["1"], "meta"),
        (["0"], ["1"], "meta"),
        (["1"], ["0"], None),
        (["0", "1"], [], None),
        (["yes"], [], None),
        ([" 1 "], ["true"], "header"),
        ([], [], None),
    ],
)
def test_of_two_reservations_the_one_nearest_to_the_text_counts(headers: list[str], metas: list[str], where: str | None) -> None:
    expected = (Reason.TDM_RESERVED, f"tdm-reservation: 1 in a {where}") if where else None
    assert reservation_refusal(headers, [Meta("tdm-reservation", value) for value in metas]) == expected


RULES = """[
    {"location": "/", "tdm-reservation": 0},
    {"location": "/news/", "tdm-reservation": 1, "tdm-policy": "https://a.example/policy.json"},
    {"location": "/news/free/", "tdm-reservation": 0},
    {"location": "*.pdf$", "tdm-reservation": "1"},
    {"location": "images/*/large", "tdm-reservation": 1},
    {"location": "/x\\nAllow: /news/", "tdm-reservation": 1},
    {"location": 7, "tdm-reservation": 1}, {"tdm-reservation": 1}, "/news/", null
]"""


@pytest.mark.parametrize(
    ("path", "is_reserved"),
    [
        ("/", False),
        ("/sport/1", False),
        ("/news/1", True),
        ("/news/free/1", False),
        ("/paper.pdf", True),
        ("/paper.pdf?page=1", False),
        ("/images/2026/large/1.jpg", True),
        ("/images/2026/small/1.jpg", False),
    ],
)
def test_a_file_reserves_by_path(path: str, is_reserved: bool) -> None:
    expected = (Reason.TDM_RESERVED, "/.well-known/tdmrep.json reserves it") if is_reserved else None
    assert read_tdmrep(answer(RULES)).verdict(f"https://a.example{path}") == expected


def answer(body: str, reason: Reason | None = None) -> Answer:
    url = "https://a.example/.well-known/tdmrep.json"
    return Answer(url=url, final_url=url, fetched_at=NOW, body=body.encode(), reason=reason)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<html>", "it is no JSON: Expecting value: line 1 column 1 (char 0)"),
        ('{"location": "/"}', "it is no list of rules"),
        ("[]", None),
        ("[" * 100_000, "it is no JSON: "),
    ],
)
def test_a_file_that_is_none_reserves_nothing(body: str, problem: str | None) -> None:
    read = read_tdmrep(answer(body))
    assert read.verdict("https://a.example/") is None
    assert read.problem == problem or (problem and str(read.problem).startswith(problem))


def get(
    kit: Any, replies: dict[str, Any], path: str, *, settings: Any = None, source: Source | None = None
) -> tuple[Any, list[str]]:
    async def ask() -> tuple[Any, list[str]]:
        async with kit.serving(replies) as site, kit.client(settings, site, source or kit.local()) as http:
            got = await http.get(f"http://{path}", source="s")
            return (got.reason, got.detail, got.body != b""), [host + path for host, path, _ in site.log]

    return asyncio.run(ask())


FILES = ["a.localhost/robots.txt", "a.localhost/.well-known/tdmrep.json"]


@pytest.mark.parametrize(
    ("replies", "reason", "detail"),
    [
        ({"x": (200, {"X-Robots-Tag": "noindex"}, PAGE)}, Reason.NOINDEX, "X-Robots-Tag: noindex"),
        ({"x": PAGE.format('<meta name="robots" content="noarchive">')}, Reason.NOARCHIVE, "meta robots: noarchive"),
        ({"x": PAGE.format('<meta name="robots" content="max-image-preview:large">')}, None, None),
        ({"x": PAGE.format('<meta name="mybot" content="noindex">')}, Reason.NOINDEX, "meta robots: noindex"),
        ({"x": (200, {"TDM-Reservation": "1"}, PAGE)}, Reason.TDM_RESERVED, "tdm-reservation: 1 in a header"),
        (
            {"x": (302, {"Location": "/y", "X-Robots-Tag": "noindex"}, ""), "y": PAGE},
            None,
            None,
        ),
    ],
)
def test_a_page_that_asks_not_to_be_kept_is_skipped(
    kit: Any, replies: dict[str, Any], reason: Reason | None, detail: str
) -> None:
    settings = kit.quick(user_agent="mybot/1")
    got, _ = get(kit, {f"a.localhost/{name}": reply for name, reply in replies.items()}, "a.localhost/x", settings=settings)
    assert got == (reason, detail, reason is None)


def test_what_the_file_reserves_is_not_even_asked_for(kit: Any) -> None:
    replies = {FILES[1]: '[{"location": "/news/", "tdm-reservation": 1}]', "a.localhost/news/1": PAGE}
    got, asked = get(kit, replies, "a.localhost/news/1")
    assert (got, asked) == ((Reason.TDM_RESERVED, "/.well-known/tdmrep.json reserves it", False), FILES)


@pytest.mark.parametrize("tdmrep", [(500, {}, ""), (404, {}, ""), "<html>", "[]"])
def test_a_file_that_cannot_be_had_keeps_nothing_out(kit: Any, tdmrep: Any) -> None:
    got, asked = get(kit, {FILES[1]: tdmrep, "a.localhost/x": PAGE}, "a.localhost/x", settings=kit.quick(retries=0))
    assert (got, asked) == ((None, None, True), [*FILES, "a.localhost/x"])


def test_a_file_that_robots_txt_closes_is_not_asked_for(kit: Any) -> None:
    replies = {FILES[0]: "User-agent: *\nDisallow: /.well-known/", "a.localhost/x": PAGE}
    got, asked = get(kit, replies, "a.localhost/x")
    assert (got, asked) == ((None, None, True), [FILES[0], "a.localhost/x"])


RESERVED = {
    FILES[1]: '[{"location": "/", "tdm-reservation": 1}]',
    "a.localhost/x": (200, {"TDM-Reservation": "1", "X-Robots-Tag": "noindex"}, PAGE.format("")),
}


def test_settings_say_what_is_honoured_and_a_source_may_say_otherwise(kit: Any) -> None:
    careless = kit.quick(robots_tags=(), tdm_reservations=False)
    got, asked = get(kit, RESERVED, "a.localhost/x", settings=careless)
    assert (got, asked) == ((None, None, True), [FILES[0], "a.localhost/x"])
    got, _ = get(kit, RESERVED, "a.localhost/x", settings=careless, source=kit.local(robots_tags=("noindex",)))
    assert got == (Reason.NOINDEX, "X-Robots-Tag: noindex", False)
    got, asked = get(kit, RESERVED, "a.localhost/x", settings=careless, source=kit.local(tdm_reservations=True))
    assert (got[0], asked) == (Reason.TDM_RESERVED, FILES)
    got, _ = get(kit, RESERVED, "a.localhost/x", source=kit.local(robots_tags=(), tdm_reservations=False))
    assert got == (None, None, True)
