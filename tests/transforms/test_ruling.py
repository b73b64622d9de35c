"""A site's rule at work: what it reads, and that a page which it does not fit is read as any other."""

from datetime import UTC, datetime

import pytest

from transforms.extract import ExtractSettings, extract_article
from transforms.records import Article, RawPage
from transforms.selectors import select, selector_problem
from transforms.siterules import SiteRule

URL = "https://echo.example/2026/harbour-wall"
TEXT = "The harbour wall held through the night, the harbour master said on Monday, and no boat was lost in the storm."
MORE = "Waves of six metres had been forecast. The town had put sandbags along the quay and closed the road to the lighthouse."
OFFER = "Join the club today and read every story of the quay for a penny a week, for ever and a day, wherever you may be."
ABOUT = "About the Echo: we have printed the news of the quay since 1899, every day but Sundays, and do so with pleasure."


def read(body: str, rule: SiteRule | None, *parts: str, head: str = "") -> tuple[Article, list[str]]:
    """The article, and the keys of the rule that found nothing."""
    missed: list[str] = []

    def page(text: str, number: int) -> RawPage:
        url = URL if number == 1 else f"{URL}?page={number}"
        markup = f"<html lang=en><head>{head}</head><body>{text}</body></html>"
        return RawPage(url, markup.encode(), content_type="text/html; charset=utf-8")

    pages = [page(text, number) for number, text in enumerate((body, *parts), 1)]
    found = extract_article(pages[0], pages[1:], settings=ExtractSettings(rule=rule), on_miss=missed.append)
    assert isinstance(found, Article)
    return found, missed


def paragraphs(article: Article) -> list[str]:
    return (article.body or "").split("\n\n")


STORY = f"<h1>Harbour wall holds</h1><div class=story><p>{TEXT}</p><div class=offer><p>{OFFER}</p></div><p>{MORE}</p></div>"


def test_dropped_elements_are_no_text() -> None:
    article, missed = read(STORY, SiteRule("echo.example", drop=(".offer", ".nowhere")))
    assert paragraphs(article) == [TEXT, MORE]
    assert missed == []  # what is dropped may be on some pages only


def test_dropping_cuts_what_stands_inside_and_never_the_page() -> None:
    article, _ = read(STORY, SiteRule("echo.example", drop=("html", "body", "//div[@class='offer']")))
    assert paragraphs(article) == [TEXT, MORE]


def test_the_body_is_what_the_rule_names_whatever_it_is_called() -> None:
    hidden = f'<h1>Harbour wall holds</h1><main><p>{ABOUT}</p><p>{ABOUT}</p></main><aside id="comments" class="promo ad">'
    body = f'{hidden}<div class="related newsletter"><p>{TEXT}</p><p>Hidden.</p><p>{MORE}</p></div></aside>'
    assert TEXT not in paragraphs(read(body, None)[0])
    article, missed = read(body, SiteRule("echo.example", body="#comments div"))
    assert paragraphs(article) == [TEXT, "Hidden.", MORE]
    assert missed == []


def test_text_in_inline_elements_is_found_too() -> None:
    body = f"<h1>Harbour wall holds</h1><p>{ABOUT}</p><div><span class=t>{TEXT}</span> Sign up! <span class=t>{MORE}</span></div>"
    assert paragraphs(read(body, SiteRule("echo.example", body="span.t"))[0]) == [TEXT, MORE]


def test_read_also_lines_and_credits_are_cut_from_what_the_rule_names() -> None:
    also = '<p>Read also: <a href="/2026/quay">The quay is closed until the summer, says the town</a></p>'
    article, _ = read(
        f"<h1>Harbour wall holds</h1><div class=story><p>{TEXT}</p>{also}<p>{MORE}</p></div>", SiteRule("e", body=".story")
    )
    assert paragraphs(article) == [TEXT, MORE]
    assert article.related_urls == ("https://echo.example/2026/quay",)


def test_the_standfirst_is_found_beside_what_the_rule_names() -> None:
    lead = "All boats are safe after the worst storm in nine years, and the lighthouse road opens again tomorrow."
    body = f'<h1>Harbour wall holds</h1><p class="standfirst">{lead}</p><div class=story><p>{TEXT}</p><p>{MORE}</p></div>'
    article, _ = read(body, SiteRule("echo.example", body=".story"))
    assert (article.lead, paragraphs(article)) == (lead, [TEXT, MORE])


def test_headline_names_and_time_are_read_where_the_rule_says() -> None:
    rule = SiteRule("e", timezone="Asia/Jakarta", title=".hed", authors=".who b, meta[name=second]", published=".when")
    body = (
        "<h1>From the quay</h1><div class=hed>Harbour  wall holds</div>"
        "<div class=who>Seen by <b>Rina Aldous</b>, <b>Rina Aldous</b></div>"
        f"<div class=when>Printed 2 March 2026, 09:30</div><p>{TEXT}</p><p>{MORE}</p>"
    )
    head = '<meta name="second" content="Tom Brek"><meta name="author" content="Jo Desk"><meta name="date" content="2026-03-01">'
    article, missed = read(body, rule, head=head)
    assert (article.title, article.authors, missed) == ("Harbour wall holds", ("Tom Brek", "Rina Aldous"), [])
    assert (article.published_at, article.published_utc_offset) == (datetime(2026, 3, 2, 2, 30, tzinfo=UTC), 420)
    assert (article.published_precision, article.published_from) == ("minute", "visible-text")


@pytest.mark.parametrize(
    ("element", "source"),
    [
        ('<b class="when" content="2026-03-02T09:30:00+07:00">x</b>', "meta"),
        ('<time class="when" datetime="2026-03-02T09:30:00+07:00">today</time>', "time-element"),
        ('<b class="when">2026-03-02T09:30:00+07:00</b>', "visible-text"),
    ],
)
def test_a_time_is_read_from_what_the_element_says_to_machines_first(element: str, source: str) -> None:
    article, _ = read(f"<h1>Harbour wall holds</h1>{element}<p>{TEXT}</p>", SiteRule("e", published=".when"))
    assert (article.published_at, article.published_from) == (datetime(2026, 3, 2, 2, 30, tzinfo=UTC), source)


@pytest.mark.parametrize("selector", [".nowhere", "//div[@class='nowhere']", ".empty"])
def test_a_page_that_the_rule_does_not_fit_is_read_as_any_other_and_told(selector: str) -> None:
    head = '<meta name="author" content="Rina Aldous"><meta name="date" content="2026-03-02T09:30:00Z">'
    rule = SiteRule("e", body=selector, title=selector, authors=selector, published=selector)
    body = f"{STORY}<div class=empty> <br></div>"
    article, missed = read(body, rule, head=head)
    assert article == read(body, None, head=head)[0]
    assert missed == ["title", "authors", "published", "body"]


def test_every_page_of_an_article_is_read_by_the_rule() -> None:
    second = f"<h1>Harbour wall holds</h1><div class=story><p>{MORE}</p></div><p>{ABOUT}</p>"
    first = f"<h1>Harbour wall holds</h1><div class=story><p>{TEXT}</p></div><p>{ABOUT}</p>"
    article, _ = read(first, SiteRule("echo.example", body=".story"), second)
    assert paragraphs(article) == [TEXT, MORE]


def test_the_page_that_a_rule_asks_for_stands_for_all() -> None:
    links = "".join(f'<a href="{URL}?page={number}">{number}</a>' for number in (2, 3))
    first = RawPage(URL, f"<h1>Harbour wall holds</h1><div><p>{TEXT}</p>{links}</div>".encode())
    whole = RawPage(f"{URL}?view=full", f"<h1>Harbour wall holds</h1><div><p>{TEXT}</p><p>{MORE}</p></div>".encode())
    settings = ExtractSettings(rule=SiteRule("echo.example", all_pages="view=full"))
    article = extract_article(first, [whole], settings=settings)
    assert isinstance(article, Article)
    assert (paragraphs(article), article.page_count, article.pages_missing) == ([TEXT, MORE], 3, 0)


def test_the_page_that_a_rule_asks_for_does_not_stand_for_all_if_it_says_no_more_than_the_first() -> None:
    first = RawPage(URL, f'<h1>Harbour wall holds</h1><div><p>{TEXT}</p><a href="{URL}?page=2">2</a></div>'.encode())
    settings = ExtractSettings(rule=SiteRule("echo.example", all_pages="view=full"))
    article = extract_article(first, [RawPage(f"{URL}?view=full", first.body)], settings=settings)
    assert isinstance(article, Article)
    assert (paragraphs(article), article.page_count, article.pages_missing) == ([TEXT], 1, 1)


def test_a_selector_is_css_or_xpath_by_its_beginning(parse) -> None:
    tree = parse("<p class=a>one</p><p id=b>two</p>").tree
    found = {text: [element.text for element in select(tree, text)] for text in ("P.a", "//p[2]", "(//p)[1]", "./body/p", "q")}
    assert found == {"P.a": ["one"], "//p[2]": ["two"], "(//p)[1]": ["one"], "./body/p": ["one", "two"], "q": []}
    assert [selector_problem(text) for text in found] == [None] * 5


def test_what_a_checked_selector_cannot_be_asked_of_a_page_is_nothing_found(parse) -> None:
    assert select(parse("<p title=x>one</p>").tree, "//p/@title") == []
