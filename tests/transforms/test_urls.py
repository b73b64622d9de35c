"""One article has one URL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.urls import canonicalise, country_of, is_http_url, site_of


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("http://daily.example", "http://daily.example/"),
        ("HTTP://WWW.Daily.Example:80/News/One#top", "http://www.daily.example/News/One"),
        ("https://daily.example:443/a", "https://daily.example/a"),
        ("https://daily.example:8443/a", "https://daily.example:8443/a"),
        ("https://user:secret@daily.example/a", "https://daily.example/a"),
        ("https://daily.example/a?utm_source=x&b=2&a=1&fbclid=z", "https://daily.example/a?a=1&b=2"),
        ("https://daily.example/article.php?id=17&cid=4&ref=rss", "https://daily.example/article.php?cid=4&id=17"),
        ("https://daily.example/a//b/../c/./d/", "https://daily.example/a/c/d/"),
        ("https://daily.example/caf\u00e9 bar/%7euser/%2f", "https://daily.example/caf%C3%A9%20bar/~user/%2F"),
        ("https://daily.example/100%", "https://daily.example/100%25"),
        ("https://b\u00fccher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://daily.example/news/one/amp", "https://daily.example/news/one"),
        ("https://daily.example/amp/news/one", "https://daily.example/news/one"),
        ("https://daily.example/news/one.amp.html", "https://daily.example/news/one.html"),
        ("https://daily.example/news/one?amp=1", "https://daily.example/news/one"),
        ("https://amp.daily.com/news/one", "https://www.daily.com/news/one"),
        ("https://daily-com.cdn.ampproject.org/c/s/www.daily.com/news/one", "https://www.daily.com/news/one"),
        ("https://www.google.com/amp/s/www.daily.com/news/one/amp/", "https://www.daily.com/news/one/"),
        ("https://daily.example/news/one?page=2", "https://daily.example/news/one"),
        ("https://daily.example/news/one?page=all", "https://daily.example/news/one"),
        ("https://daily.example/news/one/page/3", "https://daily.example/news/one"),
        ("https://daily.example/artikel/seite-2/", "https://daily.example/artikel/"),
        ("https://daily.example/?p=12", "https://daily.example/?p=12"),
        ("https://daily.example/blog?p=1234", "https://daily.example/blog?p=1234"),
        ("https://daily.example/series/part-2", "https://daily.example/series/part-2"),
        ("https://daily.example/a;jsessionid=0A1B?x=", "https://daily.example/a?x="),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/a"),
        ("http://[::1]:8000/a", "http://[::1]:8000/a"),
        (" mailto:desk@daily.example ", "mailto:desk@daily.example"),
        ("http://[", "http://["),
    ],
)
def test_spellings_of_one_url_are_made_one(url: str, canonical: str) -> None:
    assert canonicalise(url) == canonical


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("https://daily.example.com/news/one", "https://daily.example.com/news/one"),
        ("/news/one", "https://m.example.com/news/one"),
        ("https://daily.example.com/news/one?page=2", "https://daily.example.com/news/one"),
        ("https://agency.example.org/news/one", "https://m.example.com/n/1"),
        ("https://daily.example.com/", "https://m.example.com/n/1"),
        ("javascript:void(0)", "https://m.example.com/n/1"),
        ("http://[", "https://m.example.com/n/1"),
        ("", "https://m.example.com/n/1"),
    ],
    ids=["same site", "relative", "page number", "another site", "front page", "no URL", "malformed", "empty"],
)
def test_rel_canonical_is_followed_only_within_the_site(link: str, canonical: str) -> None:
    assert canonicalise("https://m.example.com/n/1?utm_medium=x", canonical_link=link) == canonical


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.gazette.example/global/read/1", "gazette.example"),
        ("https://news.gazette.co.uk/1", "gazette.co.uk"),
        ("https://someone.blogspot.com/1", "someone.blogspot.com"),
        ("http://outlet.localhost:8080/a", "outlet.localhost"),
        ("http://www.outlet.localhost/a", "outlet.localhost"),
        ("http://localhost/a", "localhost"),
        ("http://192.0.2.7:80/a", "192.0.2.7"),
        ("http://[2001:db8::1]/a", "2001:db8::1"),
        ("http://a.b.unknowntld/", "b.unknowntld"),
        ("ftp://daily.example/", ""),
        ("nonsense", ""),
    ],
)
def test_the_site_is_the_registrable_domain(url: str, site: str) -> None:
    assert site_of(url) == site


@pytest.mark.parametrize(
    ("url", "country"), [("https://www.daily.co.uk/", "uk"), ("https://daily.com/", "com"), ("http://[", ""), ("x", "")]
)
def test_the_country_is_the_last_label(url: str, country: str) -> None:
    assert country_of(url) == country


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://daily.example/a", True),
        ("http://127.0.0.1:8000/", True),
        ("//daily.example/a", False),
        ("/a", False),
        ("ftp://daily.example/a", False),
        ("http://", False),
        ("http://daily.example:port/", False),
        ("http://daily.example/a b", False),
        ("javascript:alert(1)", False),
    ],
)
def test_only_absolute_http_urls_count(url: str, is_one: bool) -> None:
    assert is_http_url(url) is is_one


PATHS = st.text("abAB12%/.;=-_~ \u00e9?&#+", max_size=30)
QUERIES = st.text("abp=&%12+amp;age\u00e9", max_size=30)


@given(PATHS, QUERIES)
def test_canonicalising_twice_changes_nothing(path: str, query: str) -> None:
    once = canonicalise(f"https://www.daily.com/{path}?{query}")
    assert canonicalise(once) == once
    assert is_http_url(once)


@given(st.text(max_size=60), st.none() | st.text(max_size=60))
def test_any_text_is_canonicalised_without_error(url: str, link: str | None) -> None:
    assert isinstance(canonicalise(url, canonical_link=link), str)
    assert isinstance(site_of(url), str)


@pytest.mark.parametrize("query", ["storyid=4711", "docid=9", "post_id=12", "cid=2", "aid=3", "id=8&option=com_content&view=one"])
def test_a_key_that_may_name_the_article_stays(query: str) -> None:
    assert canonicalise(f"https://harian.example/a?{query}") == f"https://harian.example/a?{query}"
