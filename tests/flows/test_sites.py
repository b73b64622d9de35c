"""`nightdesk init` and `nightdesk sources check`: over the bundled newsroom, and as a shell sees them over hand-made sites."""

import contextlib
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from flows import sites
from flows.project import write_project
from flows.rulecheck import check_site
from flows.sites import check_sources, find_sites, print_checks, print_found
from sources.config import load_sources
from sources.newsroom.content import newsroom_root
from sources.newsroom.server import serve
from sources.siterules import load_sites
from transforms.errors import ConfigError, InputError

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

ARTICLE = (
    '<html lang="en"><head><title>Mill reopens</title>'
    '<meta property="article:published_time" content="2026-03-02T10:00:00+01:00">'
    '<meta name="author" content="Ada Fenwick"></head><body><article><h1>Mill reopens</h1>'
    + "".join(
        f"<p>Paragraph {number} of the story about the old mill by the river, which opens again this spring.</p>"
        for number in range(8)
    )
    + "</article></body></html>"
)
PAGES = {
    "/": '<html lang="en"><link rel="alternate" type="application/rss+xml" href="/rss"><link rel="sitemap" href="/map"></html>',
    "/rss": "<rss version='2.0'><channel><item><title>Mill reopens</title><link>/a/1</link></item></channel></rss>",
    "/map": "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>/a/1</loc></url></urlset>",
    "/a/1": ARTICLE,
    "/robots.txt": "User-agent: *\nDisallow: /closed/\n",
}


@contextlib.contextmanager
def serving(pages: dict[str, str]) -> Iterator[str]:
    """A site on 127.0.0.1; gives its home page's URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, "").encode()
            self.send_response(200 if self.path in pages else 404)
            kind = "application/xml" if body.startswith((b"<rss", b"<urlset")) else "text/html"
            self.send_header("Content-Type", "text/plain" if self.path.endswith(".txt") else kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def nightdesk(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("flows.sites", "flows.sitetables", "flows.adhoc"):
        monkeypatch.setattr(f"{module}.utc_now", lambda: NOON)


def test_the_newsrooms_outlets_are_found_from_their_home_pages(
    noon: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(date(2026, 3, 2)) as server:
        connect_to = {"*.localhost": ("127.0.0.1", server.port)}
        homes = ["http://karangsenja.localhost/", "http://kupferbach.localhost"]
        found = find_sites(homes, None, with_samples=True, connect_to=connect_to)
    told = list(write_project(tmp_path, None, [*found, found[0]]))
    assert told[-1] == f"{tmp_path / 'sources.toml'}: written, 3 sources"
    written = load_sources(tmp_path / "sources.toml")
    assert [source.name for source in written.sources] == ["karangsenja", "kupferbach", "karangsenja-2"]
    assert [(site.rule.host, site.rule.timezone) for site in written.sites] == [
        ("karangsenja.localhost", "Asia/Jakarta"),
        ("kupferbach.localhost", None),
    ]
    assert [problem for site in written.sites for problem in check_site(site, update=False, tell=print)] == []
    assert [
        (site.name, [place.tryout.url for place in (*site.feeds, *site.sitemaps)], site.language, site.zone.zone)
        for site in found
    ] == [
        (
            "karangsenja",
            ["http://karangsenja.localhost/rss.xml", "http://karangsenja.localhost/sitemap.xml"],
            "id",
            "Asia/Jakarta",
        ),
        ("kupferbach", ["http://kupferbach.localhost/atom.xml", "http://kupferbach.localhost/sitemap.xml"], "de", None),
    ]
    assert print_found(found)
    shown = capsys.readouterr().out
    assert (
        'feeds = [\n    "http://karangsenja.localhost/rss.xml",  # 14 entries, newest 2026-03-02; link rel=alternate\n]' in shown
    )


def test_every_source_of_the_newsroom_works_and_what_is_dead_is_said(noon: None, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(date(2026, 3, 2)) as server:
        path = newsroom_root() / "sources.toml"
        reports = check_sources(path, ["northmoor", "kupferbach"], connect_to={"*.localhost": ("127.0.0.1", server.port)})
    assert [(report.check.source.name, report.errors) for report in reports] == [("northmoor", ()), ("kupferbach", ())]
    northmoor, kupferbach = reports
    assert northmoor.hints == (
        "http://northmoor.localhost/feeds/news.xml gives nothing: find its new address with `nightdesk sources check "
        "--site HOMEPAGE`, or take it out",
    )
    assert (kupferbach.hints, kupferbach.check.crawl_delay_seconds, kupferbach.check.wanted) == ((), 0.2, 13)
    row = kupferbach.row
    assert row is not None
    assert (row["title"], row["authors"], row["published_at"], row["published_utc_offset"], row["language"]) == (
        "Lauen tritt bei Wiesengrund über die Ufer",
        ["Anja Brückner", "Friedhelm Oster"],
        datetime(2026, 3, 2, 13, 20, tzinfo=UTC),
        60,
        "de",
    )
    assert print_checks(reports)
    shown = capsys.readouterr().out
    assert "  time      2026-03-02 14:20+01:00 (to the minute, from microdata)" in shown
    assert "  also has  lead, section, tags, site_name, related_urls" in shown
    assert "robots      allows it, and asks for 0.2 s between requests" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_a_new_project_is_two_commands_away(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / ".gitignore").write_text("mine\n")
    with serving(PAGES) as home:
        made = nightdesk("init", "news", "--site", home, cwd=tmp_path)
        assert (made.returncode, made.stdout.splitlines()) == (
            0,
            [
                "news/README.md: written",
                "news/notebooks/nights.py: written",
                "news/.gitignore: is there already, and left as it is",
                "news/rules/127.0.0.1.toml: written, with a page to try it on, news/rules/pages/127.0.0.1.html",
                "news/sources.toml: written, 1 source",
                "next:   cd news && nightdesk sources check && nightdesk run",
            ],
        )
        assert (tmp_path / "news" / ".gitignore").read_text() == "mine\n"
        assert (tmp_path / "news" / "rules" / "pages" / "127.0.0.1.html").read_text() == ARTICLE
        (source,) = load_sources(tmp_path / "news" / "sources.toml").sources
        assert (source.name, source.feeds, source.sitemaps, source.languages, source.allow_private) == (
            "127.0.0.1",
            (home + "rss",),
            (home + "map",),
            ("en",),
            True,
        )
        checked = nightdesk("sources", "check", cwd=tmp_path / "news")
        assert (checked.returncode, checked.stderr.count("Traceback")) == (0, 0)
        for piece in (
            "127.0.0.1: works",
            "Mill reopens",
            "2026-03-02 10:00:00+01:00 (to the second",
            "Ada Fenwick",
            "1 wanted",
        ):
            assert piece in checked.stdout
        (site,) = load_sites(tmp_path / "news" / "sources.toml")
        assert (site.rule.host, list(check_site(site, update=False, tell=print))) == ("127.0.0.1", [])
        again = nightdesk("init", "news", "--site", home, cwd=tmp_path)
        assert (again.returncode, again.stdout) == (2, "")
        assert "news/sources.toml: is there already and is left as it is" in again.stderr


def test_a_source_that_does_not_work_is_told_with_its_cure(tmp_path: Path) -> None:
    with serving(PAGES | {"/closed": "<rss version='2.0'><channel><item><link>/closed/1</link></item></channel></rss>"}) as home:
        (tmp_path / "sources.toml").write_text(
            "[settings]\ndelay_seconds = 0\nretries = 0\n"
            f'[[sources]]\nname = "dead"\nfeeds = ["{home}gone", "{home}"]\nallow_private = true\n'
            f'[[sources]]\nname = "closed"\nfeeds = ["{home}closed"]\nallow_private = true\n'
        )
        done = nightdesk("sources", "check", cwd=tmp_path)
    assert done.returncode == 2
    text = " ".join(done.stdout.split())
    assert "dead: does not work" in text
    assert "not_found: HTTP 404 Not Found" in text
    assert "it is no feed: an HTML page" in text
    assert "nightdesk sources check --site HOMEPAGE" in text
    assert "✗ none of 1 pages could be fetched: robots_disallowed: robots.txt disallows it for nightdesk" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["init", "--site", "https://www.daily.example/"],
            "--contact: is not set, and https://www.daily.example/ is asked over the network",
        ),
        (["init", "--site", "ftp://x"], "--site 'ftp://x': give a home page's address"),
        (["sources", "check"], "sources.toml: there is no such file. `nightdesk init --site URL` writes one"),
        (["sources", "check", "--site", "http://127.0.0.1:1/", "--source", "x"], "give one of them"),
        (["init", "--site", "http://127.0.0.1:1/"], "--site http://127.0.0.1:1/: robots_unavailable"),
    ],
    ids=lambda value: "-".join(value)[:40] if isinstance(value, list) else "",
)
def test_what_a_user_can_get_wrong_is_answered_in_a_few_lines(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = nightdesk(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "sources.toml").exists()


def test_init_without_a_site_writes_an_example(tmp_path: Path) -> None:
    done = nightdesk("init", "--contact", "mailto:desk@paper.example", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert load_sources(tmp_path / "sources.toml").settings.contact == "mailto:desk@paper.example"
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == [".gitignore", "README.md", "notebooks", "sources.toml"]


def test_homes_that_are_no_addresses_are_refused_before_anything_is_asked() -> None:
    for text in ("http://", "http://user:pw@a.localhost/", "http://[x/", "http://a.localhost:0/"):
        with pytest.raises(InputError, match="give a home page's address"):
            find_sites([text], None)
    with pytest.raises(ConfigError, match="--contact"):
        find_sites(["a.localhost", "daily.example"], None)
    assert sites.find_sites([], None) == []
