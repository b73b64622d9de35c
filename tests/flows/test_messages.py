"""What somebody reads who has made a slip: each message whole, with what is wrong, where, and the cure."""

import logging
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from flows.cli import nightdesk
from transforms.errors import NightdeskError

SOURCE = '[[sources]]\nname = "a"\nfeeds = ["http://a.localhost/f"]\n'
FAR = SOURCE.replace("a.localhost", "a.example")
FILES: dict[str, str | bytes] = {
    "ok.toml": SOURCE,
    "far.toml": FAR,
    "cut.toml": "a = [",
    "junk.toml": b"\x00\xff",
    "three.toml": "settings = 3\n",
    "none.toml": "",
    "sites.toml": "sites = 3\n",
    "twice.toml": '[[sites]]\nhost = "a.example"\ntitle = "h1"\n[[sites]]\nhost = "a.example"\ntitle = "h2"\n',
    "page.html": "<p>A page.",
    "a name\nof two lines.toml": "[[sources]]\nname = 3\n",
    "empty.paths": "# nothing\n",
    "odd.paths": "readme.txt\n",
    "binary.paths": b"\xff\xfe\x00",
}
NO_WAREHOUSE = "no warehouse at {here}/warehouse/data: run `nightdesk run --sample` to fill one, or name another"


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("NIGHTDESK_DATA", "NIGHTDESK_CONTACT"):
        monkeypatch.delenv(name, raising=False)
    before = logging.root.manager.disable, logging.getLogger("sources").level
    yield
    logging.disable(before[0])
    logging.getLogger("sources").setLevel(before[1])


def said(*arguments: str) -> str:
    """What the command line says after its name, before it ends with a code of its own."""
    with pytest.raises((NightdeskError, click.ClickException)) as raised:
        nightdesk.main(list(arguments), prog_name="nightdesk", standalone_mode=False)
    error = raised.value
    return error.format_message() if isinstance(error, click.ClickException) else str(error)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("run", "--sources", "no.toml"),
            "no.toml: there is no such file. Give one with --sources; examples/sources.toml shows what one looks like, and "
            "`nightdesk run --sample` needs none",
        ),
        (("run", "--sources", "folder"), "Invalid value for '--sources': File 'folder' is a directory."),
        (
            ("run", "--sources", "junk.toml"),
            "junk.toml: is no UTF-8 text: invalid start byte at byte 1. Save it as UTF-8",
        ),
        (
            ("run", "--sources", "cut.toml"),
            "cut.toml: is not valid TOML: Invalid value (at end of document). Mend it there",
        ),
        (("run", "--sources", "three.toml"), "three.toml: [settings]: must be a table, is 3"),
        (
            ("run", "--sources", "none.toml"),
            "none.toml: [[sources]]: at least one is needed, with a name and feeds, sitemaps, lists or listings",
        ),
        (
            ("run", "--sources", "a name\nof two lines.toml"),
            "a name\nof two lines.toml:2: [sources] name: must be a text between quotes that is not empty, is 3",
        ),
        (
            ("run", "--sources", "far.toml"),
            "far.toml: [settings] contact: is not set, and source 'a' is asked over the network. Give a URL or mail address at "
            'which its operator can reach you: contact = "https://example.org/crawler"',
        ),
        (("run", "--sources", "ok.toml", "--source", "b"), "--source: there is no source 'b'; give one of a"),
        (("run", "--day", "2026-13-40"), "Invalid value for '--day': '2026-13-40' does not match the format '%Y-%m-%d'."),
        (("run", "--data", "ok.toml"), "Invalid value for '--data': Directory 'ok.toml' is a file."),
        (("run", "--workers", "0"), "Invalid value for '--workers': 0 is not in the range x>=1."),
        (
            ("serve", "--sources", "ok.toml", "--timezone", "Asia/Djakarta"),
            "--timezone: 'Asia/Djakarta' is no IANA zone name such as 'Asia/Jakarta' or 'UTC'; did you mean 'Asia/Jakarta'?",
        ),
        (
            ("extract", "page.html", "--timezone", "WIB"),
            "--timezone: 'WIB' is no IANA zone name such as 'Asia/Jakarta' or 'UTC'",
        ),
        (
            ("extract", "folder"),
            "folder: there is no such file; give an HTML file, a WARC file or a URL (a folder is none of these)",
        ),
        (("extract", "page.html", "--out", "no/x.jsonl"), "--out no/x.jsonl: there is no folder no; make it first"),
        (("extract", "page.html", "--out", "x.csv"), "--out x.csv: end the name in .parquet or .jsonl"),
        (
            ("extract", "page.html", "ok.toml", "--url", "http://a.example/"),
            "--url names the page of one HTML file; give one file, or leave it out",
        ),
        (
            ("extract", "page.html", "--rules", "folder"),
            "folder: this folder holds no .toml file; put one there for each site, with a [[sites]] table",
        ),
        (
            ("rules", "check", "--rules", "no.toml"),
            "no.toml: there is no such file or folder. Give a sources.toml, or where the site rules are",
        ),
        (
            ("rules", "check", "--rules", "sites.toml"),
            "sites.toml: [[sites]]: must be tables, each with a host and what its pages need, is 3",
        ),
        (
            ("rules", "check", "--rules", "twice.toml"),
            "twice.toml:5: [sites] host: 'a.example' has a rule already, at twice.toml:2; put both into one table",
        ),
        (
            ("backfill",),
            "give one of --warc GLOB (or --warc-paths FILE), --urls FILE, --from DATE: what is to be read?",
        ),
        (
            ("backfill", "--warc", "x", "--urls", "y"),
            "--warc, --urls and --from are three backfills: give one of them, and run the command again for the next",
        ),
        (
            ("backfill", "--warc", "mist*"),
            "--warc mist*: no file is there by that name; give paths or patterns of WARC files",
        ),
        (("backfill", "--warc-paths", "empty.paths"), "empty.paths: names no WARC file; give a list of them, one a line"),
        (
            ("backfill", "--warc-paths", "odd.paths"),
            "odd.paths: 'readme.txt' is no WARC file's name; give a list of them, one a line",
        ),
        (
            ("backfill", "--warc-paths", "no.paths"),
            "--warc-paths no.paths: there is no such file; give a list of WARC files, or its URL",
        ),
        (("backfill", "--urls", "no.txt"), "--urls no.txt: there is no such file; give a text file with one URL a line"),
        (("backfill", "--to", "2026-03-01"), "--to: needs --from, the first of the days"),
        (
            ("backfill", "--from", "2026-03-02", "--to", "2026-03-01", "--sources", "ok.toml"),
            "--to 2026-03-01: is before --from 2026-03-02",
        ),
        (
            ("backfill", "--from", "2026-03-01", "--to", "2026-03-02", "--sources", "ok.toml"),
            "ok.toml: a: nothing tells of past days. That takes sitemaps, or {yyyy}, {mm}, {dd} in the URL of a feed, list or "
            "listing",
        ),
        (
            ("sources", "check", "--sources", "no.toml"),
            "no.toml: there is no such file. `nightdesk init --site URL` writes one; --sources gives another",
        ),
        (
            ("sources", "check", "--site", "a.example", "--source", "a"),
            "--site finds a site that has no entry yet, --source picks an entry of the file: give one of them",
        ),
        (
            ("sources", "check", "--site", "http://[bad/"),
            "--site 'http://[bad/': give a home page's address, such as https://www.daily.example/",
        ),
        (
            ("sources", "check", "--site", "a.example"),
            "--contact: is not set, and https://a.example/ is asked over the network. Give a URL or mail address at which its "
            "operator can reach you: --contact https://example.org/crawler",
        ),
        (("report", "--open", "--format", "json"), "--open shows the page; it does not go with --format json"),
        (("maintain", "--drop-needed-raw"), "--drop-needed-raw needs a limit: --keep-raw-days or --max-raw-bytes"),
        (
            ("maintain", "--max-raw-bytes", "much"),
            "Invalid value for '--max-raw-bytes': 'much' is no size; give bytes, or a number with kB, MB, GB or TB: 50GB",
        ),
        (("sql", "select 1"), f"{NO_WAREHOUSE} folder with --data."),
        (("search", "quay"), f"{NO_WAREHOUSE} folder with --data."),
        (("report",), f"{NO_WAREHOUSE} folder with --data."),
        (("quarantine", "list"), f"{NO_WAREHOUSE} folder with --data."),
        (("maintain",), f"{NO_WAREHOUSE} with --data."),
        (
            ("sql", "select 1", "--data", "ftp://a.example/x"),
            "ftp://a.example/x: is no place for a warehouse. It is written s3://bucket/prefix, the prefix in letters, digits, "
            "dot, dash and underscore",
        ),
        (("nosuch",), "No such command 'nosuch'."),
    ],
    ids=lambda value: " ".join(value)[:60].replace("\n", " ") if isinstance(value, tuple) else "",
)
def test_a_slip_is_told_with_its_place_and_its_cure(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    assert said(*arguments) == message.replace("{here}", str(tmp_path))
