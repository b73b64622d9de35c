import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from expectations.figures import Figures, Step, funnel, read_figures
from expectations.findings import findings
from expectations.gate import Gate
from expectations.pages import is_web_address, minutes, share, size
from expectations.report import html as page_of
from expectations.report import read_report, without_docs, write_report
from transforms.errors import InputError
from warehouse.paths import DataDir
from warehouse.query import connect


@pytest.fixture(scope="module")
def figures(warehouse: DataDir) -> Figures:
    with connect(warehouse) as con:
        return read_figures(con, "run-2")


@pytest.fixture(scope="module")
def report(warehouse: DataDir) -> html.HtmlElement:
    gate = Gate(passed=False, reasons=("6 of 10 pages asked for <failed>.",))
    path = write_report(warehouse, read_report(warehouse, "run-2", gate=gate))
    assert path == warehouse.reports_of("run-2") / "index.html"
    return html.document_fromstring(path.read_text(encoding="utf-8"))


def test_the_funnel_loses_every_page_once(figures: Figures) -> None:
    assert funnel(figures) == (
        Step("found", 369, (("skipped", 7),)),
        Step("asked for", 362, (("failed", 29),)),
        Step("extracted", 333, (("quarantined", 37),)),
        Step("accepted", 296, (("same content as before", 64), ("same article as another page", 6))),
        Step("stored", 226),
    )


def test_the_page_asks_for_nothing_and_runs_nothing(report: html.HtmlElement) -> None:
    assert report.xpath("//script | //iframe | //img | //object | //link[@rel!='icon'] | //@*[starts-with(name(), 'on')]") == []
    assert re.findall(r"@import|url\(", html.tostring(report, encoding="unicode")) == []


def test_the_page_says_what_every_table_is(report: html.HtmlElement) -> None:
    assert report.xpath("//table[not(caption)]") == []
    assert report.xpath("//th[not(@scope)]") == []
    assert report.xpath("//section[not(@aria-labelledby)] | //svg[not(@aria-hidden)]") == []
    ids = report.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_the_tiles_are_the_ledger(report: html.HtmlElement, figures: Figures) -> None:
    tiles = {tile.xpath("string(dt)"): tile.xpath("string(.//span[@class='count'])") for tile in report.xpath("//dl/div")}
    assert tiles == {
        "stored": "226",
        "unchanged": "64",
        "duplicate": "6",
        "quarantined": "37",
        "failed": "29",
        "skipped": "7",
        "fetched": "76.2 MB",
    }
    assert figures.run["candidates"] == 369


def test_what_pages_say_is_text(report: html.HtmlElement) -> None:
    assert "KÃ¶ln und DÃ¼sseldorf: BÃ¼rger <b>gegen</b> LÃ¤rm" in {item.text_content() for item in report.xpath("//strong/bdi")}
    assert report.xpath("//b") == []
    assert report.xpath("//section[1]//li[1]")[0].text_content() == "6 of 10 pages asked for <failed>."


def test_agency_copy_is_counted_once_an_article(figures: Figures, warehouse: DataDir) -> None:
    with connect(warehouse) as con:
        ((copies,),) = con.execute(
            """select count(distinct mine.article_id) from article_versions as mine
            join article_versions as theirs on theirs.content_hash = mine.content_hash and theirs.site <> mine.site
            where mine.run_id = 'run-2'"""
        ).fetchall()
    assert {row["copies"] for row in figures.copies} == {copies}
    sites = [row["sites"] for row in figures.copies]
    assert sites == sorted(sites, reverse=True)


def test_the_share_of_agency_copy_is_in_the_headline(report: html.HtmlElement, figures: Figures) -> None:
    (headline,) = report.xpath("//h2[@id='copies']")
    assert headline.text_content() == f"Agency copy: {share(figures.copies[0]['copies'] / figures.run['stored'])}"


def test_a_silent_source_is_named_first(figures: Figures) -> None:
    assert findings(figures) == ("silent-times: not one of 6 pages gave an article.",)


def test_links_go_to_web_addresses_only() -> None:
    addresses = ["https://a.example/", "HTTP://a.example/", "javascript:alert(1)", "data:text/html,x", "/etc/passwd", "", None]
    assert [is_web_address(address) for address in addresses] == [True, True, False, False, False, False, False]


def test_a_page_that_leaves_its_data_docs_behind_names_them_without_a_link(warehouse: DataDir) -> None:
    report = read_report(warehouse, "run-2")
    taken = without_docs(page_of(report, has_docs=True))
    assert "Every rule with its counts: Data Docs of this run." in taken
    assert "data_docs" not in taken


def test_a_run_that_is_not_there_is_named(warehouse: DataDir) -> None:
    with pytest.raises(InputError, match=r"no finished run 'run-9'"):
        read_report(warehouse, "run-9")


def test_nothing_published_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_report(DataDir(tmp_path), "run-1")


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (share(0), "0%"),
        (share(0.0001), "<1%"),
        (share(0.5), "50%"),
        (share(0.9999), "99%"),
        (share(1), "100%"),
        (share(None), "–"),
        (size(999), "999 B"),
        (size(48_000), "48.0 kB"),
        (size(3.21e12), "3210.0 GB"),
        (minutes(45), "45 min"),
        (minutes(192), "3.2 h"),
        (minutes(3600), "2.5 days"),
    ],
)
def test_figures_are_printed_for_people(printed: str, expected: str) -> None:
    assert printed == expected


def test_times_bear_their_zone(report: html.HtmlElement) -> None:
    header: Any = report.xpath("string(//header)")
    assert "started 2026-03-02 20:00 UTC, finished 2026-03-02 20:31 UTC" in header
    assert datetime(2026, 3, 2, 20, tzinfo=UTC).tzname() == "UTC"
