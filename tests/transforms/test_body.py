"""The article's text of a page, whole: one hand-made page for each way in which pages mix other things into it."""

import json
from pathlib import Path

import pytest

from transforms.body import extract_body
from transforms.bodyparts import BodyParts
from transforms.edges import Known
from transforms.page import ParsedPage, parse_page
from transforms.paging import declared_page_count, join_bodies, next_page_url
from transforms.records import RawPage

URL = "https://news.example/2026/03/harbour-bridge"
TITLE = "Harbour bridge opens after nine years"
ONE = "The harbour bridge opened on Monday morning after nine years of work, and the first to cross were those who built it."
TWO = "Traffic on the old crossing fell by half within a day, the port authority said, although the toll is higher than promised."
THREE = "Shops along the river expect more customers in the summer, when the ferry that used to bring them will no longer run."
FOUR = "The mayor said that the city would now turn to the station, whose roof has been leaking since the storms of last winter."
STORY = (ONE, TWO, THREE, FOUR)


def extract(content: str, *, head: str = "", authors: tuple[str, ...] = (), title: str = TITLE) -> BodyParts:
    html = f"<!DOCTYPE html><html lang='en'><head><title>{title}</title>{head}</head><body>{content}</body></html>"
    parsed = parse_page(RawPage(URL, html.encode(), content_type="text/html; charset=utf-8"))
    assert isinstance(parsed, ParsedPage)
    return extract_body(parsed, Known(title, authors, authors))


def article(*parts: str, above: str = "", below: str = "") -> str:
    paragraphs = "".join(part if part.startswith("<") else f"<p>{part}</p>" for part in parts)
    return f"<main><article><h1>{TITLE}</h1>{above}<div class='article-body'>{paragraphs}</div>{below}</article></main>"


def test_plain_paragraphs():
    assert extract(article(*STORY)) == BodyParts(None, STORY)


def test_a_page_without_text_has_no_body():
    assert extract("<h1>Harbour bridge</h1><nav><a href='/'>Home</a></nav>") == BodyParts()
    assert extract("") == BodyParts()


def test_subheads_lists_and_quotes_are_kept_in_order():
    parts = extract(
        article(
            ONE,
            "<h2>What it cost</h2>",
            TWO,
            f"<ul><li>Steel: 41 million</li><li>{THREE}</li></ul>",
            f"<blockquote>{FOUR}</blockquote>",
            ONE + " Again.",
        )
    )
    assert parts.paragraphs == (ONE, "What it cost", TWO, "Steel: 41 million", THREE, FOUR, ONE + " Again.")


def test_read_also_lines_go_to_the_related_urls():
    parts = extract(
        article(
            ONE,
            "<p><strong>Baca juga: <a href='/2026/02/toll'>Why the toll was raised in the end</a></strong></p>",
            TWO,
            "<p><a href='https://news.example/2026/01/ferry?x=1#top'>READ MORE: The last ferry leaves the harbour</a></p>",
            THREE,
            "<h3>More on this story</h3><ul><li><a href='/a1'>Station roof to be mended by summer</a></li>"
            "<li><a href='/a2'>Port counts its losses after the storms</a></li></ul>",
            FOUR,
        )
    )
    assert parts == BodyParts(
        None,
        STORY,
        (
            "https://news.example/2026/02/toll",
            "https://news.example/2026/01/ferry?x=1#top",
            "https://news.example/a1",
            "https://news.example/a2",
        ),
    )


def test_a_paragraph_that_links_stays():
    linked = "The builders, <a href='/x'>who had been on strike</a> in the spring, finished the railings only on Sunday night."
    whole = "<p><a href='/y'>Its span of 412 metres makes it the longest bridge in the region.</a></p>"
    parts = extract(article(ONE, linked, whole, TWO, THREE))
    assert parts == BodyParts(
        None,
        (
            ONE,
            "The builders, who had been on strike in the spring, finished the railings only on Sunday night.",
            "Its span of 412 metres makes it the longest bridge in the region.",
            TWO,
            THREE,
        ),
    )


@pytest.mark.parametrize(
    "box",
    [
        "<div class='ad-slot'><p>Read without advertisements. <a href='/plus'>Join the club</a></p></div>",
        "<div class='newsletter-signup'><h3>Morning letter</h3><p>All that matters, every day of the week.</p></div>",
        "<aside><p>The bridge in figures: 412 metres long, 31 metres wide, nine years in the making, three mayors.</p></aside>",
        "<div class='share-bar'><p>Share this article with your friends</p><button>Copy</button></div>",
        "<div class='infobox'><h4>Background</h4><p>A first bridge was planned in 1931 and given up when the war came.</p></div>",
        "<div class='c-teaser'><h4><a href='/t'>Toll</a></h4><p>What it will cost commuters, and who is spared.</p></div>",
        "<figure><img src='b.jpg'><figcaption>The bridge seen from the north. Photo: A. Example</figcaption></figure>",
        "<div class='image-legend'>The bridge seen from the north, on the day before it was opened to the public</div>",
        "<p>Photo: Agency / A. Example</p>",
        "<div>Advertisement</div>",
        "<p><em><a href='/letter'>Sign up for our newsletter</a> and miss nothing that happens in the harbour.</em></p>",
        "<form><p>Log in to follow this subject and be told of all that is new.</p><input></form>",
        "<div hidden><p>A text for machines only that no reader of the page has ever seen, in full length.</p></div>",
        "<div class='video-player'><p>This video cannot be played in your browser, please try another one.</p></div>",
    ],
)
def test_boxes_and_prompts_inside_the_text_are_cut(box):
    assert extract(article(ONE, TWO, box, THREE, FOUR)).paragraphs == STORY


@pytest.mark.parametrize(
    "below",
    [
        "<div class='author-box'><p>Ada Example writes about ports, bridges and the people in between, since 2011.</p></div>",
        "<section class='comments'><h2>Comments</h2><p>I have crossed it and it shakes in the wind, does it not?</p></section>",
        "<div class='related'><h3>Related</h3><p>The last ferry leaves, and with it a hundred years of history.</p></div>",
        "<ul class='tags'><li><a href='/t/bridge'>Bridge</a></li></ul>",
        "<footer><p>Printed in the harbour since 1911. All rights reserved by the publisher of this newspaper.</p></footer>",
        "<h2>You may also like</h2><div><p><a href='/z'>Storm closes the port for the third time</a></p></div>",
    ],
)
def test_what_stands_below_the_text_is_cut(below):
    assert extract(article(*STORY, below=below)).paragraphs == STORY


@pytest.mark.parametrize(
    "tail",
    [
        "<p><em>Ada Example is our correspondent in the harbour.</em></p>",
        "<p>Reporting by Ada Example; editing by Bo Sample</p>",
        "<p>(aex)</p>",
        "<p>a.example@news.example</p>",
        "<p>a.example@news.example (END)</p>",
        "<p><em>Cy Pattern is a reporter on the harbour desk and the author of several books on bridges.</em></p>",
        "<p>___</p><p>Bo Sample contributed to this report.</p>",
        "<h3>Read more</h3>",
        "<p>Follow us <a href='/s'>on Example Social</a> for more.</p>",
    ],
)
def test_what_trails_inside_the_text_is_cut(tail):
    assert extract(article(*STORY, tail), authors=("Ada Example",)).paragraphs == STORY


def test_a_text_may_end_with_what_its_outlet_did():
    last = "Reached by the Harbour Examiner on Tuesday, the engineer hung up when he was told that he spoke to a reporter."
    parsed = parse_page(
        RawPage("https://news.example/a", f"<html><body>{article(*STORY, f'<p>{last}</p>')}</body></html>".encode())
    )
    assert isinstance(parsed, ParsedPage)
    assert extract_body(parsed, Known(TITLE, ("Harbour Examiner",))).paragraphs == (*STORY, last)


def test_an_authors_name_above_most_of_the_text_begins_no_box():
    content = f"<p>{ONE}</p><h4>Ada Example</h4><p>{TWO}</p><p>{THREE}</p>"
    assert extract(article(content), authors=("Ada Example",)).paragraphs == (ONE, TWO, THREE)


def test_a_last_paragraph_in_which_the_author_acts_is_text():
    last = "Ada Example watched the first lorry cross, and asked the driver what he thought of the new bridge in the harbour."
    assert extract(article(*STORY, f"<p>{last}</p>"), authors=("Ada Example",)).paragraphs == (*STORY, last)


@pytest.mark.parametrize(
    "head", ["<p>By Ada Example</p>", "<p>Ada Example</p>", "<p>2 March 2026, 13:30</p>", f"<h2>{TITLE}</h2>"]
)
def test_echoes_of_headline_byline_and_date_above_the_text_are_cut(head):
    assert extract(article(head, *STORY), authors=("Ada Example",)) == BodyParts(None, STORY)


def test_the_standfirst_is_the_lead_and_not_in_the_body():
    lead = "Nine years late and twice as dear as planned, the crossing changes how the city moves."
    expected = BodyParts(lead, STORY)
    assert extract(article(*STORY, above=f"<p class='article__standfirst'>{lead}</p>")) == expected
    assert extract(article(*STORY, above=f"<h2>{lead}</h2><p>By Ada Example</p>")) == expected
    assert extract(article(f"<div class='intro'><p>{lead}</p></div>", *STORY)) == expected


def test_the_description_for_machines_confirms_a_lead_and_is_none_by_itself():
    lead = "Nine years late and dear, it opens"
    head = f"<meta property='og:description' content='{lead}'>"
    assert extract(article(*STORY, above=f"<div>{lead}</div>"), head=head) == BodyParts(lead, STORY)
    assert extract(article(*STORY), head=head) == BodyParts(None, STORY)


def test_a_first_paragraph_in_bold_beside_the_others_is_body():
    first = f"<p class='intro'><b>{ONE}</b></p>"
    assert extract(article(first, TWO, THREE, FOUR)) == BodyParts(None, STORY)


def test_a_caption_above_the_text_is_no_lead():
    above = "<div class='photo'><p>The bridge seen from the north, on the day before it was opened to the public.</p></div>"
    assert extract(article(*STORY, above=above)) == BodyParts(None, STORY)


def test_text_in_sibling_containers_is_put_together():
    sections = "".join(f"<div class='chunk'><p>{text}</p><p>{text} So it was.</p></div><div class='gap'></div>" for text in STORY)
    parts = extract(f"<article><h1>{TITLE}</h1>{sections}</article>")
    assert parts.paragraphs == tuple(text for one in STORY for text in (one, f"{one} So it was."))


def test_text_outside_any_paragraph_element_is_kept():
    loose = f"<main><h1>{TITLE}</h1><div id='story'>{ONE}<br><br>{TWO}<p>{THREE}</p>{FOUR}</div></main>"
    assert extract(loose).paragraphs == STORY


def test_line_breaks_join_words_with_a_space_and_inline_tags_do_not():
    parts = extract(
        article(
            "The <b>har</b>bour<br>bridge opened on Monday&nbsp;morning, so\u00adme said, a<i>&#x200b;</i>t dawn, at last.",
            TWO,
            THREE,
        )
    )
    assert parts.paragraphs[0] == "The harbour bridge opened on Monday morning, some said, at dawn, at last."


@pytest.mark.parametrize(
    ("first", "dateline"),
    [
        ("MINSK, EXAMPLE.com - The council met on Monday to talk about the bridge and its toll.", "MINSK"),
        ("HONOLULU, Hawaii (Example News) - The council met on Monday to talk about the bridge and its toll.", "HONOLULU"),
        ("Berlin (dpa) - The council met on Monday to talk about the bridge and its toll in the city.", "Berlin"),
        ("NEW YORK — The council met on Monday to talk about the bridge and its toll in the city.", "NEW YORK"),
        ("The council met - on Monday - to talk about the bridge and its toll in the city centre.", None),
        ("Nobody (or so they say) - not even the mayor - wanted to talk about the bridge and its toll.", "Nobody"),
    ],
)
def test_the_dateline_is_named_and_stays_in_its_paragraph(first, dateline):
    parts = extract(article(first, TWO, THREE, FOUR))
    assert (parts.dateline, parts.paragraphs[0]) == (dateline, first)


def test_json_ld_that_has_the_whole_text_speaks_against_a_nameless_box():
    text = (*STORY, *(f"{paragraph} So it was." for paragraph in STORY))
    head = f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{" ".join(text)}"}}</script>'
    box = "<section class='x9'><p class='k2'>Three mayors had promised to open it, and none lived to see it done.</p></section>"
    assert extract(article(*text[:3], box, *text[3:]), head=head).paragraphs == text


def machine_text(text: str, **more: object) -> str:
    node = {"@type": "NewsArticle", "articleBody": text, **more}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def test_json_ld_stands_in_where_a_script_would_have_written_the_text():
    shell = f"<main><h1>{TITLE}</h1><div id='app'>Loading</div></main>"
    assert extract(shell, head=machine_text("\n".join(STORY))) == BodyParts(None, STORY)
    assert extract(shell, head=machine_text("".join(f"<p>{text}</p>" for text in STORY))) == BodyParts(None, STORY)


def test_json_ld_does_not_fill_up_what_is_not_free_to_read():
    head = machine_text("\n".join(STORY * 2), isAccessibleForFree=False)
    assert extract(article(ONE), head=head) == BodyParts(None, (ONE,))


def test_a_body_wrapped_in_a_form_or_in_a_badly_named_element_is_not_lost():
    assert extract(f"<form id='aspnet'>{article(*STORY)}</form>").paragraphs == STORY
    assert extract(f"<div class='social-page sponsored'>{article(*STORY)}</div>").paragraphs == STORY


def test_elements_and_attributes_with_impossible_names_do_no_harm():
    odd = f"""<di"v x<y='1' class='a&#11;b' "><weird:tag =x>{article(*STORY)}</weird:tag></div>"""
    assert extract(odd).paragraphs == STORY


def test_deep_nesting_and_broken_markup_do_no_harm():
    deep = "<div>" * 150 + article(*STORY) + "</div>" * 150
    assert extract(deep).paragraphs == STORY
    assert extract(article(*STORY).replace("</p>", "").replace("</div>", "")).paragraphs[:3] == STORY[:3]


KOMPAS = Path(__file__).resolve().parents[3] / "shared" / "cases" / "kompas"


@pytest.mark.skipif(not KOMPAS.is_dir(), reason="the sample article is not beside this checkout")
@pytest.mark.parametrize("name", ["page-1.html", "page-1-bare.html"])
def test_an_indonesian_article_on_two_pages(name):
    expected = json.loads((KOMPAS / "expected.json").read_text(encoding="utf-8"))
    raws = [
        RawPage(expected["url"], (KOMPAS / name).read_bytes()),
        RawPage(f"{expected['url']}?page=2", (KOMPAS / "page-2.html").read_bytes()),
    ]
    parsed = [page for raw in raws if isinstance(page := parse_page(raw), ParsedPage)]
    assert next_page_url(raws[:1]) == f"{expected['url']}?page=all"
    assert next_page_url([raws[0], RawPage(f"{expected['url']}?page=all", b"")]) == f"{expected['url']}?page=2"
    assert declared_page_count(parsed[0]) == 2
    bodies = [extract_body(page, Known(expected["title"], expected["authors"], expected["authors"])) for page in parsed]
    joined = join_bodies(bodies[0], bodies[1:])
    assert joined == BodyParts(
        None,
        (*expected["paragraphs_page_1"], *expected["paragraphs_page_2"]),
        (
            "https://www.kompas.com/global/read/2020/08/17/1004/x",
            "https://www.kompas.com/global/read/2020/08/17/1009/x",
            "https://www.kompas.com/global/read/2020/08/17/1014/x",
        ),
        "MINSK",
    )
    assert [text for text in expected["must_not_contain"] if text in joined.text] == []


def test_a_gallery_of_captions_has_no_body() -> None:
    shots = "".join(
        f'<div class="photo"><img src="{n}.jpg"><div class="photo-text">People queue for the night ferry at pier {n}.</div></div>'
        for n in range(3)
    )
    assert extract(f"<h1>In pictures</h1><div>{shots}</div>", title="In pictures") == BodyParts()
