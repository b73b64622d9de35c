"""The section as the publisher gives it."""

import json

import pytest

from transforms.masthead import Masthead, read_masthead
from transforms.section import read_section

TITLE = "Old bridge stays closed until spring"
HEADLINE = f"<h1>{TITLE}</h1>"


def script(node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


CRUMBS = script(
    {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"position": 1, "item": {"@id": "https://daily.example", "name": "Home"}},
            {"position": 2, "item": {"@id": "https://daily.example/world", "name": "World"}},
        ],
    }
)


@pytest.mark.parametrize(
    ("head", "body", "section"),
    [
        (script({"@type": "NewsArticle", "articleSection": ["World", "Asia"]}), "", "World"),
        ('<meta property="article:section" content="World">', "", "World"),
        (CRUMBS, "", "World"),
        (
            "",
            '<ul class="breadcrumb__wrap"><li><a href="/">Beranda</a></li><li><a href="/world">World</a></li><li>This</li></ul>',
            "World",
        ),
        ("", '<nav aria-label="Breadcrumb"><a href="/">Daily</a><a href="/world">World</a></nav>', "World"),
        ('<meta property="article:section" content="https://daily.example/world">', "", None),
        ('<meta property="article:section" content="The Daily"><meta name="section" content="World">', "", "World"),
        (
            "",
            f'<div class="breadcrumb"><a href="/">Start</a><a href="/world">World</a><a href="/x">{TITLE[:20]}</a></div>',
            "World",
        ),
        ("", f'<div class="breadcrumb"><a href="/x">{TITLE}</a></div>{HEADLINE}', None),
        ("", '<div><a href="/">Start</a> &gt; <span itemprop="articleSection">World</span></div>', "World"),
        ("", f'<ul class="remah"><li><a href="/">Beranda</a></li><li><a href="/w">World</a></li></ul>{HEADLINE}', "World"),
        ("", f'<div><a href="/">トップ</a> &gt; <a href="/w">世界</a></div>{HEADLINE}', "世界"),
        ("", f'<div><a href="/">Home</a>{"".join(f"<a href=/{n}>N{n}</a>" for n in range(9))}</div>{HEADLINE}', None),
        ("", f'<div><a href="/">The Daily</a> <a href="/w">World</a></div>{HEADLINE}', None),
        ("", f'<div><a href="/kategori" rel="category">World</a></div>{HEADLINE}', "World"),
        ("", f'<div><a href="/news">World</a></div>{HEADLINE}', "World"),
        ("", f'<div><a href="https://other.example/news">World</a></div>{HEADLINE}', None),
        ("", f'<div>More from <a href="/news">World</a></div>{HEADLINE}', None),
        ("", "", None),
    ],
    ids=[
        "json-ld",
        "meta",
        "declared trail",
        "trail by its class",
        "trail by its label",
        "an address is no section",
        "the outlet's name is no section",
        "the article's own step is passed over",
        "a trail of the article alone",
        "microdata",
        "trail by its shape",
        "trail by its shape in Japanese",
        "a menu is no trail",
        "a head of logo and section links is no trail",
        "link marked as category",
        "link to a folder that the page lies in",
        "link to another site",
        "a link inside a line is no kicker",
        "nothing",
    ],
)
def test_section(parse, head: str, body: str, section: str | None) -> None:
    parsed = parse(body + "<p>x</p>", head=head)
    assert read_section(parsed, lambda: read_masthead(parsed.tree, TITLE), TITLE, frozenset(("thedaily",))) == section


def test_the_page_is_not_searched_when_structured_data_names_a_section(parse):
    def masthead() -> Masthead:
        raise AssertionError("searched")

    parsed = parse("<p>x</p>", head='<meta property="article:section" content="World">')
    assert read_section(parsed, masthead, TITLE, frozenset()) == "World"
