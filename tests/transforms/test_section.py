"""Section and tags as the publisher gives them."""

import json

import pytest

from transforms.section import read_section, read_tags


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
        ("", "", None),
    ],
)
def test_section(parse, head: str, body: str, section: str | None) -> None:
    assert read_section(parse(body + "<p>x</p>", head=head), frozenset(("thedaily",))) == section


@pytest.mark.parametrize(
    ("head", "tags"),
    [
        ('<meta property="article:tag" content="Bridge"><meta property="article:tag" content="Harbour">', ("Bridge", "Harbour")),
        ('<meta name="keywords" content="bridge, Harbour; BRIDGE,, city">', ("bridge", "Harbour", "city")),
        ('<meta name="keywords" content="everything"><meta property="article:tag" content="Bridge">', ("Bridge",)),
        (script({"@type": "NewsArticle", "keywords": ["Bridge", "Harbour, City"]}), ("Bridge", "Harbour", "City")),
        ("", ()),
    ],
)
def test_tags(parse, head: str, tags: tuple[str, ...]) -> None:
    assert read_tags(parse("<p>x</p>", head=head)) == tags
