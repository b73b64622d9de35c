"""Site rules in a whole night, in `extract`, and held against their samples."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.cli import nightdesk as command_line
from sources.newsroom.content import DAYS
from sources.newsroom.truth import expected_rows

Run = Callable[..., subprocess.CompletedProcess[str]]
EXAMPLE = Path(__file__).parents[2] / "examples" / "rules"

# karangsenja's rule fits nothing on its pages; lembayung's names what its template calls the text.
SOURCES = """
[[sources]]
name = "karangsenja"
feeds = ["http://karangsenja.localhost/rss.xml"]
sitemaps = ["http://karangsenja.localhost/sitemap.xml"]
exclude = ['/video/']
timezone = "Asia/Jakarta"
allow_private = true

[[sources]]
name = "lembayung"
feeds = ["http://lembayung.localhost/feed"]
sitemaps = ["http://lembayung.localhost/news-sitemap.xml"]
allow_private = true

[[sites]]
host = "karangsenja.localhost"
body = ".no-such-box"
all_pages = "page=all"

[[sites]]
host = "lembayung.localhost"
timezone = "Asia/Makassar"
body = ".entry-content"
title = ".entry-title"

[settings]
delay_seconds = 0
"""
NIGHT = """
import json, sys
from datetime import date
from pathlib import Path
from flows import settings
sources, data, day = sys.argv[1:]
settings.prepare_libraries(Path(data))
from flows.night import night
from sources.newsroom.server import serve
with serve(date.fromisoformat(day)) as server:
    night(Path(sources), Path(data), day=date.fromisoformat(day), connect_to={"*.localhost": ("127.0.0.1", server.port)})
    print(json.dumps([request.host + request.path for request in server.log]))
"""


class RuledNight:
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.data = folder / "data"
        (folder / "sources.toml").write_text(SOURCES)
        command = [sys.executable, "-c", NIGHT, str(folder / "sources.toml"), str(self.data), str(DAYS[0])]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        self.asked: list[str] = json.loads(done.stdout.splitlines()[-1])

    def query(self, sql: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(self.data / "nightdesk.duckdb"), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            rows: list[dict[str, Any]] = connection.sql(sql).to_arrow_table().to_pylist()
        return rows


@pytest.fixture(scope="module")
def ruled_night(tmp_path_factory: pytest.TempPathFactory, prefect_environment: dict[str, str]) -> RuledNight:
    return RuledNight(tmp_path_factory.mktemp("ruled"), prefect_environment)


def test_a_rule_that_fits_nothing_loses_no_page_and_one_that_fits_gives_the_true_rows(ruled_night: RuledNight) -> None:
    names = ("url", "title", "lead", "body", "authors", "published_at", "published_utc_offset", "page_count", "pages_missing")
    expected = [
        {name: row[name] for name in names} for row in expected_rows(DAYS[0]) if row["source"] in ("karangsenja", "lembayung")
    ]
    rows = {row["url"]: row for row in ruled_night.query(f"select {', '.join(names)} from articles")}
    assert [rows.get(row["url"]) for row in expected] == expected


def test_a_rule_that_fits_nothing_is_a_broken_check_and_a_sentence_of_the_report(ruled_night: RuledNight) -> None:
    checks = ruled_night.query("""
        select source, rule, severity, success, row_count = broken_count as all_broken
        from checks where rule like 'site_rule %' order by rule, source nulls first
    """)
    assert [tuple(check.values()) for check in checks] == [
        (None, "site_rule karangsenja.localhost body", "warning", False, True),
        ("karangsenja", "site_rule karangsenja.localhost body", "warning", False, True),
        (None, "site_rule lembayung.localhost body", "warning", True, False),
        ("lembayung", "site_rule lembayung.localhost body", "warning", True, False),
        (None, "site_rule lembayung.localhost title", "warning", True, False),
        ("lembayung", "site_rule lembayung.localhost title", "warning", True, False),
    ]
    [report] = ruled_night.data.glob("reports/*/index.html")
    assert "The site rule of karangsenja.localhost found nothing for body on " in report.read_text()


def test_the_whole_article_is_asked_for_first_and_only_where_there_are_further_pages(ruled_night: RuledNight) -> None:
    def asked(slug: str) -> list[str]:
        return [url.rpartition(slug)[2] for url in ruled_night.asked if slug in url]

    assert asked("pasar-apung-sungai-wening") == ["", "?page=all"]  # answered
    assert asked("kereta-wisata-lereng")[:2] == ["", "?page=all"]  # refused, so the numbers follow
    assert "?page=2" in asked("kereta-wisata-lereng")
    assert [url for url in ruled_night.asked if "lembayung" in url and "page=" in url] == []
    assert asked("hutan-bakau-rambai") == ["", ""]  # one page: the second time after a 500


def test_extract_reads_by_the_rules_and_says_where_they_find_nothing(tmp_path: Path, nightdesk: Run) -> None:
    page = EXAMPLE / "pages" / "story.html"
    expected = json.loads(page.with_suffix(".json").read_text())
    done = nightdesk("extract", page, "--rules", EXAMPLE)
    row = json.loads(done.stdout)
    assert row["body"].split("\n\n") == expected["body"]
    assert {key: row[key] for key in ("title", "authors", "published_at")} == {
        key: expected[key] for key in ("title", "authors", "published_at")
    }
    assert "warning" not in done.stderr
    rules = tmp_path / "rules.toml"
    rules.write_text('[[sites]]\nhost = "echo.example"\nbody = ".nowhere"\n')
    done = nightdesk("extract", page, "--rules", rules)
    warning = "warning: http://echo.example/2026/harbour-wall: the site rule found nothing for body, which was read without it"
    assert (done.returncode, warning in done.stderr.splitlines()) == (0, True)


def check(rules: Path, *options: str) -> int:
    code: int = command_line.main(["rules", "check", "--rules", str(rules), *options], standalone_mode=False)
    return code


def test_the_example_gives_what_is_expected_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(EXAMPLE) == 0
    assert capsys.readouterr().out == "1 rule, 1 sample: all as expected\n"


def test_a_changed_row_is_shown_line_by_line_until_it_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "rules"))
    page, expected = folder / "pages" / "story.html", folder / "pages" / "story.json"
    page.write_text(page.read_text().replace("on Tuesday", "on Friday"))
    assert check(folder) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"{expected}: is not what the rule gives now"
    assert [line for line in printed if line.startswith(("-  ", "+  "))] == [
        '-    "The road opens again on Tuesday."',
        '+    "The road opens again on Friday."',
    ]
    assert printed[-1] == "1 rule, 1 sample: 1 problem"
    assert check(folder, "--update") == 0
    assert capsys.readouterr().out == f"{expected}: written\n1 rule, 1 sample: all as expected\n"
    assert json.loads(expected.read_text())["body"][-1] == "The road opens again on Friday."
    assert check(folder) == 0


@pytest.mark.parametrize(
    ("rule", "problems"),
    [
        (
            'samples = ["story.html"]\n',
            ["story.json: is not there; look at what `nightdesk rules check --update` writes, and keep it"],
        ),
        ("", ['rules.toml:2: echo.example: has no sample; save a page of the site beside it and give samples = ["page.html"]']),
        (
            'title = ".gone"\nsamples = ["story.html"]\n',
            [
                "story.html: echo.example: title = '.gone' finds nothing",
                "story.json: is not there; look at what `nightdesk rules check --update` writes, and keep it",
            ],
        ),
        (
            'drop = [".offer", ".gone"]\nsamples = ["story.html"]\n',
            [
                "story.json: is not there; look at what `nightdesk rules check --update` writes, and keep it",
                "rules.toml:2: echo.example: drop = '.gone' finds nothing on any sample",
            ],
        ),
        ('samples = ["picture.html"]\n', ["picture.html: gives no article: not_html, a PNG image"]),
    ],
)
def test_what_a_rule_lacks_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], rule: str, problems: list[str]) -> None:
    shutil.copy(EXAMPLE / "pages" / "story.html", tmp_path)
    (tmp_path / "picture.html").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "rules.toml").write_text(f'[[sites]]\nhost = "echo.example"\ntimezone = "UTC"\n{rule}')
    assert check(tmp_path / "rules.toml") == 1
    assert capsys.readouterr().out.replace(f"{tmp_path}/", "").splitlines()[:-1] == problems
