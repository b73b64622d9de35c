"""The worker pool: a page that hangs, kills its worker or meets a bug costs itself, never the batch."""

import json
import os
import signal
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


def workers() -> list[int]:
    """The processes of the pools of this one: children of its fork server."""
    servers = {pid for pid, parent, name in processes() if parent == os.getpid() and "forkserver" in name}
    return [pid for pid, parent, _ in processes() if parent in servers]


def processes() -> Iterator[tuple[int, int, str]]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            yield int(entry.name), int(parent), (entry / "cmdline").read_text()
        except OSError:
            continue


def archived(path: Path, url: str) -> Location:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    with WarcWriter(path) as archive:
        headers = (("Content-Type", "text/html; charset=utf-8"),)
        answer = Answer(url=url, final_url=url, fetched_at=at, status=200, headers=headers, body=page(url).body)
        pointer = archive.write(answer, Candidate(url, "harbour", "feed", at))
    return Location(path, pointer.offset)


class InWorker:
    """An expression that is evaluated where it is unpickled: in a worker, as it takes the page. None of our modules is there."""

    def __init__(self, expression: str) -> None:
        self.expression = f"[{expression} for os in [__import__('os')]][0]"

    def __reduce__(self) -> Any:
        return eval, (self.expression,)


def once(flag: Path, then: str) -> str:
    """What kills the process that evaluates it, for the first time; after that `then`."""
    flag.touch()
    return f"(os.unlink({str(flag)!r}), os.kill(os.getpid(), 9)) if os.path.exists({str(flag)!r}) else {then}"


def test_a_page_whose_worker_is_killed_from_outside_is_worked_on_once_more(extractor: Extractor, tmp_path: Path) -> None:
    whole = archived(tmp_path / "whole.warc.gz", task("killed").url)
    opening: Any = InWorker(f"lambda mode: {once(tmp_path / 'flag', f'open({str(whole.path)!r}, mode)')}")
    given: Any = SimpleNamespace(path=SimpleNamespace(open=opening), offset=whole.offset)
    tasks = [task("killed", given), task("1")]
    assert [type(outcome) for _, outcome in extractor.extract(tasks)] == [Article, Article]


def test_a_page_that_has_its_worker_killed_every_time_costs_itself(extractor: Extractor) -> None:
    code = "import os; os.kill(os.getpid(), 9)"
    kills = SimpleNamespace(path=SimpleNamespace(open=partial(max, code, "rb", key=exec)), offset=0)
    bad, good = (outcome for _, outcome in extractor.extract([task("kills", kills), task("1")]))
    assert bad == Rejection(task("kills").url, Reason.EXTRACTOR_CRASHED, "the worker died: Abnormal termination")
    assert isinstance(good, Article)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="who is whose child is read from /proc")
def test_workers_that_are_killed_while_they_wait_cost_nothing() -> None:
    others = set(workers())
    with Extractor(workers=2, timeout_seconds=60) as pool:
        assert [type(outcome) for _, outcome in pool.extract([task("1"), task("2")])] == [Article, Article]
        for worker in set(workers()) - others:
            os.kill(worker, signal.SIGKILL)
        assert [type(outcome) for _, outcome in pool.extract([task("3"), task("4")])] == [Article, Article]


def test_a_page_that_is_lost_with_the_worker_that_took_it_is_given_to_another_pool(tmp_path: Path) -> None:
    """It dies between taking the page and saying so: the pool hears nothing."""
    whole = archived(tmp_path / "whole.warc.gz", task("lost").url)
    offset: Any = InWorker(once(tmp_path / "flag", str(whole.offset)))
    with Extractor(workers=1) as pool:
        pool._patience_seconds = 3
        outcomes = [type(outcome) for _, outcome in pool.extract([task("lost", Location(whole.path, offset)), task("1")])]
    assert outcomes == [Article, Article]


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
