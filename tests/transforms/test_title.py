"""The title is the headline that the reader sees."""

import json

import pytest

from transforms.outlet import outlet_keys
from transforms.records import Hints
from transforms.title import read_title

HEADLINE = "Old harbour bridge stays closed until spring"
PAGE_3 = "Why the paper dropped its Page 3"
SEARCH = "Harbour bridge closure: all you need to know"
TEXT = "<p>" + "The old harbour bridge stays closed until spring, the city said on Monday morning. " * 3 + "</p>"


def ld(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


def og(title: str) -> str:
    return f'<meta property="og:title" content="{title}">'


def title_of(parse, body: str, head: str = "", **fields: object) -> str | None:
    parsed = parse(body, head=head, **fields)
    return read_title(parsed, outlet_keys(parsed))


@pytest.mark.parametrize(
    ("body", "head", "title"),
    [
        (f"<h1>{HEADLINE}</h1>{TEXT}", "", HEADLINE),
        (f"<h1>{HEADLINE}</h1>{TEXT}", f"<title>{HEADLINE} | The Daily</title>", HEADLINE),
        (TEXT, f'<title>{HEADLINE} | The Daily</title><meta property="og:site_name" content="The Daily">', HEADLINE),
        (TEXT, og(f"{HEADLINE} - The Daily") + '<meta property="og:site_name" content="The Daily">', HEADLINE),
        (TEXT, og(f"The Daily: {HEADLINE}") + '<meta property="og:site_name" content="The Daily">', HEADLINE),
        (TEXT, og(f"{HEADLINE} - The Daily") + '<meta property="og:site_name" content="The Daily Media Group">', HEADLINE),
        (TEXT, og(f"Harbour: {HEADLINE}"), f"Harbour: {HEADLINE}"),
        (TEXT, og(f"{HEADLINE} | Politics | Daily News") + '<meta property="og:site_name" content="Daily">', HEADLINE),
        (TEXT, f"<title>{HEADLINE} Halaman 2 - Harian</title>", HEADLINE),
        (TEXT, f"<title>{HEADLINE} - Seite 2 von 3 - Zeitung</title>", HEADLINE),
        (f"<h1>The Daily</h1><h1>{HEADLINE}</h1>{TEXT}", '<meta property="og:site_name" content="The Daily">', HEADLINE),
        (
            "<h1>Why the paper dropped its Page 3</h1>" + TEXT,
            ld(headline="Why the paper dropped its Page 3"),
            "Why the paper dropped its Page 3",
        ),
        (f"<h1>Log in</h1><h1>{HEADLINE}</h1>{TEXT}", og(HEADLINE), HEADLINE),
        (f"<h1>{HEADLINE}</h1>{TEXT}", ld(headline="Bridge closed"), HEADLINE),
        (f"<h1>{HEADLINE}</h1>{TEXT}", ld(headline=HEADLINE) + og("Share me!"), HEADLINE),
        (f"<h1>{SEARCH}</h1><h2>{HEADLINE}</h2>{TEXT}", ld(headline=SEARCH) + og(HEADLINE), HEADLINE),
        (f"<h1>{HEADLINE}</h1><h2><a href='/x'>{SEARCH}</a></h2>{TEXT}", ld(headline=HEADLINE) + og(SEARCH), HEADLINE),
        (f"<h1><span>Harbour</span><span>{HEADLINE}</span></h1>{TEXT}", ld(headline=HEADLINE), HEADLINE),
        (f"<h1>{HEADLINE}</h1>{TEXT}", ld(headline="Old harbour bridge stays closed..."), HEADLINE),
        (f"<h1>The old harbour bridge stays closed for repairs</h1>{TEXT}", og(HEADLINE), HEADLINE),
        (f"<h1>{HEADLINE}</h1>{TEXT}", og("Share this bridge with a friend"), HEADLINE),
        (TEXT, ld(headline=HEADLINE), HEADLINE),
        (TEXT, og("Q&amp;amp;A: the bridge"), "Q&A: the bridge"),
        (TEXT, "", None),
    ],
    ids=[
        "h1",
        "h1 and tab",
        "tab without site name",
        "share title without site name",
        "site name before the headline",
        "site called after its paper",
        "what is not the site's name stays",
        "section before the site name",
        "page number in Indonesian",
        "page number in German",
        "logo as h1",
        "page number that is the headline's own",
        "several h1",
        "json-ld that is nowhere on the page is vetoed",
        "confirmed json-ld beats the share title",
        "h1 for search engines beside the visible h2",
        "a linked heading is another article's",
        "kicker inside the heading",
        "headline cut for search engines",
        "share title in much the words of the h1",
        "share title in other words",
        "json-ld alone",
        "escaped twice",
        "nothing",
    ],
)
def test_title(parse, body: str, head: str, title: str | None) -> None:
    assert title_of(parse, body, head) == title


def test_the_feed_gives_the_title_that_the_page_lacks(parse):
    assert title_of(parse, TEXT, hints=Hints(title=HEADLINE)) == HEADLINE


@pytest.mark.timeout(5)
@pytest.mark.parametrize("filling", ["| - ", "word ", "_", ": "])
def test_a_tag_that_is_never_closed_is_no_title_and_takes_no_time(parse, filling: str) -> None:
    endless = filling * 100_000
    assert title_of(parse, f"<h1>{HEADLINE}</h1>{TEXT}<h1>{endless}</h1>", f"<title>{endless}</title>{og(endless)}") == HEADLINE
