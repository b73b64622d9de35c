"""Pages through worker processes that can be killed: one page's death costs that page.

Belongs here: the pool, its limits, what a timeout or a crash is called.
Does not belong here: what is done with a page (transforms/).
The pool is our own inside one Prefect task: a task a page would cost ten times what the page does.
"""

import multiprocessing
import os
import resource
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from flows import logs
from sources.warc import read_page
from transforms.errors import BusyError
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
# So many pages wait for each worker: it is never idle, and what is in memory stays bounded.
_WAITING_PER_WORKER = 8
# A fork server on a busy machine needs so long until its first worker takes a page.
_START_SECONDS = 60.0
# A page that was with a worker which somebody killed is worked on once more: the kernel, out of memory, ends the largest process,
# and that may be anybody's fault.
_TRIES = 2
# So often in a row, with no page between: then it is not chance.
_MOST_LOSSES = 3


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
    with logs.about(url=task.url):
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


def _begin_worker(log_fields: Mapping[str, str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (WORKER_MEMORY_BYTES, WORKER_MEMORY_BYTES))
    logs.adopt(log_fields)


@dataclass(slots=True)
class _UnderWay(Generic[T]):
    """A task that was given to the pool."""

    task: PageTask
    work: Callable[[PageTask], T]
    future: "ProcessFuture[T]"
    tries: int = 1


class _KilledError(Exception):
    """A worker was killed from outside: what it was at is not known to be bad."""


class _LostError(Exception):
    """The pool is of no use any more: all that it has under way is lost, through no fault of a page."""


class Extractor:
    """A pool of worker processes, as a context manager. `workers` None: one a processor this process may use."""

    def __init__(self, workers: int | None = None, *, timeout_seconds: float = PAGE_TIMEOUT_SECONDS) -> None:
        self._workers = workers or len(os.sched_getaffinity(0))
        self._timeout_seconds = timeout_seconds
        self._losses = 0
        # No page has to wait longer than this for all that is before it: one that does was lost with a worker that was killed
        # at the moment when it took it, of which the pool hears nothing.
        self._patience_seconds = _START_SECONDS + (_WAITING_PER_WORKER + 1) * timeout_seconds
        # The pages so far that a site's rule was used on, each with the keys that found nothing.
        self.ruled: list[tuple[PageTask, tuple[str, ...]]] = []

    def __enter__(self) -> Self:
        self._pool = self._new_pool()
        return self

    def _new_pool(self) -> ProcessPool:
        # A fork of this process would copy locks that Prefect's threads hold; the fork server has no threads, and
        # imports the extractor once for all workers.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["flows.warmed"])
        return ProcessPool(
            self._workers,
            max_tasks=PAGES_PER_WORKER,
            initializer=_begin_worker,
            initargs=[logs.fields_of()],
            context=context,
        )

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
        window: deque[_UnderWay[T]] = deque()
        for task in tasks:
            work = work_for(task)
            window.append(_UnderWay(task, work, self._scheduled(task, work, window)))
            if len(window) >= _WAITING_PER_WORKER * self._workers:
                first = self._first(window)
                yield first
        while window:
            left = self._first(window)
            yield left

    def _scheduled(
        self, task: PageTask, work: Callable[[PageTask], T], window: "Iterable[_UnderWay[T]]" = ()
    ) -> "ProcessFuture[T]":
        try:
            return self._pool.schedule(work, args=(task,), timeout=self._timeout_seconds)
        except RuntimeError:  # the pool broke since
            self._start_anew(window)
            return self._scheduled(task, work)

    def _start_anew(self, window: "Iterable[_UnderWay[T]]") -> None:
        """Another pool in the place of this one, and what was lost with it once more."""
        self._losses += 1
        if self._losses > _MOST_LOSSES:
            raise BusyError("extraction's worker processes end as soon as they begin; `nightdesk doctor` looks at this machine")
        lost = [item for item in window if not item.future.done() or isinstance(item.future.exception(), BrokenProcessPool)]
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
        self._pool = self._new_pool()
        for item in lost:
            item.future = self._scheduled(item.task, item.work)

    def _first(self, window: "deque[_UnderWay[T]]") -> tuple[PageTask, T | Rejection]:
        """The outcome of the first in line, when it is there."""
        first = window[0]
        while True:
            try:
                outcome = self._outcome(first)
                break
            except _KilledError as error:
                if first.tries == _TRIES:
                    outcome = Rejection(first.task.url, Reason.EXTRACTOR_CRASHED, str(error))
                    break
                first.tries += 1
                first.future = self._scheduled(first.task, first.work, window)
            except _LostError:
                self._start_anew(window)
        window.popleft()
        self._losses = 0
        return first.task, outcome

    def _outcome(self, item: "_UnderWay[T]") -> T | Rejection:
        url = item.task.url
        try:
            return item.future.result(self._patience_seconds)
        except TimeoutError as error:
            if not item.future.done():
                raise _LostError from error
            detail = f"no result after {self._timeout_seconds:g} s; the worker was ended"
            return Rejection(url, Reason.EXTRACTOR_TIMEOUT, detail)
        except BrokenProcessPool as error:
            raise _LostError from error
        except (ProcessExpired, MemoryError) as error:
            said = f"the worker died: {error or 'out of memory'}"
            if isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGKILL:
                raise _KilledError(said) from error
            return Rejection(url, Reason.EXTRACTOR_CRASHED, said)
        except Exception as error:  # whatever our code raises on this page becomes this page's row
            return Rejection(url, Reason.EXTRACTOR_ERROR, f"{type(error).__name__}: {error}")
