"""One engine in a process of its own, and the talk between it and the benchmark.

Belongs here: both ends of the pipe, the clock around one page, memory as the kernel counts it, the shut network.
Does not belong here: what an engine does (engines.py), what is made of the figures (extract.py).
The process is run as a script under the engine's own Python; standard library only, because peers' venv has nothing of ours.

A page is a line of JSON that ends with `size`, then `size` bytes; the answer is a line of JSON.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from engines import ENGINES, Engine, Page, Row


@dataclass(frozen=True)
class Answer:
    """What an engine made of one page. `error`: an exception or a timeout, the row is empty then."""

    row: Row
    cpu_seconds: float
    error: str | None = None
    rss_bytes: int = 0
    peak_bytes: int = 0


class EngineProcess:
    """The parent's end: a context manager that starts the engine and hands it pages one at a time.

    `python` is the interpreter that has the engine; an engine that needs longer than `limit_seconds` of wall time is
    killed and started anew, and its page is an error. What the engine prints goes to `log`.
    """

    def __init__(self, engine: Engine, python: str, log: Path, *, limit_seconds: float = 120.0) -> None:
        self.engine = engine
        self.version = ""
        self.restarts = 0
        self._python = python
        self._log = log
        self._limit_seconds = limit_seconds

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def _start(self) -> None:
        command = [self._python, str(Path(__file__).resolve()), self.engine.name]
        # The same order of sets in every engine and every run.
        environment = os.environ | {"PYTHONHASHSEED": "0"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment, bufsize=0
            )
        hello = self._read_line(self._limit_seconds)
        if hello is None:
            self._stop()
            raise SystemExit(f"{self.engine.name} did not start under {self._python}; {self._log} says why")
        self.version = hello["version"]

    def _stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def extract(self, page: Page) -> Answer:
        """The engine's answer to one page; nothing else runs in this process meanwhile."""
        try:
            _write_page(self._process.stdin, page)
            answer = self._read_line(self._limit_seconds)
        except BrokenPipeError:
            answer = None
        if answer is not None:
            return Answer(**answer)
        code = self._process.poll()
        what = f"no answer after {self._limit_seconds:g} s" if code is None else f"the process ended with {code}"
        self._stop()
        self.restarts += 1
        self._start()
        return Answer({}, self._limit_seconds if code is None else 0.0, what)

    def _read_line(self, seconds: float) -> dict[str, Any] | None:
        """The next answer; None if the process ended or took longer."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + seconds
        data = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not data.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return None
                piece = os.read(self._process.stdout.fileno(), 1 << 20)
                if not piece:
                    return None
                data += piece
        answer: dict[str, Any] = json.loads(data)
        return answer


def _write_page(pipe: IO[bytes] | None, page: Page) -> None:
    assert pipe is not None
    head = asdict(page) | {"body": None, "size": len(page.body)}
    data = memoryview(json.dumps(head).encode() + b"\n" + page.body)
    while data:  # an unbuffered pipe takes what fits
        data = data[pipe.write(data) :]


def _read_page(pipe: IO[bytes]) -> Page | None:
    head = pipe.readline()
    if not head:
        return None
    values = json.loads(head)
    size = values.pop("size")
    return Page(**values | {"body": pipe.read(size)})


def memory_bytes() -> tuple[int, int]:
    """Resident memory of this process, now and at its highest. Not from getrusage: that counts the parent before exec."""
    values = {}
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("VmRSS", "VmHWM"):
            values[name] = int(rest.split()[0]) * 1024
    return values["VmRSS"], values["VmHWM"]


def _refuse(*_: object, **__: object) -> None:
    raise OSError("the benchmark gives engines no network")


def _serve(engine: Engine) -> None:
    # Engines print; what they print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf8")
    os.dup2(2, 1)
    setattr(socket.socket, "connect", _refuse)  # noqa: B010  # a plain assignment is no type that a checker takes
    setattr(socket, "getaddrinfo", _refuse)  # noqa: B010
    run = engine.load()
    _say(answers, {"version": version(engine.distribution)})
    while page := _read_page(sys.stdin.buffer):
        row, error = {}, None
        started = time.process_time()
        try:
            row = run(page)
        except Exception as problem:  # a peer's failure is a figure of this benchmark
            error = f"{type(problem).__name__}: {problem}"[:500]
        cpu = time.process_time() - started
        rss, peak = memory_bytes()
        _say(answers, {"row": row, "cpu_seconds": cpu, "error": error, "rss_bytes": rss, "peak_bytes": peak})


def _say(pipe: IO[str], answer: dict[str, Any]) -> None:
    pipe.write(json.dumps(answer, default=str) + "\n")
    pipe.flush()


if __name__ == "__main__":
    _serve(ENGINES[sys.argv[1]])
