"""Bytes become the text that the page's author wrote, whatever was declared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.charset import decode

GERMAN = "<html><head></head><body><p>Über die Brücke führt kein Weg zurück, sagte Jürgen Müller.</p></body></html>"
RUSSIAN = "<html><head></head><body><p>Мост через реку закрыт на ремонт до весны.</p></body></html>"
JAPANESE = "<html><head></head><body><p>橋は来年の春まで通行止めとなります。</p></body></html>"


def declared(text: str, label: str) -> str:
    return text.replace("<head>", f'<head><meta charset="{label}">')


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (GERMAN.encode(), None, GERMAN),
        (b"\xef\xbb\xbf" + GERMAN.encode(), "text/html; charset=iso-8859-1", GERMAN),
        (GERMAN.encode("utf-16"), None, GERMAN),
        (GERMAN.encode(), "text/html; charset=iso-8859-1", GERMAN),
        (declared(GERMAN, "iso-8859-1").encode("cp1252"), None, declared(GERMAN, "iso-8859-1")),
        (GERMAN.encode("cp1252"), "text/html; charset=ISO-8859-1", GERMAN),
        (declared(RUSSIAN, "windows-1251").encode("cp1251"), "text/html; charset=iso-8859-1", declared(RUSSIAN, "windows-1251")),
        (JAPANESE.encode("shift_jis"), "text/html; charset=Shift_JIS", JAPANESE),
        (JAPANESE.encode("iso2022_jp"), "text/html; charset=ISO-2022-JP", JAPANESE),
        (GERMAN.encode("cp1252"), "text/html; charset=utf-8", GERMAN),
        (GERMAN.encode("cp1252"), "text/html; charset=no-such-thing", GERMAN),
    ],
    ids=[
        "utf-8 undeclared",
        "byte order mark beats the header",
        "utf-16 by its mark",
        "utf-8 whose header lies",
        "meta",
        "header",
        "meta beats a server's default",
        "two-byte charset",
        "seven-bit charset",
        "not the utf-8 that it declares",
        "unknown label",
    ],
)
def test_pages_are_read_in_the_charset_they_were_written_in(body: bytes, content_type: str | None, expected: str) -> None:
    assert decode(body, content_type) == expected


def test_a_page_cut_off_inside_a_character_stays_utf8() -> None:
    assert decode((GERMAN + "ü").encode()[:-1], "text/html; charset=iso-8859-1") == GERMAN + "�"


@given(st.binary(max_size=300), st.sampled_from([None, "text/html", "text/html; charset=utf-16", "text/html; charset=rot13"]))
def test_any_bytes_give_text(body: bytes, content_type: str | None) -> None:
    assert isinstance(decode(body, content_type), str)
