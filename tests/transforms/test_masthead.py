"""The lines around the headline, as the reader sees them."""

from transforms.masthead import read_masthead

HEADLINE = "<h1>Old bridge stays closed</h1>"
LONG = "The old harbour bridge stays closed until spring, the city said on Monday morning. " * 4


def texts(parse, body: str) -> tuple[list[str], list[str]]:
    masthead = read_masthead(parse(body).tree, "Old bridge stays closed")
    return [line.text for line in masthead.before], [line.text for line in masthead.after]


def test_lines_end_at_blocks_and_not_at_links(parse):
    body = f'<div>City</div>{HEADLINE}<div><a href="/">Daily</a> - 17/04/2024</div><ul><li>By <b>Rina</b></li><li>Share</li></ul>'
    assert texts(parse, body) == (["City"], ["Daily - 17/04/2024", "By Rina", "Share"])


def test_navigation_and_asides_are_passed_over(parse):
    body = f"<nav>Home</nav>{HEADLINE}<aside>Advertisement</aside>by Rina<footer>Imprint</footer>"
    assert texts(parse, body) == ([], ["by Rina"])


def test_lines_end_where_the_text_has_begun(parse):
    body = f"{HEADLINE}<p>By Rina</p>" + f"<p>{LONG}</p><p>short</p>" * 3
    assert texts(parse, body) == ([], ["By Rina", " ".join(LONG.split()), "short", " ".join(LONG.split()), "short"])


def test_lines_in_order_of_trust(parse):
    masthead = read_masthead(parse(f"<p>far</p><p>near</p>{HEADLINE}<p>below</p>").tree, None)
    assert [line.text for line in masthead.lines] == ["below", "near", "far"]


def test_without_a_heading_there_are_no_lines(parse):
    assert texts(parse, "<p>By Rina</p>") == ([], [])


def test_a_trails_last_step_is_no_headline(parse):
    trail = "<ul><li><a href='/'>Home</a></li><li><h1>Bridge: old bridge stays closed</h1></li></ul>"
    body = f"<div>{trail}</div><div><h2>Old bridge stays closed</h2><p>By Rina</p></div>"
    masthead = read_masthead(parse(body).tree, "Old bridge stays closed")
    assert masthead.heading is not None
    assert masthead.heading.tag == "h2"
    assert [line.text for line in masthead.after] == ["By Rina"]
