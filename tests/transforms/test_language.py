"""The language is what the page declares, unless its text says otherwise."""

import pytest

from transforms.language import declared_languages, resolve_language
from transforms.records import Hints

ENGLISH = (
    "The old harbour bridge stays closed until spring, the city said on Monday morning, because its pillars must be repaired. "
    * 3
)
INDONESIAN = (
    "Jembatan lama di pelabuhan tetap ditutup sampai musim semi, kata pemerintah kota pada hari Senin pagi ini kepada warga. " * 3
)
GERMAN = (
    "Die alte Hafenbrücke bleibt bis zum Frühling geschlossen, teilte die Stadt am Montagmorgen mit, weil die Pfeiler bröckeln. "
    * 3
)


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        (("en",), ENGLISH, "en"),
        (("en",), INDONESIAN, "id"),
        (("en", "id"), INDONESIAN, "id"),
        (("ms",), INDONESIAN, "ms"),
        ((), GERMAN, "de"),
        (("de",), "Kurz.", "de"),
        ((), "Kurz.", None),
        ((), None, None),
        (("xx",), GERMAN, "xx"),
    ],
    ids=[
        "agreed",
        "a template's default",
        "second declared",
        "alike languages",
        "undeclared",
        "too short",
        "unknown",
        "empty",
        "undetectable",
    ],
)
def test_resolve_language(declared: tuple[str, ...], text: str | None, language: str | None) -> None:
    assert resolve_language(declared, text) == language


def test_declared_codes_are_iso_639_1_each_once_in_order_of_trust(parse):
    head = """<meta property="og:locale" content="en_US"><meta http-equiv="content-language" content="in">
    <meta name="language" content="Indonesian">
    <script type="application/ld+json">{"@type": "Article", "inLanguage": "jv"}</script>"""
    parsed = parse("<p>x</p>", head=head, lang="id-ID", hints=Hints(language="eng"))
    assert declared_languages(parsed, ("ms",)) == ("id", "jv", "en", "ms")
