"""The worker pool: a page that hangs, kills its worker or meets a bug costs itself, never the batch."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows.extraction import Extractor, Location, PageTask
from transforms.records import Article, RawPage, Reason, Rejection

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
    with Extractor(workers=2, timeout_seconds=3) as pool:
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


def test_the_row_bears_the_url_that_was_asked_for(extractor: Extractor) -> None:
    given = page("https://harbour.example/landed")
    [(_, outcome)] = extractor.extract([PageTask("https://harbour.example/asked", given, final_url=given.url)])
    assert isinstance(outcome, Article)
    assert (outcome.url, outcome.canonical_url) == ("https://harbour.example/asked", "https://harbour.example/landed")
