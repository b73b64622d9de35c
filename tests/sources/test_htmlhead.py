"""The meta elements of a head, read without a parser."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.htmlhead import Meta, read_metas, refresh_url

NAMES = frozenset({"robots", "refresh"})


@pytest.mark.parametrize(
    ("markup", "metas"),
    [
        ('<meta name="robots" content="noindex">', [("robots", "noindex")]),
        ("<META NAME=Robots CONTENT=noindex />", [("robots", "noindex")]),
        ("<meta content='noindex, nofollow'\n name='robots'>", [("robots", "noindex, nofollow")]),
        ('<meta http-equiv="Refresh" content="0; url=/a?x=1&amp;y=2">', [("refresh", "0; url=/a?x=1&y=2")]),
        ('<meta name="description" content="a > b: robots"><meta name=robots content=all>', [("robots", "all")]),
        ('<meta name="robots" content="a"><meta name="robots" content="b">', [("robots", "a"), ("robots", "b")]),
        ('<meta name="robots" content="café">', [("robots", "café")]),
        ('<!-- <meta name="robots" content="noindex"> --><meta name="robots" content="all">', [("robots", "all")]),
        ('<script>\'<meta name="robots" content="noindex">\'</script>', []),
        ('<style>/* </head> */</style><meta name="robots" content="all">', [("robots", "all")]),
        ('<noscript><meta http-equiv="refresh" content="0;url=/nojs"></noscript>', []),
        ('<template><meta name="robots" content="noindex"></template>', []),
        ('<title>The <meta name="robots" content="noindex"> tag explained</title>', []),
        ('</head><meta name="robots" content="noindex">', []),
        ('<body class="x"><meta name="robots" content="noindex">', []),
        ('<meta name="robots">', []),
        ('<meta name="robots" content="">', []),
        ('<meta name="robots" content="noindex', []),
        ("<metadata name=robots content=noindex>", []),
    ],
)
def test_what_a_head_says_to_robots(markup: str, metas: list[tuple[str, str]]) -> None:
    # Of UTF-16 only ASCII is read: no value that counts holds anything else.
    for encoding in ("utf-8", "utf-16") if markup.isascii() else ("utf-8",):
        page = f"<!doctype html><html><head><meta charset=x>{markup}".encode(encoding)
        assert read_metas(page, NAMES) == tuple(Meta(name, content) for name, content in metas)


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0; url=/next", "/next"),
        ("0;URL='https://b.example/x'", "https://b.example/x"),
        ('5; url="next"', "next"),
        ("0.5; url=next", "next"),
        ("0, url=next", "next"),
        (" ;url=next", "next"),
        ("0 /next", "/next"),
        ("0;next?url=3", "next?url=3"),
        ("6; url=/next", None),
        ("300", None),
        ("0", None),
        ("0;", None),
        ("0; url=", None),
        ("0; url=/here", None),
        ("0; url=http://a.example/here#top", None),
        ("soon; url=/next", None),
        ("0; url=http://[x", "http://[x"),
    ],
)
def test_only_a_refresh_to_elsewhere_and_at_once_is_a_redirect(content: str, target: str | None) -> None:
    assert refresh_url((Meta("refresh", content),), "http://a.example/here") == target


@given(
    st.lists(
        st.sampled_from(
            [
                b"<meta ",
                b"<!--",
                b"-->",
                b"<script>",
                b"</script",
                b'"',
                b"'",
                b">",
                b"name=robots",
                b"content=x",
                b"\x00",
                b"\xff",
            ]
        )
    )
)
def test_any_bytes_give_metas_or_none(pieces: list[bytes]) -> None:
    assert all(meta.name in NAMES and meta.content for meta in read_metas(b"".join(pieces), NAMES))


@pytest.mark.parametrize(
    "piece", [b'<meta "', b"<meta '\"", b"<!--", b"<script", b"<meta a=b ", b'<meta ""', b"<meta name=robots "]
)
def test_a_head_made_to_take_for_ever_does_not(piece: bytes) -> None:
    began = time.process_time()
    assert read_metas(piece * (512 * 1024 // len(piece)), NAMES) == ()
    assert time.process_time() - began < 10  # measured: 0.03 s; with backtracking it would be minutes
