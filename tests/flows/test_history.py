"""Backfills of past days and of lists of URLs: the pages asked for, once, whatever is run again."""

import functools
import http.server
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
DAYS = ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def page(day: str) -> str:
    sentences = f"<p>On {day} the council spoke of the ferry, its crew and its captain, and of the harbour.</p>" * 4
    return (
        f'<html lang="en"><head><title>Ferry of {day}</title><meta property="article:published_time" '
        f'content="{day}T10:00:00+01:00"></head><body><article><h1>Ferry of {day}</h1>{sentences}</article></body></html>'
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A site of four days, and a sources.toml for it."""
    folder = tmp_path_factory.mktemp("history")
    root = folder / "site"
    root.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root))) as server:
        home = f"http://127.0.0.1:{server.server_address[1]}"
        for day in DAYS:
            (root / f"{day}.html").write_text(page(day))
        entries = "".join(f"<url><loc>{home}/{day}.html</loc></url>" for day in DAYS)
        (root / "sitemap.xml").write_text(f"<urlset>{entries}</urlset>")
        sources = folder / "sources.toml"
        sources.write_text(
            f'[settings]\ndelay_seconds = 0\n[[sources]]\nname = "town"\n'
            f'sitemaps = ["{home}/sitemap.xml"]\nallow_private = true\n'
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield home, sources
        server.shutdown()


def ledger(data: Path) -> list[tuple[str, str, str, str]]:
    with duckdb.connect(str(data / "nightdesk.duckdb"), read_only=True) as con:
        query = "select kind, source, parse_filename(url), reason from pages join runs using (run_id) order by started_at, url"
        rows: list[tuple[str, str, str, str]] = con.sql(query).fetchall()
    return rows


def test_past_days_then_a_list_then_the_same_list_again(site: tuple[str, Path], tmp_path: Path, nightdesk: Run) -> None:
    home, sources = site
    data = tmp_path / "data"
    days = ("backfill", "--from", DAYS[1], "--to", DAYS[2], "--sources", sources, "--data", data)
    done = nightdesk(*days)
    assert done.returncode == 0, done.stderr[-3000:]
    first = [
        ("backfill", "town", "2026-03-01.html", "other_day"),
        ("backfill", "town", "2026-03-02.html", "new_article"),
        ("backfill", "town", "2026-03-03.html", "new_article"),
        ("backfill", "town", "2026-03-04.html", "other_day"),
    ]
    assert ledger(data) == first

    urls = tmp_path / "urls.txt"
    urls.write_text(f"# the town's\n{home}/2026-03-03.html\n\n{home}/2026-03-04.html\nno url\n")
    listed = ("backfill", "--urls", urls, "--sources", sources, "--source", "town", "--delay", "0.1", "--data", data)
    second = [
        ("backfill", "town", "2026-03-03.html", "not_due"),
        ("backfill", "town", "2026-03-04.html", "new_article"),
        ("backfill", "town", "no url", "off_site"),
    ]
    done = nightdesk(*listed)
    assert done.returncode == 0, done.stderr[-3000:]
    assert ledger(data) == first + second
    assert nightdesk(*listed).returncode == 0
    assert [reason for *_, reason in ledger(data)[7:]] == ["not_due", "not_due", "off_site"]


def test_what_a_person_can_get_wrong(site: tuple[str, Path], tmp_path: Path, nightdesk: Run) -> None:
    _, sources = site
    asked = {
        (): "give one of --warc GLOB (or --warc-paths FILE), --urls FILE, --from DATE: what is to be read?",
        ("--urls", "x", "--from", "2026-01-01"): "--warc, --urls and --from are three backfills: give one of them, and run the "
        "command again for the next",
        ("--to", "2026-01-01"): "--to: needs --from, the first of the days",
        ("--from", "2026-03-02", "--to", "2026-03-01"): "--to 2026-03-01: is before --from 2026-03-02",
        ("--urls", "none.txt"): "--urls none.txt: there is no such file; give a text file with one URL a line",
        ("--urls", sources, "--source", "a", "--source", "b"): "--source: is one name here, for all rows; 2 are given",
        ("--from", "2026-03-01", "--sources", sources, "--source", "x"): "--source: there is no source 'x'; give one of town",
    }
    for arguments, said in asked.items():
        done = nightdesk("backfill", *arguments, "--data", tmp_path / "data")
        assert (done.returncode, done.stderr) == (2, f"nightdesk: {said}\n")
