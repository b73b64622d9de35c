"""Keywords as the publisher gives them."""

import json

import pytest

from transforms.tags import read_tags


def script(node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


@pytest.mark.parametrize(
    ("head", "body", "tags"),
    [
        ('<meta property="article:tag" content="Bridge"><meta property="article:tag" content="Port">', "", ("Bridge", "Port")),
        ('<meta name="keywords" content="bridge, Harbour; BRIDGE,, city">', "", ("bridge", "Harbour", "city")),
        ('<meta name="keywords" content="everything"><meta property="article:tag" content="Bridge">', "", ("Bridge",)),
        (script({"@type": "NewsArticle", "keywords": ["Bridge", "Harbour, City"]}), "", ("Bridge", "Harbour", "City")),
        (
            "",
            '<ul><li>Tag</li><li><a rel="tag" href="/1">bridge</a></li><li><a rel="tag" href="/2">city</a></li></ul>',
            ("bridge", "city"),
        ),
        ("", '<p>Tag: <a rel="tag" href="/1">bridge</a></p>', ("bridge",)),
        (
            "",
            '<p><a rel="tag" href="/w">World</a></p><p><a rel="tag" href="/1">bridge</a> <a rel="tag" href="/2">city</a></p>',
            ("bridge", "city"),
        ),
        ("", '<a rel="category tag" href="/world">World</a>', ()),
        ('<meta name="keywords" content="everything">', '<a rel="tag" href="/1">bridge</a>', ("bridge",)),
        (
            "",
            '<a href="/1"><b itemprop="keywords">Brücke</b></a> <a href="/2"><b itemprop="keywords">Stadt</b></a>',
            ("Brücke", "Stadt"),
        ),
        ("", '<div>Schlagwörter: <a href="/1">Brücke</a>, <a href="/2">Stadt</a></div>', ("Brücke", "Stadt")),
        (
            "",
            '<div><h4>Topics</h4><ul><li><a href="/1">bridge</a></li><li><a href="/2">city</a></li></ul></div>',
            ("bridge", "city"),
        ),
        ("", '<div>キーワード：<a href="/1">橋</a></div>', ("橋",)),
        ("", f'<h4>Topics</h4><ul><li><a href="/1">{"A headline " * 5}</a></li></ul>', ()),
        ("", "", ()),
    ],
    ids=[
        "meta",
        "keywords meta",
        "article:tag beats the keywords meta",
        "json-ld",
        "links marked as tags",
        "one link marked as tag",
        "the longest list of tags",
        "a category is no tag",
        "visible tags beat the keywords meta",
        "microdata",
        "list after a label",
        "list below a label",
        "label in Japanese",
        "headlines below a label",
        "nothing",
    ],
)
def test_tags(parse, head: str, body: str, tags: tuple[str, ...]) -> None:
    assert read_tags(parse(f"{body}<p>x</p>", head=head)) == tags
