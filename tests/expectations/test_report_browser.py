"""The report in a real browser, at the widths of a desk and of a phone, light and dark."""

from dataclasses import replace
from pathlib import Path

import pytest
from chromium import Browser

from expectations.gate import Gate
from expectations.report import Report, read_report, write_report
from warehouse.paths import DataDir


@pytest.fixture(scope="module")
def page(warehouse: DataDir, large_report: Report) -> Path:
    """A night of seven sources and five alarms."""
    report = read_report(warehouse, "run-2", gate=Gate(passed=False, reasons=("6 of 10 pages asked for failed.",)))
    alarms = large_report.figures.alarms[38:43]  # of both severities
    return write_report(warehouse, replace(report, figures=replace(report.figures, alarms=alarms)))


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser: Browser, page: Path, width: int, scheme: str) -> None:
    browser.look(width, scheme)
    browser.open(page.as_uri())
    assert browser.violations() == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_error_no_request_and_nothing_beyond_the_window(browser: Browser, page: Path, width: int, scheme: str) -> None:
    browser.look(width, scheme)
    browser.open(page.as_uri())
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
