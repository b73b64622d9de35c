"""Pages through worker processes that can be killed: one page's death costs that page.

Belongs here: the pool, its limits, what a timeout or a crash is called.
Does not belong here: what is done with a page (transforms/).
The pool is our own inside one Prefect task: a task a page would cost ten times what the page does.
"""

import multiprocessing
import os
import resource
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as PageTimeoutError
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from sources.warc import read_page
from transforms.explain import Explanation, explain_article
from transforms.extract import ExtractSettings, extract_article
from transforms.records import Article, Hints, RawPage, Reason, Rejection
from transforms.ruling import OnMiss

T = TypeVar("T")

PAGE_TIMEOUT_SECONDS = 30.0
# A worker that needs more address space than this is on a page that blows up the parser: real pages stay below 1 GB.
WORKER_MEMORY_BYTES = 4 * 1024**3
# lxml and trafilatura's caches grow slowly; a fresh process every so often keeps the memory of a long night flat.
PAGES_PER_WORKER = 2_000


@dataclass(frozen=True, slots=True)
class Location:
    """Where a raw page lies: an archive's path and the byte offset of its record."""

    path: Path
    offset: int


@dataclass(frozen=True, slots=True)
class PageTask:
    """One article to extract: its page, given or archived, its further pages, and what its source says of it."""

    url: str
    page: RawPage | Location
    parts: tuple[RawPage | Location, ...] = ()
    final_url: str | None = None
    hints: Hints = Hints()
    settings: ExtractSettings = ExtractSettings()


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a worker made of a page by its site's rule, and the keys of the rule that found nothing on it."""

    outcome: Article | Rejection
    missed: tuple[str, ...]


def extract_task(task: PageTask, on_miss: OnMiss = lambda _: None) -> Article | Rejection:
    """What a worker does with one page."""
    parts = tuple(_load(part) for part in task.parts)
    return extract_article(_first_page(task), parts, settings=task.settings, on_miss=on_miss)


def explain_task(task: PageTask) -> Explanation:
    """The same with its reasons."""
    return explain_article(_first_page(task), tuple(_load(part) for part in task.parts), settings=task.settings)


def _first_page(task: PageTask) -> RawPage:
    return replace(_load(task.page), url=task.url, final_url=task.final_url, hints=task.hints)


def extract_ruled_task(task: PageTask) -> Ruled:
    """The same for a page of a site that has a rule."""
    missed: list[str] = []
    outcome = extract_task(task, missed.append)
    return Ruled(outcome, tuple(dict.fromkeys(missed)))


def _extraction_of(task: PageTask) -> Callable[[PageTask], Article | Rejection | Ruled]:
    """Chosen here and not in the worker, so that who puts another function in the place of extract_task is heeded."""
    return extract_ruled_task if task.settings.rule else extract_task


def _load(page: RawPage | Location) -> RawPage:
    return page if isinstance(page, RawPage) else read_page(page.path, page.offset)


def _limit_worker() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (WORKER_MEMORY_BYTES, WORKER_MEMORY_BYTES))


class Extractor:
    """A pool of worker processes, as a context manager. `workers` None: one a processor this process may use."""

    def __init__(self, workers: int | None = None, *, timeout_seconds: float = PAGE_TIMEOUT_SECONDS) -> None:
        self._workers = workers or len(os.sched_getaffinity(0))
        self._timeout_seconds = timeout_seconds
        # The pages so far that a site's rule was used on, each with the keys that found nothing.
        self.ruled: list[tuple[PageTask, tuple[str, ...]]] = []

    def __enter__(self) -> Self:
        # A fork of this process would copy locks that Prefect's threads hold; the fork server has no threads, and
        # imports the extractor once for all workers.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["flows.warmed"])
        self._pool = ProcessPool(self._workers, max_tasks=PAGES_PER_WORKER, initializer=_limit_worker, context=context)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self._pool.close()  # type: ignore[no-untyped-call]  # pebble types its pool only in part
        else:
            self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def extract(self, tasks: Iterable[PageTask]) -> Iterator[tuple[PageTask, Article | Rejection]]:
        """Every task with its outcome, in order; a page that hangs or kills its worker is a Rejection that says so."""
        for task, result in self._each(_extraction_of, tasks):
            if isinstance(result, Ruled):
                self.ruled.append((task, result.missed))
                result = result.outcome
            yield task, result

    def explain(self, tasks: Iterable[PageTask]) -> Iterator[tuple[PageTask, Explanation]]:
        """As extract(), with the reasons of each outcome."""
        for task, result in self._each(lambda _: explain_task, tasks):
            yield task, Explanation(result) if isinstance(result, Rejection) else result

    def _each(
        self, work_for: Callable[[PageTask], Callable[[PageTask], T]], tasks: Iterable[PageTask]
    ) -> Iterator[tuple[PageTask, T | Rejection]]:
        window: deque[tuple[PageTask, ProcessFuture[T]]] = deque()
        for task in tasks:
            window.append((task, self._pool.schedule(work_for(task), args=(task,), timeout=self._timeout_seconds)))
            if len(window) >= 8 * self._workers:  # bounds what waits in memory, and keeps every worker busy
                first = self._first(window)
                yield first
        while window:
            left = self._first(window)
            yield left

    def _first(self, window: "deque[tuple[PageTask, ProcessFuture[T]]]") -> tuple[PageTask, T | Rejection]:
        task, future = window.popleft()
        return task, self._outcome(task, future)

    def _outcome(self, task: PageTask, future: "ProcessFuture[T]") -> T | Rejection:
        try:
            return future.result()
        except PageTimeoutError:
            detail = f"no result after {self._timeout_seconds:g} s; the worker was ended"
            return Rejection(task.url, Reason.EXTRACTOR_TIMEOUT, detail)
        except (ProcessExpired, MemoryError) as error:
            return Rejection(task.url, Reason.EXTRACTOR_CRASHED, f"the worker died: {error or 'out of memory'}")
        except Exception as error:  # whatever our code raises on this page becomes this page's row
            return Rejection(task.url, Reason.EXTRACTOR_ERROR, f"{type(error).__name__}: {error}")
