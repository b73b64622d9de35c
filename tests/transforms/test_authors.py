"""Authors are the people that the page names; a house only where it names nobody else."""

import json

import pytest

from transforms.authors import read_authors
from transforms.masthead import read_masthead
from transforms.outlet import outlet_keys

TITLE = "Old bridge stays closed"
HEADLINE = f"<h1>{TITLE}</h1>"
STORY = "<p>" + "The old harbour bridge stays closed until spring, the city said on Monday morning. " * 4 + "</p>"
SITE = '<meta property="og:site_name" content="The Daily">'
PERSON = {"@type": "Person", "name": "Rina Wijaya"}


def ld(author: object, *more: object) -> str:
    graph = {"@graph": [{"@type": "NewsArticle", "author": author}, *more]}
    return f'<script type="application/ld+json">{json.dumps(graph)}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{content}">'


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        (ld("Rina Wijaya"), STORY, ("Rina Wijaya",)),
        (ld(PERSON), STORY, ("Rina Wijaya",)),
        (ld([PERSON, {"@type": "Person", "name": "Ali Omar"}]), STORY, ("Rina Wijaya", "Ali Omar")),
        (ld({"@type": "Person", "givenName": "Rina", "familyName": "Wijaya"}), STORY, ("Rina Wijaya",)),
        (ld({"@id": "#rina"}, {"@id": "#rina", **PERSON}), STORY, ("Rina Wijaya",)),
        (ld({"@type": "Person", "name": "Rina Wijaya und Ali Omar, dpa"}), STORY, ("Rina Wijaya", "Ali Omar")),
        (ld([PERSON, {"@type": "Person", "name": "RINA WIJAYA"}]), STORY, ("Rina Wijaya",)),
        (ld({"@type": "Organization", "name": "The Daily"}) + SITE, STORY, ("The Daily",)),
        (ld({"@type": "Person", "name": "dpa"}), STORY, ("dpa",)),
        (ld({"@type": "Organization", "name": "The Daily"}) + SITE + meta("author", "Rina Wijaya"), STORY, ("Rina Wijaya",)),
        (
            ld({"@type": "Organization", "name": "The Daily"}) + SITE,
            f"{HEADLINE}<div>By Rina Wijaya</div>{STORY}",
            ("Rina Wijaya",),
        ),
        (meta("author", "Rina Wijaya") + meta("author", "Ali Omar"), STORY, ("Rina Wijaya", "Ali Omar")),
        (meta("article:author", "https://social.example/daily") + meta("parsely-author", "Rina Wijaya"), STORY, ("Rina Wijaya",)),
        ("", f'<span itemprop="author" itemscope><b itemprop="name">Rina Wijaya</b></span>{STORY}', ("Rina Wijaya",)),
        ("", f"{HEADLINE}<div>Oleh: Rina Wijaya</div>{STORY}", ("Rina Wijaya",)),
        ("", f"{HEADLINE}<div>By</div><div>Rina Wijaya</div>{STORY}", ("Rina Wijaya",)),
        ("", f"{HEADLINE}<div><h6>Rina Wijaya</h6><p>Penulis</p><h6>Ali Omar</h6><p>Editor</p></div>{STORY}", ("Rina Wijaya",)),
        ("", f"{HEADLINE}<div><p>Penulis:</p><h6>Rina Wijaya</h6><p>Editor:</p><h6>Ali Omar</h6></div>{STORY}", ("Rina Wijaya",)),
        (
            "",
            f"{HEADLINE}<div><h6>Rina Wijaya</h6><h6>Ali Omar</h6><p>Penulis</p></div><h6>Eka Putri</h6><p>Editor</p>{STORY}",
            ("Rina Wijaya", "Ali Omar"),
        ),
        (
            "",
            f"{HEADLINE}<div><p>Penulis:</p><h6>Rina Wijaya</h6><h6>Ali Omar</h6></div><div><h6>Eka Putri</h6></div>{STORY}",
            ("Rina Wijaya", "Ali Omar"),
        ),
        (
            "",
            f"{HEADLINE}<div><h6>Rina Wijaya</h6><p>Penulis</p></div><div><h6>Ali Omar</h6><p>Penulis</p></div>{STORY}",
            ("Rina Wijaya", "Ali Omar"),
        ),
        ("", f"{HEADLINE}<div>17 April 2024</div><div>Rina Wijaya</div>{STORY}", ("Rina Wijaya",)),
        ("", f'{HEADLINE}<p>2024年4月17日</p><p class="writer"><span>山本花子</span></p>{STORY}', ("山本花子",)),
        ("", f"{HEADLINE}<p>2024年4月17日</p><p><span>印刷する</span></p>{STORY}", ()),
        ("", f"{HEADLINE}<div><p>A standfirst.</p><p>Rina Wijaya/Ali Omar</p>{STORY}</div>", ("Rina Wijaya", "Ali Omar")),
        ("", f"{HEADLINE}<div><h3>Rina Wijaya</h3>{STORY}</div>", ()),
        ("", f'{STORY}<a rel="author" href="/rina">Rina Wijaya</a>', ("Rina Wijaya",)),
        ("", f'{STORY}<aside><a rel="author" href="/rina">Rina Wijaya</a></aside>', ()),
        ("", f'{HEADLINE}<div class="authority">Port Authority</div>{STORY}', ()),
        ("", f"{HEADLINE}<p>By the river they sat and waited for the Bridge To Open.</p>{STORY}", ()),
        (meta("author", TITLE), f"{HEADLINE}{STORY}", ()),
    ],
    ids=[
        "json-ld string",
        "json-ld person",
        "json-ld people",
        "given and family name",
        "reference",
        "several in one name, with an agency",
        "the same person twice",
        "a house alone",
        "an agency alone",
        "a person in meta beats a house in json-ld",
        "a person in the byline beats a house in json-ld",
        "several metas",
        "a profile's address is no name",
        "microdata",
        "byline with a lead-in",
        "lead-in on a line of its own",
        "role below the name",
        "role above the name",
        "several names above their role",
        "several names below their role, not the next block's",
        "several roles",
        "name beside the date",
        "name in a line marked as byline, in Japanese",
        "a button's label beside the date",
        "names in a paragraph above the text",
        "a subhead above the text is no byline",
        "marked as author",
        "author of something else",
        "a class that only begins like author",
        "a sentence that begins like a byline",
        "the headline in the author's place",
    ],
)
def test_authors(parse, head: str, body: str, authors: tuple[str, ...]) -> None:
    parsed = parse(body, head=head)
    assert read_authors(parsed, lambda: read_masthead(parsed.tree, TITLE), TITLE, outlet_keys(parsed)) == authors


def test_the_page_is_not_searched_when_structured_data_names_a_person(parse):
    parsed = parse(STORY, head=ld(PERSON))

    def masthead() -> object:
        raise AssertionError("searched")

    assert read_authors(parsed, masthead, TITLE, frozenset()) == ("Rina Wijaya",)  # type: ignore[arg-type]
