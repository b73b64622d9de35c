"""Every field of a row is explained: who says it, what else was said, what was cut from the text."""

from datetime import UTC, datetime

import pytest

from transforms.bodywatch import CutText
from transforms.explain import Explanation, Finding, Rejected, explain_article
from transforms.extract import ExtractSettings, extract_article
from transforms.records import Article, Hints, RawPage, Reason, Rejection
from transforms.siterules import SiteRule

URL = "https://www.harian.example/kota/jembatan"
STORY = (
    "PELABUHAN - Jembatan lama di pelabuhan tetap ditutup sampai akhir tahun, kata pemerintah kota pada hari Senin pagi.",
    "Tiang penyangganya retak sejak banjir bulan lalu, sehingga kendaraan berat dialihkan ke jalan lingkar di sebelah timur.",
    "Warga meminta pemerintah menyediakan perahu penyeberangan gratis selama masa perbaikan yang diperkirakan makan biaya besar.",
)
PAGE = f"""<!DOCTYPE html><html lang="id-ID"><head><title>Jembatan Lama Tetap Ditutup - Harian Kota</title>
<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Jembatan Lama Tetap Ditutup",
"datePublished": "2024-04-17T09:30:00+07:00", "dateModified": "2024-04-17T10:00:00+07:00",
"author": [{{"@type": "Person", "name": "Rina Wijaya"}}, {{"@type": "Organization", "name": "Harian Kota"}}]}}</script>
<link rel="canonical" href="{URL}"><meta property="og:site_name" content="Harian Kota">
<meta property="og:title" content="Pelabuhan: jembatan ditutup"><meta name="author" content="Redaksi"></head><body>
<nav><a href="/">Beranda</a></nav>
<article><h1>Jembatan Lama Tetap Ditutup</h1><div>17/04/2024, 09:30 WIB</div>
<div class="content"><p>{STORY[0]}</p><p><strong>Baca juga: <a href="/kota/banjir">Banjir Merendam Pasar Lama</a></strong></p>
<p>{STORY[1]}</p><p>{STORY[2]}</p></div></article></body></html>"""


@pytest.fixture(scope="module")
def explained() -> Explanation:
    page = RawPage(URL, PAGE.encode(), fetched_at=datetime(2024, 4, 20, tzinfo=UTC))
    return explain_article(page)


def finding(explanation: Explanation, field: str) -> Finding:
    return next(found for found in explanation.findings if found.field == field)


def test_the_outcome_is_the_row_itself(explained: Explanation) -> None:
    page = RawPage(URL, PAGE.encode(), fetched_at=datetime(2024, 4, 20, tzinfo=UTC))
    assert explained.outcome == extract_article(page)


def test_a_title_names_all_that_say_it_and_what_else_is_said(explained: Explanation) -> None:
    assert finding(explained, "title") == Finding(
        "title",
        "Jembatan Lama Tetap Ditutup",
        ("json-ld headline", "<h1>", "<title>"),
        (Rejected("Pelabuhan: jembatan ditutup", "meta og:title", "other words than the readers' headline"),),
    )


def test_houses_beside_people_are_no_authors(explained: Explanation) -> None:
    assert finding(explained, "authors") == Finding(
        "authors",
        "Rina Wijaya",
        ("json-ld author",),
        (Rejected("Harian Kota", "json-ld author", "an organisation"), Rejected("Redaksi", "meta author", "an organisation")),
    )


def test_times_agree_as_far_as_they_say_anything(explained: Explanation) -> None:
    assert finding(explained, "published_at") == Finding(
        "published_at",
        "2024-04-17 09:30:00 +07:00",
        ("json-ld datePublished", 'visible-text "17/04/2024, 09:30 WIB"'),
    )
    assert finding(explained, "modified_at") == Finding("modified_at", "2024-04-17 10:00:00 +07:00", ("json-ld dateModified",))


def test_every_cut_piece_of_text_has_its_reason(explained: Explanation) -> None:
    assert explained.cut == (
        CutText("Beranda", "a box, menu or advertisement by its mark-up, <nav>"),
        CutText("Baca juga: Banjir Merendam Pasar Lama", "a link to another article, or its heading"),
    )
    assert explained.engine == "trafilatura, its first extractor"


def test_what_the_page_does_not_say_has_no_source(explained: Explanation) -> None:
    assert finding(explained, "is_free") == Finding("is_free", None)
    assert {found.field for found in explained.findings} <= set(Article.__dataclass_fields__)


def test_the_feed_and_the_source_are_sources_too() -> None:
    bare = "<html><body><article>" + "".join(f"<p>{p}</p>" for p in STORY) + "</article></body></html>"
    hints = Hints("Jembatan Ditutup", datetime(2024, 4, 17, 2, 30, tzinfo=UTC), "id")
    explanation = explain_article(RawPage(URL, bare.encode(), hints=hints), settings=ExtractSettings(languages=("id",)))
    assert finding(explanation, "title") == Finding("title", "Jembatan Ditutup", ("feed",))
    assert finding(explanation, "published_at") == Finding("published_at", "2024-04-17 02:30:00 +00:00", ("feed",))
    assert finding(explanation, "language") == Finding("language", "id", ("feed", "the source's languages"))


def test_a_rejected_page_explains_itself_by_its_rejection() -> None:
    page = RawPage(URL, b"  ")
    assert explain_article(page) == Explanation(Rejection(URL, Reason.EMPTY_PAGE, "2 bytes, none but white space"))


def test_what_a_sites_rule_says_comes_first_and_what_it_drops_and_misses_is_told() -> None:
    rule = SiteRule("harian.example", drop=("h1",), body=".content", title="h1", authors=".nobody", published="article > div")
    found = explain_article(RawPage(URL, PAGE.encode()), settings=ExtractSettings(rule=rule))
    assert (found.missed, found.engine) == (("authors",), "the site's rule")
    assert finding(found, "title").sources == ("the site's rule", "json-ld headline", "<h1>", "<title>")
    assert finding(found, "published_at").sources == (
        "the site's rule",
        "json-ld datePublished",
        'visible-text "17/04/2024, 09:30 WIB"',
    )
    assert CutText("Jembatan Lama Tetap Ditutup", "the site's rule drops h1") in found.cut
    assert isinstance(found.outcome, Article)
    assert found.outcome.body == "\n\n".join(STORY)


def test_a_time_counted_from_the_fetch_says_so() -> None:
    page = f"<html lang=en><body><h1>Bridge stays closed</h1><p>3 hours ago</p><p>{STORY[0]}</p><p>{STORY[1]}</p></body></html>"
    found = explain_article(RawPage("https://harian.example/x", page.encode(), fetched_at=datetime(2024, 4, 20, 9, tzinfo=UTC)))
    assert finding(found, "published_at") == Finding("published_at", "2024-04-20", ("visible-text counted from the fetch",))
