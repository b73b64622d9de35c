"""The worker pool: a page that hangs, kills its worker or meets a bug costs itself, never the batch."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from flows import extraction
from flows.extraction import Extractor, Location, PageTask, extract_task
from sources.joining import join_captures
from sources.records import Answer
from sources.warc import WarcWriter, scan
from transforms.extract import ExtractSettings
from transforms.paging import next_page_url
from transforms.records import Article, Candidate, RawPage, Reason, Rejection
from transforms.siterules import SiteRule

KOMPAS = Path(__file__).parents[3] / "shared" / "cases" / "kompas"

PARAGRAPH = "The ferry to the outer islands will not sail before noon, the harbour master said on Monday morning. " * 3


def page(url: str) -> RawPage:
    html = f"<html lang=en><body><article><h1>Ferry waits</h1><p>{PARAGRAPH}</p><p>{PARAGRAPH}</p></article></body></html>"
    return RawPage(url, html.encode())


def task(name: str, given: Any = None) -> PageTask:
    url = f"https://harbour.example/{name}"
    return PageTask(url, given or page(url))


def deadly() -> Any:
    """A page whose opening ends the process: `open("rb")` becomes max(code, "rb", key=exec). Workers can unpickle it."""
    return SimpleNamespace(path=SimpleNamespace(open=partial(max, "import os; os._exit(3)", key=exec)), offset=0)


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(workers=2, timeout_seconds=12) as pool:
        yield pool


def test_the_pages_around_a_bad_one_come_out_whole_and_in_order(extractor: Extractor, tmp_path: Path) -> None:
    hanging = tmp_path / "pipe"
    os.mkfifo(hanging)  # opening it waits for a writer that never comes
    tasks = [
        task("1"),
        task("hangs", Location(hanging, 0)),
        task("2"),
        task("dies", deadly()),
        task("3"),
        task("bug", Location(tmp_path / "missing.warc.gz", 0)),
        task("4"),
    ]
    outcomes = [(done.url.rsplit("/")[-1], outcome) for done, outcome in extractor.extract(tasks)]
    assert [name for name, _ in outcomes] == ["1", "hangs", "2", "dies", "3", "bug", "4"]
    reasons = {name: outcome.reason for name, outcome in outcomes if isinstance(outcome, Rejection)}
    assert reasons == {
        "hangs": Reason.EXTRACTOR_TIMEOUT,
        "dies": Reason.EXTRACTOR_CRASHED,
        "bug": Reason.EXTRACTOR_ERROR,
    }
    titles = {name: outcome.title for name, outcome in outcomes if isinstance(outcome, Article)}
    assert titles == dict.fromkeys("1234", "Ferry waits")


def test_a_rejection_says_what_happened(extractor: Extractor, tmp_path: Path) -> None:
    missing = tmp_path / "missing.warc.gz"
    [(_, outcome)] = extractor.extract([task("bug", Location(missing, 7))])
    assert isinstance(outcome, Rejection)
    assert outcome.url == "https://harbour.example/bug"
    assert outcome.detail.startswith(f"InputError: {missing}: no page can be read at offset 7")


@pytest.mark.skipif(not KOMPAS.exists(), reason="the case files are not beside this checkout")
@pytest.mark.parametrize("name", ["page-1.html", "page-1-bare.html"])
def test_the_two_pages_that_the_project_was_started_for_are_one_row(name: str, tmp_path: Path) -> None:
    """As a night has them: fetched into an archive, the second found by the links of the first, joined from where they lie."""
    expected = json.loads((KOMPAS / "expected.json").read_text())
    at = datetime(2020, 8, 18, tzinfo=UTC)
    with WarcWriter(tmp_path / "1.warc.gz") as archive:
        for url, file in ((expected["url"], name), (f"{expected['url']}?page=2", "page-2.html")):
            headers = (("Content-Type", "text/html; charset=utf-8"),)
            answer = Answer(url=url, final_url=url, fetched_at=at, status=200, headers=headers, body=(KOMPAS / file).read_bytes())
            archive.write(answer, Candidate(url, "kompas", "feed", at))
    found, second = join_captures(list(scan(tmp_path / "1.warc.gz", source="kompas", now=lambda: at)), next_page_url)
    assert second.reason is Reason.SAME_ARTICLE
    assert found.warc is not None
    parts = tuple(Location(Path(part.file), part.offset) for part in found.parts)
    row = extract_task(PageTask(expected["url"], Location(Path(found.warc.file), found.warc.offset), parts))
    assert isinstance(row, Article)
    assert (row.body or "").split("\n\n") == expected["paragraphs_page_1"] + expected["paragraphs_page_2"]
    same = ("title", "authors", "published_at", "language", "site", "section", "dateline", "page_count", "pages_missing")
    assert {key: getattr(row, key) for key in same} == {key: expected[key] for key in same[:7]} | {
        "authors": tuple(expected["authors"]),
        "published_at": datetime.fromisoformat(expected["published_at"]),
        "page_count": len(expected["pages"]),
        "pages_missing": 0,
    }
    assert len(row.related_urls) == len(expected["related"])
    assert [text for text in expected["must_not_contain"] if text in (row.body or "")] == []


def test_the_row_bears_the_url_that_was_asked_for(extractor: Extractor) -> None:
    given = page("https://harbour.example/landed")
    [(_, outcome)] = extractor.extract([PageTask("https://harbour.example/asked", given, final_url=given.url)])
    assert isinstance(outcome, Article)
    assert (outcome.url, outcome.canonical_url) == ("https://harbour.example/asked", "https://harbour.example/landed")


def test_the_pool_tells_what_a_sites_rule_did_not_find(tmp_path: Path) -> None:
    rule = SiteRule("harbour.example", body="article", title=".gone")
    ruled = [replace(task(name), settings=ExtractSettings(rule=rule)) for name in ("1", "2")]
    broken = replace(task("bug", Location(tmp_path / "missing.warc.gz", 0)), settings=ExtractSettings(rule=rule))
    with Extractor(workers=1) as pool:
        outcomes = [outcome for _, outcome in pool.extract([ruled[0], task("3"), broken, ruled[1]])]
    assert [type(outcome) for outcome in outcomes] == [Article, Article, Rejection, Article]
    assert pool.ruled == [(ruled[0], ("title",)), (ruled[1], ("title",))]


def test_what_stands_in_the_place_of_extract_task_is_what_the_workers_run() -> None:
    """Whoever measures a page's cost puts a function of his own there."""
    with mock.patch.object(extraction, "extract_task", repr), Extractor(workers=1) as pool:
        [(given, answer)] = pool.extract([task("1")])
    assert answer == repr(given)
