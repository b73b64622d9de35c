"""Which page to fetch next, how many an article has, and what their bodies give together."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.bodyparts import BodyParts
from transforms.pageurls import ALL_PAGES, article_url, page_number, pages_among
from transforms.paging import declared_page_count, join_bodies, next_page_url
from transforms.records import RawPage
from transforms.siterules import SiteRule, SiteRules

STORY = "https://news.example/2026/03/harbour-bridge-opens"


@dataclass(frozen=True)
class Parsed:
    raw: RawPage


def page(*links: str, url: str = STORY) -> RawPage:
    return RawPage(url, ("<html><body><p>Text.</p>" + "".join(links) + "</body></html>").encode())


def link(href: str, label: str = "2", attributes: str = "") -> str:
    return f'<a class="pager" {attributes} href="{href}">{label}</a>'


@pytest.mark.parametrize(
    ("url", "number"),
    [
        (f"{STORY}?page=2", 2),
        (f"{STORY}?PAGE=2", 2),
        (f"{STORY}/2", 2),
        (f"{STORY}/2/", 2),
        (f"{STORY}/page/3", 3),
        (f"{STORY}/seite-4", 4),
        (f"{STORY}-halaman-2", 2),
        (f"{STORY}?page=all", ALL_PAGES),
        (f"{STORY}?onepage=true", ALL_PAGES),
        (f"{STORY}/komplettansicht", ALL_PAGES),
        (f"{STORY}-2", None),  # another article of the same title
        (f"{STORY}?page=2026", None),
        (f"{STORY}?page=2#comments", None),
        (f"{STORY}?slide=2", None),
        (f"{STORY}-again/2", None),
        (f"{STORY}?page=2&sort=new", None),
        ("https://other.example/2026/03/harbour-bridge-opens?page=2", None),
        ("http://[", None),
    ],
)
def test_page_numbers_are_read_from_urls_of_the_same_article_only(url, number):
    article = article_url(STORY)
    assert article is not None
    assert page_number(article, url) == number


def test_a_number_after_the_name_is_a_page_where_names_have_an_extension():
    article = article_url("https://news.example/bridge-opens.html")
    assert article is not None
    assert page_number(article, "https://news.example/bridge-opens-2.html") == 2


@pytest.mark.parametrize(("url", "number"), [(f"{STORY}?page=3", 3), (f"{STORY}/page/3", 3), (f"{STORY}?page=all", ALL_PAGES)])
def test_an_article_url_is_known_without_its_page(url, number):
    article, plain = article_url(url), article_url(STORY)
    assert article is not None
    assert plain is not None
    assert (article.stem, article.query, article.page) == (plain.stem, plain.query, number)


def test_a_url_that_is_none_is_no_article():
    assert [article_url(url) for url in ("mailto:a@news.example", "http://[", "")] == [None, None, None]


def test_the_page_with_all_is_preferred():
    assert next_page_url([page(link(f"{STORY}?page=2"), link(f"{STORY}?page=all", "Show All"))]) == f"{STORY}?page=all"


def test_further_pages_are_told_among_many_urls():
    page_2, word_3, whole, bare = f"{STORY}?page=2", f"{STORY}/page/3", f"{STORY}?page=all", f"{STORY}/4"
    other, named = "https://news.example/2026/03/another-story", "https://news.example/bridge.html"
    urls = [page_2, STORY, word_3, whole, bare, other, f"{other}-2", named, "https://news.example/bridge-2.html", "mailto:x"]
    urls += ["https://news.example/2026/03/02/lost?page=2", "https://m.news.example/2026/03/harbour-bridge-opens?page=2"]
    assert pages_among(urls) == {STORY: [page_2, word_3, whole, bare], named: ["https://news.example/bridge-2.html"]}
    assert pages_among([]) == {}


RULES = SiteRules((SiteRule("news.example", all_pages="view=full"),))
FULL = f"{STORY}?view=full"


def test_the_whole_article_as_a_rule_asks_for_it_comes_before_the_links():
    first = page(link(f"{STORY}?page=2"), link(f"{STORY}?page=all", "Show All"))
    assert next_page_url([first], RULES) == FULL
    assert next_page_url([first, page(url=FULL)], RULES) is None
    assert next_page_url([first, RawPage(FULL, b"")], RULES) == f"{STORY}?page=2"


def test_where_the_site_takes_no_notice_of_the_query_the_links_are_followed():
    first = page(link(f"{STORY}?page=2"))
    assert next_page_url([first, RawPage(FULL, first.body)], RULES) == f"{STORY}?page=2"


def test_an_article_without_links_to_further_pages_is_not_asked_for_twice():
    assert next_page_url([page()], RULES) is None
    assert next_page_url([], RULES) is None
    assert (
        next_page_url([page(link(f"{STORY}?page=2"))], SiteRules((SiteRule("other.example", all_pages="view=full"),)))
        == f"{STORY}?page=2"
    )


def test_an_article_that_was_found_whole_is_not_asked_for_again():
    assert next_page_url([page(link(f"{STORY}?page=2"), url=FULL)], RULES) is None


def test_a_label_tells_the_page_with_all_where_the_url_does_not():
    assert next_page_url([page(link("?view=long", "Alles auf einer Seite"))]) == f"{STORY}?view=long"


def test_when_the_page_with_all_could_not_be_had_the_numbers_are_followed():
    first = page(link(f"{STORY}?page=2"), link(f"{STORY}?page=3"), link(f"{STORY}?page=all", "Show All"))
    refused = RawPage(f"{STORY}?page=all", b"")
    second = page(link(STORY, "1"), link(f"{STORY}?page=3"), url=f"{STORY}?page=2")
    third = page(link(STORY, "1"), link(f"{STORY}?page=2"), url=f"{STORY}?page=3")
    assert next_page_url([first, refused]) == f"{STORY}?page=2"
    assert next_page_url([first, second]) == f"{STORY}?page=3"
    assert next_page_url([first, refused, second, third]) is None


def test_bare_numbers_in_the_path_are_followed_to_the_end():
    pages = [page(link(f"{STORY}/2", "Next", 'rel="next"'))]
    pages.append(page(link(STORY, "1"), link(f"{STORY}/3", "Next", 'rel="next"'), url=f"{STORY}/2"))
    assert [next_page_url(pages[:1]), next_page_url(pages)] == [f"{STORY}/2", f"{STORY}/3"]
    pages.append(page(link(STORY, "1"), link(f"{STORY}/2"), url=f"{STORY}/3"))
    assert next_page_url(pages) is None


def test_a_page_that_could_not_be_had_is_passed_over():
    first = page(link(f"{STORY}?page=2"), link(f"{STORY}?page=3"))
    assert next_page_url([first, RawPage(f"{STORY}?page=2", b"")]) == f"{STORY}?page=3"


def test_nothing_follows_the_page_with_all():
    whole = page(link(f"{STORY}?page=2"), url=f"{STORY}?page=all")
    assert next_page_url([page(link(f"{STORY}?page=all")), whole]) is None
    assert next_page_url([whole]) is None


def test_rel_next_counts_within_the_article():
    assert next_page_url([page(link(f"{STORY}?seq=2", "Next", 'rel="next"'))]) == f"{STORY}?seq=2"
    assert next_page_url([page(link("https://news.example/2026/03/another-story", "Next", 'rel="next"'))]) is None


def test_relative_links_and_entities_are_resolved():
    first = page(link("?a=1&amp;page=2"), url=f"{STORY}?a=1")
    assert next_page_url([first]) == f"{STORY}?a=1&page=2"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b'<a href="http://[">x</a>', b"<a href=", b'<a href="?page=2'])
def test_broken_pages_have_no_next_page_or_a_plain_one(body):
    assert next_page_url([RawPage(STORY, body)]) in (None, f"{STORY}?page=2")


def test_no_page_has_no_next_page():
    assert next_page_url([]) is None


@pytest.mark.parametrize(
    ("links", "count"),
    [
        ((), 1),
        ((link(f"{STORY}?page=2"), link(f"{STORY}?page=3"), link(f"{STORY}?page=all")), 3),
        ((link(f"{STORY}?page=2"), link(f"{STORY}?page=9", "Last")), 9),
        ((link(f"{STORY}/47"),), 1),
        ((link(f"{STORY}?page=all"),), 1),
    ],
)
def test_the_pager_declares_how_many_pages_there_are(links, count):
    assert declared_page_count(Parsed(page(*links))) == count


LONG = [f"This is paragraph number {number} of the article, long enough to be told from a subhead." for number in range(8)]


def test_pages_follow_each_other():
    first = BodyParts("Lead.", (LONG[0], LONG[1]), ("https://news.example/x",), "MINSK")
    second = BodyParts(None, (LONG[2],), ("https://news.example/y", "https://news.example/x"))
    assert join_bodies(first, [second]) == BodyParts(
        "Lead.", (LONG[0], LONG[1], LONG[2]), ("https://news.example/x", "https://news.example/y"), "MINSK"
    )


def test_a_page_that_holds_all_replaces_the_parts():
    whole = BodyParts(None, (LONG[0], "Subhead", LONG[1], LONG[2]))
    assert join_bodies(BodyParts(None, (LONG[0], "Subhead")), [whole]).paragraphs == whole.paragraphs


def test_a_paragraph_repeated_at_the_page_break_is_there_once():
    joined = join_bodies(BodyParts(None, tuple(LONG[:4])), [BodyParts(None, (LONG[3], LONG[4]))])
    assert joined.paragraphs == tuple(LONG[:5])


def test_an_introduction_repeated_on_every_page_is_there_once():
    pages = [BodyParts(None, (LONG[0], LONG[number], LONG[number + 1], LONG[number + 2])) for number in (1, 4)]
    assert join_bodies(pages[0], pages[1:]).paragraphs == tuple(LONG[:7])


def test_a_subhead_may_occur_on_two_pages():
    joined = join_bodies(BodyParts(None, (LONG[0], "Background", LONG[1])), [BodyParts(None, (LONG[2], "Background", LONG[3]))])
    assert joined.paragraphs == (LONG[0], "Background", LONG[1], LONG[2], "Background", LONG[3])


def test_a_lead_repeated_on_a_later_page_is_not_put_into_the_body():
    joined = join_bodies(BodyParts(LONG[0], (LONG[1],)), [BodyParts(None, (LONG[0], LONG[2]))])
    assert (joined.lead, joined.paragraphs) == (LONG[0], (LONG[1], LONG[2]))


bodies = st.lists(st.sampled_from([*LONG, "Yes.", "Background"]), max_size=8).map(lambda texts: BodyParts(None, tuple(texts)))


@given(bodies)
def test_joining_nothing_or_the_same_page_changes_nothing(body):
    assert join_bodies(body, []) == body
    distinct = BodyParts(None, tuple(dict.fromkeys(body.paragraphs)))
    assert join_bodies(distinct, [distinct]) == distinct


@given(bodies, st.lists(bodies, max_size=3))
def test_no_paragraph_is_lost_and_no_long_one_added_twice(first, rest):
    joined = join_bodies(first, rest).paragraphs
    assert set(joined) == {text for body in (first, *rest) for text in body.paragraphs}
    for text in LONG:
        assert joined.count(text) <= max(1, *(body.paragraphs.count(text) for body in (first, *rest)))
