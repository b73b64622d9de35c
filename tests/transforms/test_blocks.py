"""A tree as a flat list of blocks, without what is never text."""

import pytest
from lxml.html import HtmlElement, document_fromstring, tostring

from transforms.blocks import text_blocks
from transforms.prune import is_noise, names_box, names_heading, names_lead, names_picture, names_related


def tree(content: str) -> HtmlElement:
    body = document_fromstring(f"<html><body>{content}</body></html>").find("body")
    assert body is not None
    return body


def blocks(content: str) -> list[tuple[str, str, int, int]]:
    found, _ = text_blocks(tree(content))
    return [(block.tag, block.text, block.linked, block.emphasised) for block in found]


def test_blocks_come_in_document_order_with_their_element():
    content = "Loose<div>One <p>Two</p> three<ul><li>Four</li><li>Five <b>six</b></li></ul></div>tail"
    assert [(tag, text) for tag, text, *_ in blocks(content)] == [
        ("body", "Loose"),
        ("div", "One"),
        ("p", "Two"),
        ("div", "three"),
        ("li", "Four"),
        ("li", "Five six"),
        ("body", "tail"),
    ]


def test_links_and_emphasis_are_measured_in_characters():
    assert blocks("<p>See <a href='/x'>the <b>bridge</b></a> now</p>") == [("p", "See the bridge now", 9, 6)]


def test_two_line_breaks_end_a_paragraph_and_one_does_not():
    assert [text for _, text, *_ in blocks("<p>One<br>two<br>\n<br>three</p>")] == ["One two", "three"]


def test_noise_leaves_list_and_tree_but_what_follows_it_stays():
    body = tree("<p>One</p><div class='share-bar'>Share</div> two<nav>Home</nav><p>three</p>" + "<p>long</p>" * 9)
    found, _ = text_blocks(body)
    assert [block.text for block in found][:3] == ["One", "two", "three"]
    assert b"Share" not in tostring(body)


def test_the_links_of_a_related_box_are_reported_with_their_place():
    body = tree(
        "<p>One</p><div class='related-links'><a href='/a'>Another story</a><a href='/b'>Short</a></div>" + "<p>long</p>" * 9
    )
    _, links = text_blocks(body)
    assert [(link.parent, link.position, link.hrefs) for link in links] == [(body, 1, ("/a",))]


@pytest.mark.parametrize(
    ("mark_up", "expected"),
    [
        ("<nav>x</nav>", True),
        ("<div class='article__share-bar'>x</div>", True),
        ("<div class='articleShareBar'>x</div>", True),
        ("<div id='disqus_comments'>x</div>", True),
        ("<div class='read-more-box'>x</div>", True),
        ("<div role='navigation'>x</div>", True),
        ("<div style='color:red; display: none'>x</div>", True),
        ("<span class='sr-only'>x</span>", True),
        ("<div aria-hidden='true'>x</div>", True),
        ("<p aria-hidden='true'>x</p>", False),
        ("<div class='has-related-links'>x</div>", False),
        ("<div class='newsletter-page'>x</div>", False),
        ("<div class='md:hidden w-[calc(100%-ads)]'>x</div>", False),
        ("<div class='shared-content download'>x</div>", False),
        ("<article class='sponsored'>x</article>", False),
        ("<h2 id='comments-on-the-budget'>x</h2>", False),
        ("<div class='social-header'><h1>x</h1></div>", False),
        ("<p>x</p>", False),
    ],
)
def test_an_element_is_noise_by_tag_role_visibility_and_the_words_of_its_names(mark_up, expected):
    element = tree(mark_up)[0]
    assert is_noise(element, page_length=1_000) is expected


def test_a_badly_named_element_around_much_of_the_page_is_no_noise():
    element = tree("<div class='comments'>" + "x" * 400 + "</div>")[0]
    assert is_noise(element, page_length=1_000) is False
    assert is_noise(element, page_length=2_000) is True


@pytest.mark.parametrize(
    ("judge", "yes", "no"),
    [
        (
            names_box,
            ["c-infobox", "FactBox", "inline_teaser", "wp-block-embed", "article-image"],
            ["boxing-news", "has-embed", "text"],
        ),
        (names_picture, ["article__photo", "imgCaption"], ["photosynthesis-text", "text"]),
        (names_heading, ["pf_subheadline", "Crosshead"], ["article-title", "text"]),
        (names_lead, ["article__lead", "sub-title", "c-intro"], ["leading-tight", "leader-board", "text"]),
        (names_related, ["related-articles", "readMore", "read-more"], ["correlated", "text"]),
    ],
)
def test_names_are_judged_by_whole_words(judge, yes, no):
    assert ([name for name in yes if not judge(name)], [name for name in no if judge(name)]) == ([], [])
