"""What stands in an article's place is told from articles, those about cookies and robots among them."""

import tomllib
from importlib import resources

import pytest

from transforms.extract import extract_article
from transforms.page import ParsedPage, parse_page
from transforms.records import REASON_DISPOSITION, Article, Disposition, RawPage, Reason, Rejection
from transforms.walls import read_wall

URL = "https://harian.example/berita/2026/jembatan-gantung"
TEXT = (
    "<p>" + "The footbridge over the gorge closes on Monday, and the children walk the long way round to school. " * 12 + "</p>"
)
LIST = "".join(f"<li><a href='/n/{number}'>Village news of the week, number {number}</a></li>" for number in range(120))


def wall(body: str, head: str = "", *, final_url: str | None = None) -> Reason | None:
    parsed = parse_page(RawPage(URL, f"<html><head>{head}</head><body>{body}</body></html>".encode(), final_url=final_url))
    assert isinstance(parsed, ParsedPage)
    found = read_wall(parsed)
    return found[0] if found else None


def test_walls_are_failures() -> None:
    reasons = (Reason.SOFT_NOT_FOUND, Reason.BOT_CHALLENGE, Reason.COOKIE_WALL, Reason.LOGIN_WALL)
    assert {REASON_DISPOSITION[reason] for reason in reasons} == {Disposition.FAILED}


CHALLENGE = """<h1>{host}</h1><h2>Checking if the site connection is secure</h2><div id="challenge-stage"></div>
<p>{host} needs to review the security of your connection before proceeding.</p><p>Ray ID: 8a1b2c3d4e5f</p>"""
CONSENT = """<div><h2>{title}</h2><p>We and our partners store and/or access information on a device, such as cookies,
for personalised content.</p><ul><li>Purposes<li>Features<li>Partners</ul><button>Accept all</button><button>Reject
all</button> <button>Manage preferences</button><a href="/privacy">Privacy policy</a></div>
"""
LOGIN = (
    '<h1>{title}</h1><form><input name="email" type="email"><input type="password"><button>OK</button></form><p>Forgot it?</p>'
)


@pytest.mark.parametrize(
    ("head", "body", "reason"),
    [
        ("<title>Just a moment...</title>", CHALLENGE.format(host="harian.example"), Reason.BOT_CHALLENGE),
        (
            "<title>Just a moment...</title>",
            "<noscript>Enable JavaScript and cookies to continue</noscript>",
            Reason.BOT_CHALLENGE,
        ),
        ("<title>Attention Required! | Cloudflare</title>", "<h1>Sorry, you have been blocked</h1>", Reason.BOT_CHALLENGE),
        ("<title>Access denied</title>", "<p>Reference ID: 18.2f</p>", Reason.BOT_CHALLENGE),
        ("<title>Nur einen Moment…</title>", "<p>Bestätigen Sie, dass Sie ein Mensch sind.</p>", Reason.BOT_CHALLENGE),
        ("", "<h1>Un instant…</h1>", Reason.BOT_CHALLENGE),
        ("<title>harian.example</title>", '<div class="g-recaptcha"></div>', Reason.BOT_CHALLENGE),
        ("<title></title>", '<script src="https://ct.captcha-delivery.com/c.js"></script>', Reason.BOT_CHALLENGE),
        ("<title>Page not found | The Daily</title>", f"<ul>{LIST}</ul>", Reason.SOFT_NOT_FOUND),
        ("<title>404</title>", "<p>It is gone.</p>", Reason.SOFT_NOT_FOUND),
        ("<title>Harian</title>", "<h1>Halaman tidak ditemukan</h1>", Reason.SOFT_NOT_FOUND),
        ("<title>Harian - Error 404</title>", "", Reason.SOFT_NOT_FOUND),
        ("<title>Seite nicht gefunden – Kurier</title>", f"<ul>{LIST}</ul>", Reason.SOFT_NOT_FOUND),
        ("<title>お探しのページは見つかりませんでした</title>", "", Reason.SOFT_NOT_FOUND),
        ("<title>Cette page n’existe pas</title>", "", Reason.SOFT_NOT_FOUND),
        ("<title>We value your privacy</title>", CONSENT.format(title=""), Reason.COOKIE_WALL),
        ("<title>Kurier</title>", CONSENT.format(title="Your privacy"), Reason.COOKIE_WALL),
        (
            "<title>Kurier</title>",
            "<div>Weiter mit Werbung <button>Zustimmen und weiter</button> Wir verwenden Cookies. Werbefrei lesen</div>",
            Reason.COOKIE_WALL,
        ),
        ("<title>Log in | The Daily</title>", LOGIN.format(title="Welcome"), Reason.LOGIN_WALL),
        ("<title>Harian</title>", LOGIN.format(title="Silakan masuk"), Reason.LOGIN_WALL),
        ("<title>Kurier</title>", LOGIN.format(title="Bitte melden Sie sich an"), Reason.LOGIN_WALL),
    ],
)
def test_a_wall_is_told_by_its_headline_and_its_build(head: str, body: str, reason: Reason) -> None:
    assert wall(body, head) is reason


ARTICLE = '<meta property="og:type" content="article">'


@pytest.mark.parametrize(
    ("head", "body"),
    [
        # It calls itself an article.
        (f"<title>404</title>{ARTICLE}", "<h1>404</h1><p>The number of boats on the lake.</p>"),
        ('<title>Just a moment</title><script type="application/ld+json">{"@type": "NewsArticle"}</script>', "<p>Short.</p>"),
        ('<title>Cookies</title><meta property="article:published_time" content="2026-03-02">', CONSENT.format(title="Cookies")),
        # It has a text of its own, whatever its headline and whatever stands around it.
        ("<title>Page not found</title>", TEXT),
        ("<title>Access denied</title>", f"<h1>Access denied</h1>{TEXT}"),
        ("<title>We value your privacy</title>", CONSENT.format(title="We value your privacy") + TEXT),
        ("<title>Log in</title>", LOGIN.format(title="Log in") + TEXT),
        ("<title>Bridge closes</title>", TEXT + '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'),
        # Short notices, and headlines that only begin like a wall's.
        ("<title>Page not found: the library that lost its archive</title>", "<p>A short notice.</p>"),
        ("<title>Just a moment of silence</title>", "<p>A short notice.</p>"),
        ("<title>Cookies</title>", "<h1>Cookies</h1><p>Two cups of flour, one of sugar.</p>"),
        ("<title>Access denied - how the gorge became private land and who now pays</title>", "<p>A short notice.</p>" * 30),
        ("<title>Sign in</title>", "<h1>Sign in</h1><p>The new town sign was put up on Monday.</p>"),
        ("<title>Bridge closes</title>", "<h1>Bridge closes</h1><p>On Monday.</p>" + CONSENT.format(title="Your privacy")),
        ("<title>Please wait</title>", "<p>" + "The queue at the ferry is long, and it grows. " * 15 + "</p>"),
    ],
)
def test_an_article_is_no_wall(head: str, body: str) -> None:
    assert wall(body, head) is None


@pytest.mark.parametrize(
    ("final_url", "reason"),
    [
        ("https://harian.example/", Reason.SOFT_NOT_FOUND),
        ("https://www.harian.example", Reason.SOFT_NOT_FOUND),
        ("https://harian.example/?utm_source=404", Reason.SOFT_NOT_FOUND),
        ("https://harian.example/404", Reason.SOFT_NOT_FOUND),
        ("https://harian.example/id/not-found?from=jembatan", Reason.SOFT_NOT_FOUND),
        ("https://consent.harian.example/collectConsent?sessionId=3", Reason.COOKIE_WALL),
        ("https://harian.example/zustimmung?url=%2Fberita", Reason.COOKIE_WALL),
        ("https://akun.harian.example/login?next=%2Fberita", Reason.LOGIN_WALL),
        ("https://harian.example/captcha/check", Reason.BOT_CHALLENGE),
        ("https://harian.example/berita/2026/jembatan-gantung-ditutup", None),
        ("https://harian.example/?p=4711", None),
        ("https://harian.example/berita/login-baru-untuk-warga", None),
    ],
)
def test_a_redirect_to_elsewhere_than_an_article_is_told_by_its_address(final_url: str, reason: Reason | None) -> None:
    assert wall("<h1>Harian</h1><p>Berita hari ini</p>", final_url=final_url) is reason
    assert wall(TEXT, final_url=final_url) is None


def test_a_wall_gives_no_article() -> None:
    page = RawPage(URL, b"<title>Just a moment...</title><body><p>Ray ID: 8a1b2c</p></body>")
    assert extract_article(page) == Rejection(URL, Reason.BOT_CHALLENGE, "it is headed 'Just a moment...'")
    page = RawPage(URL, b"<title>Harian</title><body><ul><li>News</ul></body>", final_url="https://harian.example/")
    expected = Rejection(URL, Reason.SOFT_NOT_FOUND, "redirected to the front page https://harian.example/")
    assert extract_article(page) == expected


def test_all_ways_to_an_article_lead_to_one_id() -> None:
    """A chain of redirects, the AMP version and the page itself."""
    link = '<link rel="canonical" href="https://harian.example/berita/jembatan-gantung">'
    body = f"<html><head><title>Jembatan gantung ditutup</title>{{}}</head><body><h1>Jembatan</h1>{TEXT}</body></html>"
    ways = [
        RawPage("https://harian.example/berita/jembatan-gantung", body.format("").encode()),
        RawPage(
            "https://harian.example/r/81",
            body.format("").encode(),
            final_url="https://harian.example/berita/jembatan-gantung?utm_x=1",
        ),
        RawPage("https://harian.example/berita/jembatan-gantung/amp", body.format("").encode()),
        RawPage("https://amp.harian.example/berita/jembatan-gantung", body.format(link).encode()),
        RawPage("https://harian-example.cdn.ampproject.org/c/s/harian.example/berita/jembatan-gantung", body.format("").encode()),
        RawPage("https://harian.example/a.html?id=81", body.format(link).encode()),
    ]
    rows = [extract_article(page) for page in ways]
    assert {row.canonical_url for row in rows if isinstance(row, Article)} == {"https://harian.example/berita/jembatan-gantung"}
    assert len({row.article_id for row in rows if isinstance(row, Article)}) == 1
    assert all(isinstance(row, Article) for row in rows)


def test_no_phrase_stands_for_two_kinds_of_wall() -> None:
    table = tomllib.loads((resources.files("transforms") / "phrases" / "walls.toml").read_text(encoding="utf-8"))
    kinds = ("missing", "challenge", "cookies", "login")
    for language, keys in table.items():
        said = [phrase for kind in kinds for phrase in keys.get(kind, [])]
        assert len(said) == len(set(said)), language
        assert [phrase for phrase in said if phrase != phrase.casefold()] == [], language
