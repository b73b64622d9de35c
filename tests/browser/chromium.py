"""A real browser for tests: Chromium over its own protocol, with the WebSocket library that Prefect brings.

A browser driver would be 50 MB to install. Accessibility is judged by axe-core.
"""

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

# What a reader may unfold is judged unfolded; axe sees no text that is not shown.
_AXE_FINDS = """
(() => {
    document.querySelectorAll("details").forEach(folded => folded.open = true);
    return axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations.map(
        broken => [broken.id, ...broken.nodes.slice(0, 3).map(node => node.html.slice(0, 200) + node.failureSummary)]
    ));
})()
"""
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
        self._await_load()

    def follow(self, selector: str) -> None:
        """Click on a link that leads to another document, and wait until that is loaded."""
        self.events.clear()
        self.value(f"document.querySelector({json.dumps(selector)}).click()")
        self._await_load()

    def _await_load(self) -> None:
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

    def look(self, width: int, scheme: str) -> None:
        """From now on: a window of that width, in a light or dark colour scheme."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def violations(self) -> list[Any]:
        """What axe finds wrong with the page as it stands. Its own script is let past the page's policy."""
        self.ask("Page.setBypassCSP", enabled=True)
        if not self.value("'axe' in window"):
            self.value(files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8") + ";true")
        found: list[Any] = self.value(_AXE_FINDS)
        self.ask("Page.setBypassCSP", enabled=False)
        return found


@contextmanager
def started(profile: Path) -> Iterator[Browser]:
    """A Chromium with an empty page; `profile`: an empty folder. Skips the test where none is, or none starts."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
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
