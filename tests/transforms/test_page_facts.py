"""The smaller fields of the row: outlet, image, paywall, words."""

import json

import pytest

from transforms.access import read_is_free
from transforms.outlet import name_keys, outlet_keys, outlet_name
from transforms.picture import read_image_url
from transforms.spaces import letters, plain, spaced_text, squeeze
from transforms.words import count_words


def script(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ('<meta property="og:site_name" content="The Daily"><meta name="application-name" content="App">', "The Daily"),
        (script(publisher={"@type": "Organization", "name": "The Daily"}), "The Daily"),
        ('<script type="application/ld+json">{"@type": "WebSite", "name": "The Daily"}</script>', "The Daily"),
        ('<meta name="application-name" content="The Daily">', "The Daily"),
        ("", None),
    ],
)
def test_outlet_name(parse, head: str, name: str | None) -> None:
    assert outlet_name(parse("<p>x</p>", head=head)) == name


def test_outlet_keys_hold_names_handle_and_domain(parse):
    head = '<meta property="og:site_name" content="The Daily"><meta name="twitter:site" content="@thedailynews">'
    assert outlet_keys(parse("<p>x</p>", head=head, url="https://www.daily.com/x")) == {
        "thedaily",
        "thedailynews",
        "dailycom",
        "daily",
    }


@pytest.mark.parametrize(
    ("head", "keys"),
    [('<meta property="og:site_name" content="Northtown Post">', {"northtownpost"}), ("", {"northtowncom", "northtown"})],
)
def test_the_domain_counts_as_name_only_where_the_page_gives_none(parse, head: str, keys: set[str]) -> None:
    assert name_keys(parse("<p>x</p>", head=head, url="https://www.northtown.com/x")) == keys


@pytest.mark.parametrize(
    ("head", "image"),
    [
        ('<meta property="og:image" content="/i/bridge.jpg">', "https://daily.example/i/bridge.jpg"),
        (
            '<meta property="og:image" content="data:x"><meta name="twitter:image" content="https://i.example/b.jpg">',
            "https://i.example/b.jpg",
        ),
        (script(image=[{"@type": "ImageObject", "url": "https://i.example/b.jpg"}]), "https://i.example/b.jpg"),
        ('<link rel="image_src" href="//i.example/b.jpg">', "https://i.example/b.jpg"),
        ('<meta property="og:image" content="http://[">', None),
    ],
)
def test_image_url_is_absolute(parse, head: str, image: str | None) -> None:
    assert read_image_url(parse("<p>x</p>", head=head)) == image


@pytest.mark.parametrize(
    ("head", "is_free"),
    [
        (script(isAccessibleForFree=True), True),
        (script(isAccessibleForFree="False"), False),
        (script(isAccessibleForFree="http://schema.org/False"), False),
        ('<meta property="article:content_tier" content="metered">', True),
        ('<meta property="article:content_tier" content="locked">', False),
        (script(isAccessibleForFree="perhaps"), None),
        ("", None),
    ],
)
def test_is_free(parse, head: str, is_free: bool | None) -> None:
    assert read_is_free(parse("<p>x</p>", head=head)) is is_free


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sekitar 200.000 orang", 3),
        ("don't read-also this", 3),
        ("橋は閉鎖", 4),
        ("ปิดสะพาน", 8),
        ("", 0),
        (None, 0),
        ("— … !", 0),
    ],
)
def test_count_words(text: str | None, words: int) -> None:
    assert count_words(text) == words


def test_white_space_and_invisible_characters_are_evened_out(parse):
    assert squeeze(" a\u00a0 b\n\u200bc\u00ad ") == "a b c"
    assert squeeze("می\u200cخواهم") == "می\u200cخواهم"
    assert plain("Q&amp;amp;A <b>now</b>") == "Q&A now"
    assert letters("Q&A: „Brücke“ – zu?") == "qabrückezu"
    heading = parse("<h1><span>Demo</span><span>Der</span> Juli<b>!</b></h1>").tree.find(".//h1")
    assert spaced_text(heading) == "Demo Der Juli!"
