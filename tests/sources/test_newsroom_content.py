"""The newsroom's files: what the article language can say, what is refused, and that the content is as varied as it claims."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sources.config import load_sources
from sources.newsroom.blocks import read_pages
from sources.newsroom.content import DAYS, load_newsroom, newsroom_root
from transforms.errors import ConfigError

STORIES = load_newsroom().stories
FIRST_VERSIONS = list({(story.outlet.name, story.slug): story for story in reversed(STORIES)}.values())


@pytest.mark.parametrize(
    ("line", "kind", "html", "plain"),
    [
        ("Plain & simple", "text", "Plain &amp; simple", "Plain & simple"),
        ("Two\nlines", "text", "Two lines", "Two lines"),
        ("A *bit* of **weight**", "text", "A <em>bit</em> of <strong>weight</strong>", "A bit of weight"),
        ("See [the <map>](http://a.localhost/?x=1&y)", "text", "", "See the <map>"),
        ("## Below", "heading", "Below", "Below"),
        ("- one", "item", "one", "one"),
        ("> said", "quote", "said", "said"),
        ("@photo Sea. | A. Name", "photo", "Sea.", "Sea."),
    ],
)
def test_a_line_becomes_one_block_with_its_text_as_markup_and_as_read(line: str, kind: str, html: str, plain: str) -> None:
    html = html or 'See <a href="http://a.localhost/?x=1&amp;y">the &lt;map&gt;</a>'
    ((block,),) = read_pages(line, where="x.md")
    assert (block.kind, str(block.html), block.plain) == (kind, html, plain)


def test_pages_are_split_and_what_is_behind_the_paywall_is_dropped() -> None:
    pages = read_pages("one\n\n@page\n\ntwo\n\n@ad\n\n@paywall\n\nthree", where="x.md")
    assert [[block.kind for block in page] for page in pages] == [["text"], ["text", "ad", "paywall"]]


@pytest.mark.parametrize("line", ["@advert", "@ad here", "@read_also", "@photo no credit"])
def test_an_at_line_that_is_not_known_is_refused_with_file_and_line(line: str) -> None:
    with pytest.raises(ConfigError, match=rf"x\.md: cannot read '{line}'"):
        read_pages(line, where="x.md")


def _small_newsroom(root: Path, head: str = "", text: str = "Words.") -> Path:
    (root / "articles" / "here").mkdir(parents=True)
    (root / "site.toml").write_text(
        "[outlets.here]\nsite_name='Here'\nlanguage='en'\ntimezone='UTC'\narticle_path='/{slug}'\nfound_in=['rss']\n"
        "feeds=[{name='rss', path='/rss', kind='rss'}]\n"
    )
    front = f"title='T'\nsection='S'\npublished=2026-03-01T00:00:00Z\n{head}"
    (root / "articles" / "here" / "a.md").write_text(f"+++\n{front}\n+++\n{text}\n")
    return root


@pytest.mark.parametrize(
    ("head", "text", "message"),
    [
        ("colour='red'", "Words.", r"a\.md: .*colour"),
        ("title=", "Words.", r"a\.md: Invalid value"),
        ("", "@read_also nowhere", r"articles/here/a: no story 'nowhere'"),
    ],
)
def test_a_mistake_in_an_article_file_names_the_file(tmp_path: Path, head: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_newsroom(_small_newsroom(tmp_path, head, text))


def test_a_mistake_in_site_toml_names_the_outlet(tmp_path: Path) -> None:
    root = _small_newsroom(tmp_path)
    (root / "site.toml").write_text("[outlets.here]\nsite_name='Here'\n")
    with pytest.raises(ConfigError, match=r"site\.toml: outlets\.here"):
        load_newsroom(root)


def test_there_are_enough_articles_of_the_promised_kinds() -> None:
    per_outlet = Counter(story.outlet.name for story in FIRST_VERSIONS)
    assert min(per_outlet.values()) >= 10
    assert sum(per_outlet.values()) >= 64
    assert {story.outlet.language for story in STORIES} == {"id", "en", "de", "ja"}
    assert {story.paging for story in STORIES if len(story.pages) > 1} == {"numbered", "next", "all"}
    assert {story.structured for story in STORIES} == {"none", "object", "graph", "list", "broken"}
    assert {story.charset for story in STORIES} == {"utf-8", "windows-1252", "shift_jis", "euc-jp"}


def test_articles_are_long_enough_to_be_news() -> None:
    bodies = {story.slug: [block.plain for block in story.content] for story in STORIES if story.content}
    assert {slug: len(paragraphs) for slug, paragraphs in bodies.items() if not 3 <= len(paragraphs) <= 10} == {}
    assert {slug: len(body) for slug, paragraphs in bodies.items() if len(body := "".join(paragraphs)) < 200} == {}


@pytest.mark.parametrize(
    ("one", "other"), [("kapal-riset-teluk-sindu", "kapal-riset-karang-dalam"), ("ferry-rescue-wire", "ferry-night-aground")]
)
def test_a_wire_story_is_the_same_on_both_outlets_under_two_titles(one: str, other: str) -> None:
    first, second = (next(story for story in STORIES if story.slug == slug) for slug in (one, other))
    assert [block.plain for block in first.content] == [block.plain for block in second.content]
    assert first.outlet != second.outlet
    assert first.title != second.title


def test_datelines_open_their_bodies() -> None:
    opened = {story.dateline: story.content[0].plain for story in STORIES if story.dateline}
    assert len(opened) >= 4
    assert [text for place, text in opened.items() if not text.startswith(place)] == []


def test_times_are_no_more_exact_than_the_pages_show_them() -> None:
    """A second that only the file knows would be a truth that no reader can find."""
    shown_by_minute = [s for s in STORIES if s.date_shown == "full" and (s.structured == "none" or not s.outlet.has_seconds)]
    assert [story.slug for story in shown_by_minute if story.published.second] == []
    shown_by_second = [s for s in STORIES if s.date_shown == "full" and s not in shown_by_minute]
    assert [story.slug for story in shown_by_second if not story.published.second] == []


def test_times_are_in_the_time_of_the_outlet() -> None:
    local = {story.slug: story.published.astimezone(ZoneInfo(story.outlet.timezone)).utcoffset() for story in STORIES}
    assert {story.slug: story.published.utcoffset() for story in STORIES} == local
    assert max(story.published for story in STORIES) - min(story.published for story in STORIES) > timedelta(days=180)


def test_the_sources_file_asks_for_what_the_site_publishes() -> None:
    outlets = {outlet.name: outlet for outlet in load_newsroom().outlets}
    config = load_sources(newsroom_root() / "sources.toml")
    assert [source.name for source in config.sources] == list(outlets)
    for source in config.sources:
        outlet = outlets[source.name]
        asked = [outlet.root + feed.path for feed in outlet.feeds if not feed.within]
        assert [*source.feeds, *source.sitemaps, *source.lists] == asked
        assert tuple(pattern.pattern for pattern in source.exclude) == outlet.excluded
        assert (source.timezone, source.languages) == (outlet.timezone, (outlet.language,))


def test_the_two_days_follow_each_other() -> None:
    assert DAYS[1] - DAYS[0] == timedelta(days=1)
