"""A page becomes a tree, or a rejection with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.page import ParsedPage, parse_page
from transforms.records import RawPage, Reason, Rejection

URL = "https://daily.example/news/bridge"


def page(body: bytes, content_type: str | None = "text/html") -> RawPage:
    return RawPage(URL, body, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "content_type", "reason", "detail"),
    [
        (b"", None, Reason.EMPTY_PAGE, "0 bytes, none but white space"),
        (b" \n\t ", None, Reason.EMPTY_PAGE, "4 bytes, none but white space"),
        (b"<!-- nothing -->", None, Reason.EMPTY_PAGE, "no element in 16 bytes: Document is empty"),
        (b"%PDF-1.7 ...", None, Reason.NOT_HTML, "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "text/html", Reason.NOT_HTML, "a PNG image"),
        (b'{"title": "x"}', "application/json; charset=utf-8", Reason.NOT_HTML, "served as application/json"),
        (b"plain words", None, Reason.NOT_HTML, "text without a single tag"),
        (b'<?xml version="1.0"?><rss version="2.0"></rss>', None, Reason.NOT_HTML, "XML of another kind: <rss>"),
        (b"a\x00b\x00\x00\x00c\x01" * 50, None, Reason.NOT_HTML, "binary data"),
        (b"<div>" * 300 + b"deep", None, Reason.TOO_DEEP, "elements nested more than 255 deep"),
    ],
)
def test_what_is_no_page_is_rejected_with_its_reason(body: bytes, content_type: str | None, reason: Reason, detail: str) -> None:
    assert parse_page(page(body, content_type)) == Rejection(URL, reason, detail)


def test_a_page_over_the_limit_is_rejected_unread() -> None:
    assert parse_page(page(b"<p>12345</p>"), max_bytes=10) == Rejection(URL, Reason.TOO_LARGE, "12 bytes; the limit is 10")


def test_structured_data_is_read_before_scripts_are_pruned() -> None:
    parsed = parse_page(
        page(
            b"""<html lang="id-ID"><head><title>Jembatan - Harian</title><meta property="og:title" content=" Jembatan  ditutup ">
            <link rel="canonical" href="/news/bridge"><script type="application/ld+json">{"@type": "NewsArticle", "headline": "J"}
            </script></head><body><svg><title>icon</title></svg><p>Teks<script>var x</script> lanjut</p><style>p{}</style>"""
        )
    )
    assert isinstance(parsed, ParsedPage)
    assert parsed.structured.nodes == ({"@type": "NewsArticle", "headline": "J"},)
    assert parsed.structured.meta == (("og:title", "Jembatan ditutup"),)
    assert parsed.structured.links == (("canonical", "/news/bridge"),)
    assert (parsed.structured.title, parsed.structured.html_language) == ("Jembatan - Harian", "id-ID")
    assert [element.tag for element in parsed.tree.find("body").iter()] == ["body", "p"]
    assert parsed.tree.find("body").text_content() == "Teks lanjut"


def test_a_declarative_shadow_root_is_part_of_the_page_and_other_templates_are_not() -> None:
    parsed = parse_page(
        page(b'<body><template shadowrootmode="open"><p>shown</p></template><template><p>not</p></template></body>')
    )
    assert isinstance(parsed, ParsedPage)
    assert parsed.tree.text_content() == "shown"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"\x00\x0b", ""),
        (b"&#11;&#012;&#1", ""),
        (b"&#x1F;&#X0c;&#xfffe;&#65535;", ""),
        ("\ufffe\uffff".encode(), ""),
        (b"&#9;&#10;&#13;", "\t\n\r"),
        (b"&#110;&#xb7;&#x1F3;", "n·ǳ"),
    ],
    ids=["bytes", "decimal references", "hexadecimal references", "non-characters", "white space stays", "others stay"],
)
def test_characters_that_xml_cannot_hold_are_dropped(written: bytes, read: str) -> None:
    parsed = parse_page(page(b"<p>one" + written + b"two</p>"))
    assert isinstance(parsed, ParsedPage)
    assert parsed.tree.text_content() == f"one{read}two"


def test_relative_links_are_relative_to_where_redirects_led() -> None:
    parsed = parse_page(RawPage("http://d.example/1", b"<p>x</p>", final_url="https://d.example/one"))
    assert isinstance(parsed, ParsedPage)
    assert parsed.url == "https://d.example/one"


@given(st.binary(max_size=400))
def test_any_bytes_give_a_page_or_a_rejection(body: bytes) -> None:
    assert isinstance(parse_page(page(body)), ParsedPage | Rejection)
