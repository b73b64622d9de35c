"""Captures of one article's pages are one article; what no link leads to stays its own."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sources.joining import join_captures
from sources.records import Answer, Fetched
from sources.warc import WarcWriter, scan
from transforms.paging import next_page_url
from transforms.records import Candidate, Reason
from transforms.siterules import SiteRule, SiteRules

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
STORY = "https://news.example/2026/harbour-bridge-opens"
OTHER = "https://news.example/2026/another-story"


def archived(path: Path, pages: dict[str, str]) -> list[Fetched]:
    """Pages as links: url -> the hrefs on it, each in a sentence."""
    with WarcWriter(path) as archive:
        for url, hrefs in pages.items():
            body = "".join(f'<p>Text. <a href="{href}">on</a></p>' for href in hrefs.split()) or "<p>Text.</p>"
            answer = Answer(
                url=url, final_url=url, fetched_at=AT, status=200, headers=(("Content-Type", "text/html"),), body=body.encode()
            )
            archive.write(answer, Candidate(url, "s", "feed", AT))
    return list(scan(path, source="s", now=lambda: AT))


def outcome(found: list[Fetched]) -> dict[str, tuple[Reason | None, int, str | None]]:
    return {item.candidate.url: (item.reason, len(item.parts), item.detail) for item in found}


def test_pages_that_the_article_links_to_are_its_parts_in_order(tmp_path: Path) -> None:
    pages = {f"{STORY}?page=3": STORY, STORY: f"?page=2 {STORY}?page=3", OTHER: STORY, f"{STORY}?page=2": f"{STORY}?page=3"}
    found = archived(tmp_path / "a.warc.gz", pages)
    joined = join_captures(found, next_page_url)
    part = (Reason.SAME_ARTICLE, 0, f"a page of {STORY}")
    assert outcome(joined) == {f"{STORY}?page=3": part, STORY: (None, 2, None), OTHER: (None, 0, None), f"{STORY}?page=2": part}
    assert joined[1].parts == (found[3].warc, found[0].warc)


def test_a_page_that_the_archive_lacks_is_passed_over(tmp_path: Path) -> None:
    pages = {STORY: f"?page=2 ?page=3 {STORY}?page=all", f"{STORY}?page=3": STORY}
    joined = join_captures(archived(tmp_path / "a.warc.gz", pages), next_page_url)
    assert outcome(joined) == {STORY: (None, 1, None), f"{STORY}?page=3": (Reason.SAME_ARTICLE, 0, f"a page of {STORY}")}


def test_numbered_pages_beside_the_whole_article_are_not_articles(tmp_path: Path) -> None:
    pages = {STORY: f"?page=2 {STORY}?page=all", f"{STORY}?page=2": "", f"{STORY}?page=all": ""}
    found = archived(tmp_path / "a.warc.gz", pages)
    joined = join_captures(found, next_page_url)
    assert joined[0].parts == (found[2].warc,)
    part = (Reason.SAME_ARTICLE, 0, f"a page of {STORY}")
    assert outcome(joined) == {STORY: (None, 1, None), f"{STORY}?page=2": part, f"{STORY}?page=all": part}


def test_what_no_link_leads_to_stays_an_article_of_its_own(tmp_path: Path) -> None:
    found = archived(tmp_path / "a.warc.gz", {STORY: OTHER, f"{STORY}/2": STORY, f"{STORY}?page=2": STORY})
    assert join_captures(found, next_page_url) == found


def test_a_sites_rule_says_where_the_whole_article_is(tmp_path: Path) -> None:
    rules = SiteRules((SiteRule("news.example", all_pages="view=long"),))
    pages = {STORY: "?page=2", f"{STORY}?page=2": "", f"{STORY}?view=long": "x"}
    found = archived(tmp_path / "a.warc.gz", pages)
    joined = join_captures(found, partial(next_page_url, rules=rules))
    assert joined[0].parts == (found[2].warc,)


def test_an_archive_that_cannot_be_read_back_joins_nothing(tmp_path: Path) -> None:
    found = archived(tmp_path / "a.warc.gz", {STORY: "?page=2", f"{STORY}?page=2": ""})
    (tmp_path / "a.warc.gz").unlink()
    assert join_captures(found, next_page_url) == found
