"""The report in a real browser, at the widths of a desk and of a phone, light and dark.

Accessibility is judged by axe-core. Over Chromium's own protocol with the WebSocket library that Prefect brings: a browser driver
would be 50 MB to install. Skipped where no Chromium is.
"""

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from expectations.gate import Gate
from expectations.report import Report, read_report, write_report
from warehouse.paths import DataDir

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--remote-debugging-port=0")


class Browser:
    """One page, its answers by number, and the events that came meanwhile."""

    def __init__(self, address: str) -> None:
        self._socket: ClientConnection = connect(address, max_size=None)
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=60))
            if message.get("id") == self._number:
                assert "error" not in message, message
                answer: dict[str, Any] = message["result"]
                return answer
            self.events.append(message)

    def open(self, url: str) -> None:
        """Go there, and wait until all is loaded."""
        self.events.clear()
        self.ask("Page.navigate", url=url)
        deadline = time.monotonic() + 60
        while not self.named("Page.loadEventFired"):
            assert time.monotonic() < deadline, "the page did not load"
            self.events.append(json.loads(self._socket.recv(timeout=60)))

    def named(self, *methods: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event.get("method") in methods]

    def value(self, expression: str) -> Any:
        """What an expression, or the promise that it is, comes to."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    profile = tmp_path_factory.mktemp("profile")
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        note, deadline = profile / "DevToolsActivePort", time.monotonic() + 60
        while not (note.exists() and note.read_text().strip()):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip("Chromium does not start on this machine")
            time.sleep(0.1)
        port = note.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=60) as answer:
            page = next(target for target in json.load(answer) if target["type"] == "page")
        browser = Browser(page["webSocketDebuggerUrl"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            browser.ask(f"{domain}.enable")
        yield browser
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def page(warehouse: DataDir, large_report: Report) -> Path:
    """A night of seven sources and five alarms."""
    report = read_report(warehouse, "run-2", gate=Gate(passed=False, reasons=("6 of 10 pages asked for failed.",)))
    alarms = large_report.figures.alarms[38:43]  # of both severities
    return write_report(warehouse, replace(report, figures=replace(report.figures, alarms=alarms)))


# What a reader may unfold is judged unfolded; axe sees no text that is not shown.
AXE_FINDS = """
(() => {
    document.querySelectorAll("details").forEach(folded => folded.open = true);
    return axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations.map(
        broken => [broken.id, ...broken.nodes.slice(0, 3).map(node => node.html.slice(0, 200) + node.failureSummary)]
    ));
})()
"""


def show(browser: Browser, page: Path, width: int, scheme: str) -> None:
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
    browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(page.as_uri())


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser: Browser, page: Path, width: int, scheme: str) -> None:
    show(browser, page, width, scheme)
    browser.value(files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8") + ";true")
    assert browser.value(AXE_FINDS) == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_error_no_request_and_nothing_beyond_the_window(browser: Browser, page: Path, width: int, scheme: str) -> None:
    show(browser, page, width, scheme)
    assert browser.named("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled") == []
    asked = [event["request"]["url"] for event in browser.named("Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.as_uri() in asked
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value("matchMedia('(prefers-color-scheme: dark)').matches") is (scheme == "dark")
    assert browser.value("document.querySelectorAll('h2').length") >= 5


def test_every_table_cell_has_a_header_and_every_picture_a_name(browser: Browser, page: Path) -> None:
    browser.open(page.as_uri())
    assert browser.value("document.documentElement.lang") == "en"
    assert browser.value("[...document.querySelectorAll('table')].filter(t => !t.querySelector('th[scope]')).length") == 0
    assert (
        browser.value("[...document.querySelectorAll('svg')].filter(s => !s.closest('[aria-hidden=true],[role=img]')).length")
        == 0
    )
