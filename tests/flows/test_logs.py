"""Log lines for programs: every field of a line, from every thread of a run, and no secret in any."""

import asyncio
import io
import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from flows import logs, progress, settings
from flows.cli import nightdesk
from flows.network import Network
from sources.pagelog import PageLog
from transforms.errors import ConfigError

HOOK = "https://chat.example/hooks/s3cret-hook"
Lines = Callable[[], list[dict[str, Any]]]
log = logging.getLogger("sources.test_logs")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """What was written to the log, as objects; times are taken out once they are known to be times of UTC."""
    monkeypatch.setenv("NIGHTDESK_NOTIFY_URL", HOOK)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    stream = io.StringIO()
    handler = logs.json_handler(stream)
    monkeypatch.setattr(logging.root, "handlers", [handler])
    for name in logs.OURS:
        monkeypatch.setattr(logging.getLogger(name), "level", logging.INFO)
    logging.root.manager._clear_cache()  # type: ignore[attr-defined]  # levels were changed behind its back

    def written() -> list[dict[str, Any]]:
        found = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert {line.pop("time")[-6:] for line in found} <= {"+00:00"}
        return found

    yield written
    logging.root.manager._clear_cache()  # type: ignore[attr-defined]


def test_a_line_about_a_page_bears_run_stage_source_and_url(lines: Lines) -> None:
    with logs.about(run="run-1"), logs.about(stage="fetch"):
        PageLog(log, "daily", "https://daily.example/a%20b?x=%s").warning("%s: %s", "not_found", "HTTP 404")
    log.info("after it")
    page = {"source": "daily", "url": "https://daily.example/a%20b?x=%s", "run": "run-1", "stage": "fetch"}
    assert lines() == [
        {"level": "WARNING", "logger": "sources.test_logs", "message": "not_found: HTTP 404", **page},
        {"level": "INFO", "logger": "sources.test_logs", "message": "after it"},
    ]


def test_a_text_line_says_source_and_url_at_its_head(caplog: pytest.LogCaptureFixture) -> None:
    PageLog(log, "daily", "https://me:pass@daily.example/a").error("gone")
    assert caplog.messages == ["source=daily url=https://daily.example/a gone"]


def test_the_network_s_own_thread_and_others_bear_the_run_of_who_asked(lines: Lines) -> None:
    async def ask(_: object) -> None:
        await asyncio.gather(*(_said(name) for name in ("one", "two")))

    async def _said(name: str) -> None:
        with logs.about(url=name):
            await asyncio.sleep(0)
            log.info("asked")

    class Client:
        async def __aenter__(self) -> "Client":
            return self

        async def __aexit__(self, *_: object) -> None: ...

    with logs.about(run="run-1"), Network() as network:
        network.run(Client, ask)  # type: ignore[arg-type]
    thread = threading.Thread(target=lambda: log.info("of nobody"))
    thread.start()
    thread.join()
    assert [(line["message"], line.get("run"), line.get("url")) for line in lines()] == [
        ("asked", "run-1", "one"),
        ("asked", "run-1", "two"),
        ("of nobody", None, None),
    ]


def test_an_exception_is_a_field_of_its_line(lines: Lines) -> None:
    try:
        raise ValueError("no such thing")
    except ValueError:
        PageLog(log, "daily", "https://daily.example/").exception("reading it failed")
    (line,) = lines()
    assert (line["level"], line["message"]) == ("ERROR", "reading it failed")
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["exception"].endswith("ValueError: no such thing")


def test_no_secret_is_in_any_field(lines: Lines) -> None:
    with logs.about(url="https://me:pass@daily.example/"):
        try:
            raise OSError(f"{HOOK} and s3://key:other@bucket/x with wJalrXUtnFEMI")
        except OSError:
            log.exception("cannot send to %s", HOOK)
    (line,) = lines()
    assert (line["message"], line["url"]) == ("cannot send to (secret)", "https://daily.example/")
    assert line["exception"].endswith("OSError: (secret) and s3://bucket/x with (secret)")
    assert not [word for word in ("s3cret", "pass", "key:", "wJalr") if word in line["exception"].rpartition("OSError")[2]]


def test_the_end_of_a_stage_is_a_line_with_its_time(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([10.0, 10.0, 11.5, 11.5])
    monkeypatch.setattr("time.monotonic", lambda: next(ticks))
    with progress.stage("extract 12", 3):
        pass
    assert lines() == [
        {"level": "INFO", "logger": "flows.progress", "message": "extract 12: 1.5 s", "seconds": 1.5, "stage": "extract"}
    ]


def test_a_format_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTDESK_LOG_FORMAT", "xml")
    with pytest.raises(ConfigError, match="NIGHTDESK_LOG_FORMAT: is 'xml'; give one of text, json"):
        settings.log_format()
    assert CliRunner().invoke(nightdesk, ["--log-format", "xml", "run"]).exit_code == 2
