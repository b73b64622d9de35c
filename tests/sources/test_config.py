"""sources.toml: what is understood, and how every mistake is told."""

import dataclasses
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.config import (
    SOURCE_KEYS,
    FetchSettings,
    GateSettings,
    NotifySettings,
    Source,
    SourcesFile,
    check_timezone,
    load_sources,
    only_sources,
)
from sources.siterules import Site
from sources.tomlkeys import line_of
from transforms.errors import ConfigError
from transforms.siterules import SiteRule

MINIMAL = '[[sources]]\nname = "a"\nfeeds = ["http://a.localhost/rss"]\n'


def load(tmp_path: Path, text: str) -> SourcesFile:
    path = tmp_path / "sources.toml"
    path.write_text(text, encoding="utf-8")
    return load_sources(path)


def complaint(tmp_path: Path, text: str) -> str:
    """The message that loading ends with, without the folder."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_everything_but_a_name_and_something_to_read_has_a_default(tmp_path: Path) -> None:
    assert load(tmp_path, MINIMAL) == SourcesFile(
        FetchSettings(), GateSettings(), (Source(name="a", feeds=("http://a.localhost/rss",)),)
    )


def test_every_key_is_read(tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text("http://x.example/1\n")
    text = """
[settings]
user_agent = "mynews/2"
contact = "https://example.org/bot"
delay_seconds = 2
connections_per_host = 3
timeout_seconds = 4.5
max_page_bytes = 5000
max_feed_bytes = 6000
max_redirects = 7
retries = 8
revisit_days = 9
max_parts = 10
robots_tags = ["noarchive"]
tdm_reservations = false
read_timeout_seconds = 3
revisit_hours = [1, 2.5]
max_feed_rest_hours = 0
[gate]
max_failed_share = 0.1
max_quarantined_share = 1
max_critical_alarms = 3
[[sources]]
name = "full"
feeds = ["https://news.example.org/rss"]
sitemaps = ["https://news.example.org/{yyyy}/{mm}/{dd}.xml"]
lists = ["urls.txt", "https://lists.example.org/u.txt"]
listings = ["https://news.example.org/index?page={page}"]
link_pattern = '/\\d+$'
listing_pages = 4
max_age_days = 30
timezone = "Asia/Jakarta"
languages = ["id", "en"]
hosts = ["cdn.example.net"]
include = ["/berita/"]
exclude = ['\\.pdf$', "/video/"]
max_pages = 11
delay_seconds = 0
timeout_seconds = 12
revisit_days = 0
allow_private = true
robots_tags = []
tdm_reservations = true
revisit_hours = []
since = 2004-05-01
"""
    loaded = load(tmp_path, text)
    assert loaded == SourcesFile(
        FetchSettings(
            "mynews/2",
            "https://example.org/bot",
            2.0,
            3,
            4.5,
            5000,
            6000,
            7,
            8,
            9,
            10,
            ("noarchive",),
            False,
            3.0,
            (1.0, 2.5),
            0.0,
        ),
        GateSettings(0.1, 1.0, 3),
        (
            Source(
                name="full",
                feeds=("https://news.example.org/rss",),
                sitemaps=("https://news.example.org/{yyyy}/{mm}/{dd}.xml",),
                lists=(str(tmp_path / "urls.txt"), "https://lists.example.org/u.txt"),
                listings=("https://news.example.org/index?page={page}",),
                link_pattern=re.compile(r"/\d+$"),
                listing_pages=4,
                max_age_days=30,
                timezone="Asia/Jakarta",
                languages=("id", "en"),
                hosts=("cdn.example.net",),
                include=(re.compile("/berita/"),),
                exclude=(re.compile(r"\.pdf$"), re.compile("/video/")),
                max_pages=11,
                delay_seconds=0.0,
                timeout_seconds=12.0,
                revisit_days=0,
                allow_private=True,
                robots_tags=(),
                tdm_reservations=True,
                revisit_hours=(),
                since=date(2004, 5, 1),
            ),
        ),
    )
    assert loaded.settings.agent == "mynews/2 (+https://example.org/bot)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[setings]\n" + MINIMAL,
            "[top level] setings: unknown key. Did you mean 'settings'? Allowed here: settings, gate, notify, sources, sites",
        ),
        ("[settings]\nretrys = 1\n" + MINIMAL, "sources.toml:2: [settings] retrys: unknown key. Did you mean 'retries'? Allowed"),
        (MINIMAL + 'zone = "UTC"\n', "sources.toml:4: [sources] zone: unknown key. "),
        (
            MINIMAL + '\n# second\n[[sources]]\nname = "b"\nfeed = ["http://b.localhost/"]\n',
            "sources.toml:8: [sources] feed: unknown key. Did you mean 'feeds'? Allowed here: name, feeds, sitemaps, lists",
        ),
        (
            MINIMAL + 'timezone = "Asia/Djakarta"\n',
            "sources.toml:4: [sources] timezone: 'Asia/Djakarta' is no IANA zone name such as",
        ),
        (MINIMAL + 'timezone = "Asia/Djakarta"\n', "did you mean 'Asia/Jakarta'?"),
        (MINIMAL + 'timezone = ""\n', "sources.toml:4: [sources] timezone: must be a text between quotes"),
        (MINIMAL + 'timezone = "../../etc/passwd"\n', "is no IANA zone name"),
        (
            MINIMAL + 'listings = ["http://a.localhost/"]\n',
            "sources.toml:4: [sources] listings: a listing links to much else: say which links are articles by link_pattern",
        ),
        (MINIMAL + 'link_pattern = "("\n', "sources.toml:4: [sources] link_pattern: '(': is not a regular expression: missing )"),
        (MINIMAL + 'sitemaps = ["http://a.localhost/{page}"]\n', "only {yyyy}, {mm} and {dd} may stand in braces"),
        (MINIMAL + 'include = ["(", "a"]\n', "sources.toml:4: [sources] include: '(': is not a regular expression: missing )"),
        (
            MINIMAL + 'languages = ["Indonesian"]\n',
            "sources.toml:4: [sources] languages: 'Indonesian': must be a two-letter ISO 639-1",
        ),
        (MINIMAL + 'hosts = ["http://b.org/"]\n', "sources.toml:4: [sources] hosts: 'http://b.org/': must be a bare host name"),
        (MINIMAL + "max_pages = 0\n", "sources.toml:4: [sources] max_pages: must be a whole number from 1 to 10000000, is 0"),
        (
            "[settings]\nmax_page_bytes = 100_000_001\n" + MINIMAL,
            "sources.toml:2: [settings] max_page_bytes: must be a whole number from 1000 to 100000000, is 100000001",
        ),
        (
            '[settings]\nrobots_tags = ["nofollow"]\n' + MINIMAL,
            "sources.toml:2: [settings] robots_tags: 'nofollow': must be one of noindex, noarchive, unavailable_after",
        ),
        (
            MINIMAL + 'since = "2004-05-01"\n',
            "[sources] since: must be a day without quotes, such as 2004-05-01, is '2004",
        ),
        (MINIMAL + "since = 2004-05-01T10:00:00\n", "must be a day without quotes"),
        (MINIMAL + '[notify]\nblock = "slack"\n', "[notify] block: 'slack': must be a Prefect block's type and name, such as"),
        (MINIMAL + '[notify]\non = ["gates"]\n', "[notify] on: 'gates': must be one of gate, unfinished, alarms"),
        (MINIMAL + "revisit_hours = [24, 6]\n", "[sources] revisit_hours: must be a list of rising numbers from 0.01 to"),
        (MINIMAL + "revisit_hours = [6, 6]\n", "such as [6, 24], is [6, 6]"),
        (MINIMAL + 'revisit_hours = ["6"]\n', "such as [6, 24], is ['6']"),
        (MINIMAL + "revisit_hours = [true]\n", "such as [6, 24], is [True]"),
        (MINIMAL + "revisit_hours = 6\n", "such as [6, 24], is 6"),
        (MINIMAL + "revisit_hours = [0]\n", "such as [6, 24], is [0]"),
        (MINIMAL + "max_pages = true\n", "max_pages: must be a whole number from 1 to 10000000, is True"),
        (MINIMAL + 'delay_seconds = "1"\n', "delay_seconds: must be a number from 0 to 300, is '1'"),
        (MINIMAL + "delay_seconds = nan\n", "delay_seconds: must be a number from 0 to 300, is nan"),
        (MINIMAL + 'allow_private = "yes"\n', "sources.toml:4: [sources] allow_private: must be true or false, is 'yes'"),
        (MINIMAL + 'lists = ["no.txt"]\n', "sources.toml:4: [sources] lists: 'no.txt': there is no file no.txt"),
        (MINIMAL + 'lists = ["ftp://x/y"]\n', "lists: 'ftp://x/y': must be a whole URL, http://... or https://..."),
        (
            MINIMAL.replace("http://a.localhost/rss", "a.localhost/rss"),
            "sources.toml:3: [sources] feeds: 'a.localhost/rss': must be a whole",
        ),
        (MINIMAL.replace("http://a", "http://me:pw@a"), "'http://...@a.localhost/rss': must not hold a user name or password"),
        (MINIMAL.replace("rss", "rss feed"), "must not hold spaces"),
        (MINIMAL.replace("rss", "{year}"), "only {yyyy}, {mm} and {dd} may stand in braces (the night's date), not {year}"),
        (MINIMAL.replace("localhost/", "localhost:port/"), "is not a URL: Port could not be cast"),
        (MINIMAL.replace('["http', '["http://a.localhost/rss", "http'), "'http://a.localhost/rss' stands there twice"),
        (MINIMAL.replace('["http://a.localhost/rss"]', '"http://a.localhost/rss"'), "feeds: must be a list of texts"),
        (
            '[[sources]]\nname = "a"\n',
            "sources.toml:1: [sources]: source 'a' has nothing to read: give feeds, sitemaps, lists or listings",
        ),
        ('[[sources]]\nfeeds = ["http://a.localhost/"]\n', "sources.toml:1: [sources]: a name is missing"),
        (MINIMAL + MINIMAL, "sources.toml:5: [sources] name: 'a' is the name of two sources; each needs its own"),
        ("", "[[sources]]: at least one is needed, with a name and feeds, sitemaps, lists or listings"),
        ("sources = 3\n", "[[sources]]: at least one is needed"),
        ("settings = 3\n" + MINIMAL, "[settings]: must be a table, is 3"),
        (
            "[gate]\nmax_failed_share = 50\n" + MINIMAL,
            "sources.toml:2: [gate] max_failed_share: must be a number from 0 to 1, is 50",
        ),
        ('[settings]\nuser_agent = "böt"\n' + MINIMAL, "sources.toml:2: [settings] user_agent: is sent as an HTTP header"),
        ("[settings\n" + MINIMAL, "is not valid TOML: "),
        ("[settings\n" + MINIMAL, "(at line 1, column 10)"),
        (
            MINIMAL.replace("a.localhost", "news.example.org"),
            "[settings] contact: is not set, and source 'a' is asked over the network",
        ),
        ('[[sources]]\nname = "l"\nlists = ["sources.toml"]\n', "[settings] contact: is not set, and source 'l' is asked"),
    ],
)
def test_a_mistake_is_told_with_file_line_key_and_what_is_allowed(tmp_path: Path, text: str, message: str) -> None:
    assert message in complaint(tmp_path, text)


def test_a_missing_or_unreadable_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: there is no such file"):
        load_sources(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_sources(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(ConfigError, match=r"is no UTF-8 text: .* Save it as UTF-8"):
        load_sources(tmp_path / "latin.toml")


EXAMPLE = Path(__file__).parents[2] / "examples" / "sources.toml"


def test_the_example_is_safe_and_loads() -> None:
    loaded = load_sources(EXAMPLE)
    assert loaded == SourcesFile(
        FetchSettings(contact="https://example.com/crawler"),
        GateSettings(),
        (
            Source(name="daily", feeds=("https://www.daily.example/rss.xml",)),
            Source(
                name="harian",
                feeds=("https://www.harian.example/rss", "https://www.harian.example/feed.json"),
                sitemaps=("https://www.harian.example/sitemap-{yyyy}-{mm}-{dd}.xml",),
                timezone="Asia/Jakarta",
                languages=("id",),
                exclude=(re.compile("/video/"), re.compile("/galeri/")),
            ),
        ),
        (Site(SiteRule("harian.example", drop=(".promo-box", "//div[@data-ad]"))),),
    )


@pytest.mark.parametrize(
    ("table", "record"),
    [("settings", FetchSettings), ("gate", GateSettings), ("notify", NotifySettings), ("sources", Source), ("sites", SiteRule)],
)
def test_the_example_names_every_key_with_its_default(table: str, record: type[Any]) -> None:
    blocks = re.split(r"^\[+([a-z]+)\]+$", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = "".join(block for name, block in zip(blocks[1::2], blocks[2::2], strict=True) if name == table)
    shown = dict(re.findall(r"^(?:# )?([a-z_]+ = (?:\[.*\]|\".*?\"|\S+).*)()$", text, re.MULTILINE))
    values = {name: value for line in shown for name, value in tomllib.loads(line).items()}
    if record is FetchSettings:
        del values["rules"]  # where the sites' rules are is no matter of fetching
    if record is SiteRule:
        del values["samples"]  # the rule's test, and no part of it
    keys = SOURCE_KEYS if record is Source else [item.name for item in dataclasses.fields(record)]
    assert sorted(values) == sorted(keys)
    if record in (FetchSettings, GateSettings):
        plain = (int, float, tuple)
        defaults = {item.name: item.default for item in dataclasses.fields(record) if isinstance(item.default, plain)}
        assert {key: tuple(value) if isinstance(value := values[key], list) else value for key in defaults} == defaults


@pytest.mark.parametrize(
    ("source", "host", "covered"),
    [
        (Source("a", feeds=("https://www.news.example/rss",)), "www.news.example", True),
        (Source("a", feeds=("https://www.news.example/rss",)), "sport.news.example", True),
        (Source("a", feeds=("https://www.news.example/rss",)), "NEWS.example.", True),
        (Source("a", feeds=("https://www.news.example/rss",)), "fakenews.example", False),
        (Source("a", feeds=("https://www.news.example/rss",)), "other.example", False),
        (Source("a", feeds=("https://www.news.example/rss",), hosts=("cdn.other.example",)), "cdn.other.example", True),
        (Source("a", feeds=("https://www.news.example/rss",), hosts=("cdn.other.example",)), "other.example", False),
        (Source("a", lists=("/urls.txt",)), "anything.example", True),
        (Source("a", lists=("/urls.txt",), hosts=("one.example",)), "anything.example", False),
    ],
)
def test_a_source_covers_its_hosts_and_what_is_below_them(source: Source, host: str, covered: bool) -> None:
    assert source.covers(host) is covered


def test_only_the_named_sources(tmp_path: Path) -> None:
    config = load(tmp_path, MINIMAL + MINIMAL.replace('"a"', '"b"'))
    assert [source.name for source in only_sources(config, ["b"]).sources] == ["b"]
    with pytest.raises(ConfigError, match="there is no source 'c'"):
        only_sources(config, ["c"])


def test_a_zone_name_is_checked() -> None:
    assert check_timezone("Asia/Jakarta") == "Asia/Jakarta"
    with pytest.raises(ConfigError, match="'WIB' is no IANA zone name"):
        check_timezone("WIB")


_KEYS = st.from_regex(r"[a-z][a-z_]{0,12}", fullmatch=True)
_VALUES: Any = st.recursive(
    st.integers() | st.booleans() | st.floats() | st.text(alphabet="abc (é/:", max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
_KNOWN = st.sampled_from(["name", "feeds", "lists", "hosts", "include", "max_pages", "timezone", "allow_private"])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.dictionaries(_KEYS | _KNOWN, _VALUES, max_size=5))
def test_no_file_of_valid_toml_ends_in_anything_but_settings_or_a_configuration_error(
    tmp_path: Path, values: dict[str, Any]
) -> None:
    def toml(value: Any) -> str:
        if isinstance(value, list):
            return "[" + ", ".join(toml(item) for item in value) + "]"
        return f'"{value}"' if isinstance(value, str) else str(value).lower()

    lines = "".join(f"{key} = {toml(value)}\n" for key, value in values.items())
    path = tmp_path / "fuzz.toml"
    path.write_text("[[sources]]\n" + lines, encoding="utf-8")
    try:
        load_sources(path)
    except ConfigError as exc:
        message = str(exc)
    else:
        message = str(path)
    assert message.startswith(str(path))


@given(before=st.lists(st.sampled_from(["", "# [[sources]]", "other = 1", 'x = "["', "[gate]", "y = [1, 2]"]), max_size=5))
def test_the_line_of_a_key_is_found_whatever_stands_before(before: list[str]) -> None:
    text = "\n".join([*before, "[[sources]]", 'name = "1"', "[[sources]]", "  'name' = \"2\""])
    assert [line_of(text, "sources", "name", 0), line_of(text, "sources", "name", 1)] == [len(before) + 2, len(before) + 4]


def test_the_days_of_a_backfill_are_no_key_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text('[[sources]]\nname = "a"\nfeeds = ["http://127.0.0.1/rss"]\ndays = ["2026-03-01", "2026-03-02"]\n')
    with pytest.raises(ConfigError, match="days: unknown key"):
        load_sources(path)
