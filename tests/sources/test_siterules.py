"""Site rules as files: where they may stand, and how every mistake is told."""

from pathlib import Path

import pytest

from sources.config import load_sources
from sources.siterules import Site, load_sites
from transforms.errors import ConfigError
from transforms.siterules import SiteRule

RULE = '[[sites]]\nhost = "a.example"\ndrop = [".ad"]\n'
SOURCES = '[[sources]]\nname = "a"\nfeeds = ["http://a.localhost/rss"]\n'


def write(tmp_path: Path, **files: str) -> Path:
    """Files by name without ending; gives the first one's path."""
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path / f"{next(iter(files))}.toml"


def test_every_key_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        rules="""
[[sites]]
host = "News.Example.org"
timezone = "Asia/Jakarta"
drop = [".ad", "//div[@data-ad]"]
body = ".story"
title = "h2.title"
authors = "(//span[@class='who'])[1]"
published = "time"
all_pages = "page=all&view=1"
samples = ["pages/one.html"]
""",
    )
    rule = SiteRule(
        host="news.example.org",
        timezone="Asia/Jakarta",
        drop=(".ad", "//div[@data-ad]"),
        body=".story",
        title="h2.title",
        authors="(//span[@class='who'])[1]",
        published="time",
        all_pages="page=all&view=1",
    )
    [site] = load_sites(path)
    assert site == Site(rule, (tmp_path / "pages" / "one.html",))
    assert site.place == f"{path}:3"


def test_rules_stand_in_sources_toml_and_in_the_folder_that_it_names(tmp_path: Path) -> None:
    path = write(tmp_path, sources=f'[settings]\nrules = "more"\n{SOURCES}{RULE}')
    (tmp_path / "more").mkdir()
    write(tmp_path / "more", b=RULE.replace("a.example", "b.example"), c=RULE.replace("a.example", "c.example"))
    sites = tuple(Site(SiteRule(f"{name}.example", drop=(".ad",))) for name in "abc")
    assert load_sites(path) == sites
    loaded = load_sources(path)
    assert loaded.sites == sites
    assert loaded.rules.of("https://www.b.example/story") == sites[1].rule


def test_all_tables_of_a_sources_toml_may_stand_beside_rules(tmp_path: Path) -> None:
    path = write(tmp_path, sources=f'[gate]\nmax_failed_share = 0.1\n[notify]\non = ["gate"]\n{SOURCES}{RULE}')
    assert load_sources(path).sites == load_sites(path) == (Site(SiteRule("a.example", drop=(".ad",))),)


def test_samples_alone_are_a_rule(tmp_path: Path) -> None:
    path = write(tmp_path, rules='[[sites]]\nhost = "a.example"\nsamples = ["one.html"]\n')
    assert load_sites(path) == (Site(SiteRule("a.example"), (tmp_path / "one.html",)),)


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    write(tmp_path, b=RULE.replace("a.example", "b.example"), a=RULE)
    assert [site.rule.host for site in load_sites(tmp_path)] == ["a.example", "b.example"]


def test_a_sample_or_a_moved_line_makes_no_other_night(tmp_path: Path) -> None:
    before = str(load_sites(write(tmp_path, rules=RULE)))
    assert str(load_sites(write(tmp_path, rules=f'# a comment\n{RULE}samples = ["x.html"]\n'))) == before
    assert str(load_sites(write(tmp_path, rules=f'{RULE}timezone = "UTC"\n'))) != before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RULE + 'bodi = ".x"\n', "rules.toml:4: [sites] bodi: unknown key. Did you mean 'body'? Allowed here: host, timezone"),
        (RULE + 'body = "div["\n', "rules.toml:4: [sites] body: 'div[': is not a CSS selector that can be used: "),
        (RULE + 'body = "div["\n', "Give CSS such as 'div.story > p', or XPath such as"),
        (RULE + 'body = "//div["\n', "rules.toml:4: [sites] body: '//div[': is not an XPath expression that can be used: "),
        (RULE + 'body = "//p[nowhere()]"\n', "is not an XPath expression that can be used: "),
        (
            RULE + 'title = "//a/@href"\n',
            "rules.toml:4: [sites] title: '//a/@href': selects no elements but their text, attributes",
        ),
        (RULE + 'title = "//p/text()"\n', "selects no elements but"),
        (RULE + 'authors = "(1 + 1)"\n', "selects no elements but"),
        (RULE + 'published = "p::before"\n', "is not a CSS selector that can be used: Pseudo-elements are not supported"),
        (RULE + 'body = ["p"]\n', "rules.toml:4: [sites] body: must be a text between quotes"),
        (RULE.replace('[".ad"]', '".ad"'), "rules.toml:3: [sites] drop: must be a list of texts"),
        (RULE.replace(".ad", "..ad"), "rules.toml:3: [sites] drop: '..ad': is not a CSS selector"),
        (RULE + 'timezone = "Asia/Djakarta"\n', "rules.toml:4: [sites] timezone: 'Asia/Djakarta' is no IANA zone name"),
        (
            RULE + 'all_pages = "?page=all"\n',
            "rules.toml:4: [sites] all_pages: '?page=all': must be a query without question mark",
        ),
        (RULE + 'samples = ["a.json"]\n', "rules.toml:4: [sites] samples: 'a.json': must be an HTML file"),
        (RULE.replace("a.example", "https://a.example/"), "[sites] host: 'https://a.example/': must be a bare host name"),
        ('[[sites]]\ndrop = [".ad"]\n', "rules.toml:1: [sites]: a host is missing"),
        (
            '[[sites]]\nhost = "a.example"\n',
            "rules.toml:1: [sites]: the rule for 'a.example' says nothing; give one of timezone,",
        ),
        (RULE + RULE.replace("a.ex", "A.ex"), "rules.toml:5: [sites] host: 'a.example' has a rule already, at "),
        ("sites = 3\n", "rules.toml: [[sites]]: must be tables"),
        ("sites = [3]\n", "rules.toml: [[sites]]: must be tables"),
        (RULE + "[[site]]\n", "[top level] site: unknown key. Did you mean 'sites'? Allowed here: sites"),
        ("[settings]\n" + RULE, "[top level] settings: unknown key."),
        ("[[sites]\n", "rules.toml: is not valid TOML: "),
        (
            '[settings]\nrules = "no"\n' + SOURCES,
            "rules.toml:2: [settings] rules: there is no file or folder no. Give one as seen",
        ),
        ("[settings]\nrules = 3\n" + SOURCES, "rules.toml:2: [settings] rules: must be a text between quotes"),
    ],
)
def test_a_mistake_is_told_with_file_line_key_and_what_is_allowed(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, rules=text)
    with pytest.raises(ConfigError) as caught:
        load_sites(path)
    assert message in str(caught.value).replace(f"{tmp_path}/", "")


def test_a_mistake_in_sources_toml_is_told_when_that_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, sources=SOURCES + RULE + 'body = "div["\n')
    with pytest.raises(ConfigError, match=r"sources\.toml:7: \[sites\] body: 'div\[': is not a CSS selector"):
        load_sources(path)


def test_a_file_of_rules_names_no_further_ones(tmp_path: Path) -> None:
    path = write(tmp_path, sources=f'[settings]\nrules = "more.toml"\n{SOURCES}', more=f'[settings]\nrules = "more.toml"\n{RULE}')
    with pytest.raises(ConfigError, match=r"more\.toml: \[top level\] settings: unknown key"):
        load_sites(path)


def test_a_missing_file_and_an_empty_folder_are_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: there is no such file or folder"):
        load_sites(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=r"this folder holds no \.toml file"):
        load_sites(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'host = "\xe9"')
    with pytest.raises(ConfigError, match=r"is no UTF-8 text: .* Save it as UTF-8"):
        load_sites(tmp_path)
