"""How long work shows that it goes on: bars on a terminal, plain lines elsewhere. All on stderr, so stdout stays for results."""

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from flows import logs, settings, timings

LOG = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 10.0


class Stage(Protocol):
    """A stage under way: tell it how much more is done."""

    def advance(self, count: int = 1) -> None: ...

    def expect(self, count: int) -> None:
        """There is so much more to do than was said at first."""


class Reporter(Protocol):
    """Shows stages. `total` None: how much there is to do is not known."""

    def stage(self, name: str, total: int | None = None) -> AbstractContextManager[Stage]: ...

    def joint_stage(self, name: str, count: int) -> AbstractContextManager[Stage]: ...


class _Joint:
    """Stages that several threads are in at once, by name: each is opened by the first and closed by the last."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._lock = threading.Lock()
        self._open: dict[str, tuple[AbstractContextManager[Stage], Stage, int]] = {}

    @contextmanager
    def entered(self, name: str, count: int) -> Iterator[Stage]:
        with self._lock:
            if name in self._open:
                manager, stage, users = self._open[name]
                stage.expect(count)
            else:
                manager, users = self._reporter.stage(name, count), 0
                stage = manager.__enter__()
            self._open[name] = manager, stage, users + 1
        try:
            yield stage
        finally:
            with self._lock:
                manager, stage, users = self._open.pop(name)
                if users > 1:
                    self._open[name] = manager, stage, users - 1
                else:
                    manager.__exit__(None, None, None)


@dataclass
class _LineStage:
    name: str
    total: int | None
    done: int = 0
    started: float = field(default_factory=time.monotonic)
    printed: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def advance(self, count: int = 1) -> None:
        with self.lock:
            self.done += count
            if time.monotonic() - self.printed >= SECONDS_BETWEEN_LINES:
                self.print_line()

    def expect(self, count: int) -> None:
        with self.lock:
            self.total = (self.total or 0) + count

    def print_line(self) -> None:
        self.printed = time.monotonic()
        seconds = self.printed - self.started
        of = "" if self.total is None else f" of {self.total}"
        count = f" {self.done}{of} ({self.done / max(seconds, 0.001):.1f}/s)" if self.done else ""
        print(f"{self.name}:{count} {seconds:.1f} s{self._estimate(seconds)}", file=sys.stderr, flush=True)

    def _estimate(self, seconds: float) -> str:
        missing = (self.total or 0) - self.done
        return f", about {_duration(seconds * missing / self.done)} to go" if self.done and missing > 0 else ""


def _duration(seconds: float) -> str:
    """42 s, 12 min, 3 h 20 min"""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


class LineReporter:
    """A line when a stage ends, and one every ten seconds while it lasts."""

    def __init__(self) -> None:
        self._joint = _Joint(self)

    def joint_stage(self, name: str, count: int) -> AbstractContextManager[Stage]:
        return self._joint.entered(name, count)

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Stage]:
        stage = _LineStage(name, total)
        yield stage
        stage.print_line()


class _BarStage:
    def __init__(self, progress: Progress, name: str, total: int | None) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=total, rate="")
        self._started = time.monotonic()

    def advance(self, count: int = 1) -> None:
        self._progress.advance(self._task, count)
        done = self._progress.tasks[self._progress.task_ids.index(self._task)].completed
        self._progress.update(self._task, rate=f"{done / max(time.monotonic() - self._started, 0.001):.1f}/s")

    def expect(self, count: int) -> None:
        task = self._progress.tasks[self._progress.task_ids.index(self._task)]
        self._progress.update(self._task, total=(task.total or 0) + count)

    def finish(self) -> None:
        task = self._progress.tasks[self._progress.task_ids.index(self._task)]
        self._progress.update(self._task, total=task.completed or 1, completed=task.completed or 1)


class BarReporter:
    """A bar a stage, with counts, rate and time."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._joint = _Joint(self)

    def joint_stage(self, name: str, count: int) -> AbstractContextManager[Stage]:
        return self._joint.entered(name, count)

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Stage]:
        stage = _BarStage(self._progress, name, total)
        yield stage
        stage.finish()


class SilentReporter:
    """Shows nothing: for scheduled runs, whose log is Prefect's."""

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Stage]:
        yield _Nothing()

    def joint_stage(self, name: str, count: int) -> AbstractContextManager[Stage]:
        return self.stage(name, count)


class _Nothing:
    def advance(self, count: int = 1) -> None: ...

    def expect(self, count: int) -> None: ...


# A context variable and not a parameter: Prefect records the parameters of flows, and a terminal is none.
_CURRENT: ContextVar[Reporter] = ContextVar("reporter", default=SilentReporter())  # noqa: B039  # it has no state


@contextmanager
def stage(name: str, total: int | None = None, *, of: str | None = None) -> Iterator[Stage]:
    """A stage, shown by whoever watches this run; by nobody in a scheduled one. `of`: what logs and metrics call it; default: the
    first word of its name.
    """
    with _told(name, of), _CURRENT.get().stage(name, total) as under_way:
        yield under_way


@contextmanager
def joint_stage(name: str, count: int) -> Iterator[Stage]:
    """One stage for all who are in it at once, such as the batches of a night: each adds what it has to do."""
    with _told(name, None), _CURRENT.get().joint_stage(name, count) as under_way:
        yield under_way


@contextmanager
def _told(name: str, of: str | None) -> Iterator[None]:
    """Log lines of the block bear the stage, its end is one, and its time is added to the run's."""
    called, began = of or name.partition(" ")[0], time.monotonic()
    with logs.about(stage=called), timings.current().timed(called):
        yield
        seconds = time.monotonic() - began
        LOG.info("%s: %.1f s", name, seconds, extra={"seconds": round(seconds, 3)})


@contextmanager
def shown() -> Iterator[None]:
    """Show the stages of this block: bars if stderr is a terminal, else lines. A log for programs has them already."""
    if settings.log_format() == "json":
        yield
        return
    with _reporter() as reporter:
        token = _CURRENT.set(reporter)
        try:
            yield
        finally:
            _CURRENT.reset(token)


@contextmanager
def _reporter() -> Iterator[Reporter]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield LineReporter()
        return
    columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), BarColumn(bar_width=24))
    with Progress(
        *columns,
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
        console=console,
    ) as progress:
        yield BarReporter(progress)
