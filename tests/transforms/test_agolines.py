"""The line that says how long ago the article appeared is its own, and not that of a teaser or comment."""

from datetime import UTC, datetime

import pytest

from transforms.agolines import read_ago
from transforms.datewords import Reader
from transforms.masthead import read_masthead
from transforms.moments import DAY, MINUTE, Moment

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FIVE_MINUTES = Moment(datetime(2026, 3, 2, 9, 55), None, MINUTE)
THREE_DAYS = Moment(datetime(2026, 2, 27), None, DAY)
HEADLINE = "<h1>Old bridge stays closed</h1>"
PARAGRAPH = (
    "The old harbour bridge stays closed until spring, the city said on Monday morning, and the ferry sails twice an hour."
)
TEXT = f"<p>{PARAGRAPH} {PARAGRAPH}</p>"


def ago(parse, body: str) -> Moment | None:
    return read_ago(read_masthead(parse(body).tree, "Old bridge stays closed"), Reader(("en",)), NOW)


@pytest.mark.parametrize(
    "body",
    [
        f"{HEADLINE}<span>5 minutes ago</span>{TEXT}",
        f"<div>5 minutes ago</div>{HEADLINE}{TEXT}",
        f"{HEADLINE}<div class=by><a href=/rina>Rina Aldous</a> · <time>5 minutes ago</time> · 2 min read</div>{TEXT}",
        f"{HEADLINE}<ul><li>By <a href=/rina>Rina Aldous</a></li><li><a href=#p>5 minutes ago</a></li></ul>{TEXT}",
        f"{HEADLINE}<p>{PARAGRAPH}</p><div>5 minutes ago</div>{TEXT}",
        f"{HEADLINE}<p>Updated 2 minutes ago</p><p>5 minutes ago</p>{TEXT}",
        f"<section><header>{HEADLINE}</header><div class=meta>5 minutes ago</div>{TEXT}"
        "<a href=/x>All our stories of the bridge</a></section>",
        f"<article>{HEADLINE}<span class=t>5 minutes ago</span>{TEXT}</article>"
        "<ul><li><a href=/a>Ferry sails again after the storm</a> <span class=t>3 days ago</span></li></ul>",
    ],
    ids=[
        "below",
        "above",
        "byline",
        "list",
        "below the standfirst",
        "beside the update",
        "page with links",
        "teasers further on",
    ],
)
def test_the_articles_own_line_is_read(parse, body: str) -> None:
    assert ago(parse, body) == FIVE_MINUTES


TEASER = "<a href=/{0}>Ferry number {0} sails again after the storm</a>"


@pytest.mark.parametrize(
    "rest",
    [
        f"{TEXT}{TEXT}<p>3 days ago</p>",
        f"<p>{PARAGRAPH}</p><ul><li>{TEASER.format(1)} <span>3 days ago</span></li></ul>",
        f"<p>{PARAGRAPH}</p><div><h3>{TEASER.format(1)}</h3><div><div>3 days ago</div></div></div>",
        f"<p>{PARAGRAPH}</p><a href=/1><h3>Ferry sails</h3><div>3 days ago</div></a>",
        "<div>潮<div><a href=/1>港の古い橋、春まで通行止め</a><p>3 days ago</p></div></div>",
        "<div>Ferry sails<p class=t>3 days ago</p></div><div>Bus stops<p class=t>4 days ago</p></div>",
        "<div class=comments><div><b>Jo</b><p>3 days ago</p><p>About time.</p></div></div>",
        "<div class=related-box><p>3 days ago</p></div>",
        "<aside><p>3 days ago</p></aside>",
        "<p>Updated 3 days ago</p>",
        "<p>It was closed 3 days ago.</p>",
        f"<p>{PARAGRAPH[:60]} 3 days ago, as the mayor and the council had wished</p>",
    ],
    ids=[
        "below the text", "teaser", "teaser in boxes", "teaser in a link", "teaser in Japanese", "cards without links", "comment",
        "related", "aside", "update", "sentence", "long line",
    ],
)  # fmt: skip
def test_a_line_that_is_not_the_articles_is_passed_over(parse, rest: str) -> None:
    assert ago(parse, f"<main>{HEADLINE}{rest}</main>") is None


def test_without_a_headline_there_is_no_such_line(parse) -> None:
    assert ago(parse, f"<p>3 days ago</p>{TEXT}") is None
