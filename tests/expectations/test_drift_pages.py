"""The bundled newsroom's pages, broken as a redesign breaks them, extracted by today's code, and held against healthy nights."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import duckdb
import lxml.html
import pyarrow as pa
import pytest

from expectations.alarms import AlarmKind
from expectations.alerting import drift_alarms
from expectations.metrics import run_metrics
from expectations.nights import query_nights
from expectations.verdicts import assess
from flows.staging import articles_to_table
from sources.newsroom.content import load_newsroom
from sources.newsroom.pages import story_html
from transforms.extract import extract_article
from transforms.records import REASON_DISPOSITION, Article, RawPage, Reason, Rejection
from warehouse.schema import ALARMS, METRICS, PAGES, RUNS

NIGHT = datetime(2026, 3, 2, 20, tzinfo=UTC)
OUTLET = "northmoor"
Break = Callable[[lxml.html.HtmlElement], None]


def healthy(tree: lxml.html.HtmlElement) -> None:
    """Nothing."""


def without_text(tree: lxml.html.HtmlElement) -> None:
    """The text comes by script now."""
    for paragraph in list(tree.iter("p")):
        paragraph.drop_tree()


def first_paragraph_only(tree: lxml.html.HtmlElement) -> None:
    """A teaser before a subscription."""
    for paragraph in tree.xpath("//div[@id='story']/p")[1:]:
        paragraph.drop_tree()


def cookie_text(tree: lxml.html.HtmlElement) -> None:
    """A consent banner where the text begins."""
    words = "The paper and the people it works with would like to remember what you read, so that you find more of it here."
    for story in tree.xpath("//div[@id='story']"):
        story.insert(0, lxml.html.fragment_fromstring(f'<p class="tx">{words}</p>'))


def outlet_as_title(tree: lxml.html.HtmlElement) -> None:
    """The template's own name where the headline was."""
    for element in tree.xpath("//h1 | //title"):
        for child in list(element):
            child.drop_tree()
        element.text = "Northmoor Post"
    for element in tree.xpath("//meta[contains(@property, 'title')]"):
        element.drop_tree()


def without_dates(tree: lxml.html.HtmlElement) -> None:
    """No machine and no reader is told when."""
    for element in tree.xpath("//meta[contains(@property, 'time')] | //div[@class='when']"):
        element.drop_tree()


@cache
def night(change: Break) -> tuple[pa.Table, pa.Table, pa.Table]:
    """(PAGES, EXTRACTED, METRICS) of a night with every page of the outlet changed so."""
    found: list[tuple[Article, dict[str, object]]] = []
    ledger = []
    for story in load_newsroom().stories:
        if story.outlet.name != OUTLET:
            continue
        tree = lxml.html.document_fromstring(story_html(story).decode(story.charset))
        change(tree)
        page = RawPage(story.url, lxml.html.tostring(tree, encoding="utf-8"), content_type="text/html; charset=utf-8")
        outcome = extract_article(page)
        fetched = {"source": OUTLET, "fetched_at": NIGHT, "warc_file": "1.warc.gz", "warc_offset": 0}
        if isinstance(outcome, Article):
            found.append((outcome, fetched))
        ledger.append((story.url, outcome.reason if isinstance(outcome, Rejection) else None))
    extracted = articles_to_table(found, run_id="run", extracted_at=NIGHT, extractor="test")
    verdicts = assess(extracted, "run")
    refused = dict(zip(verdicts.refused["url"].to_pylist(), verdicts.refused["reason"].to_pylist(), strict=True))
    rows = [(url, Reason(reason or refused.get(url, Reason.NEW_ARTICLE))) for url, reason in ledger]
    base = {"run_id": "run", "source": OUTLET, "discovered_via": "feed", "discovered_at": NIGHT}
    pages = [base | {"url": url, "reason": reason, "disposition": REASON_DISPOSITION[reason]} for url, reason in rows]
    table = pa.Table.from_pylist(pages, schema=PAGES)
    return table, extracted, run_metrics(table, extracted, verdicts.checks, "run", sources=[OUTLET])


def run_row(run_id: str, ago: int) -> dict[str, object]:
    at = NIGHT - timedelta(days=ago)
    counts = dict.fromkeys(("resumed", "candidates", "stored", "unchanged", "duplicate", "quarantined", "failed", "skipped"), 0)
    row = {"run_id": run_id, "kind": "night", "day": f"{at:%Y-%m-%d}", "started_at": at, "finished_at": at}
    return row | counts | {"gate": "passed", "nightdesk_version": "0"}


def raised(change: Break) -> dict[tuple[str, str | None], str]:
    """(kind, column) -> message of a night with the change, after two weeks without it."""
    usual, (pages, extracted, tonight) = night(healthy)[2], night(change)
    column = METRICS.get_field_index("run_id")

    def of_run(metrics: pa.Table, run_id: str) -> pa.Table:
        return metrics.set_column(column, METRICS.field("run_id"), pa.array([run_id] * metrics.num_rows))

    history = {f"run-{ago:02d}": ago for ago in range(14, 0, -1)}
    with duckdb.connect(":memory:") as con:
        con.register("runs", pa.Table.from_pylist([run_row(*item) for item in history.items()], schema=RUNS))
        con.register("metrics", pa.concat_tables([*(of_run(usual, name) for name in history), of_run(tonight, "tonight")]))
        con.register("alarms", ALARMS.empty_table())
        nights = query_nights(con, "tonight", kind="night", day=f"{NIGHT:%Y-%m-%d}", started_at=NIGHT)
    return {(alarm.kind, alarm.column): alarm.message for alarm in drift_alarms(nights, pages, extracted)}


def test_healthy_pages_raise_nothing() -> None:
    assert raised(healthy) == {}


@pytest.mark.parametrize(
    ("change", "alarm"),
    [
        (without_text, (AlarmKind.QUARANTINE_RATE, None)),
        (first_paragraph_only, (AlarmKind.BODY_LENGTH, "body_length")),
        (cookie_text, (AlarmKind.BOILERPLATE, "body")),
        (outlet_as_title, (AlarmKind.TITLE, "title")),
        (without_dates, (AlarmKind.NULL_RATE, "published_at")),
    ],
    ids=lambda value: value.__name__ if callable(value) else value[0],
)
def test_a_broken_page_is_an_alarm_that_names_it(change: Break, alarm: tuple[AlarmKind, str | None]) -> None:
    assert alarm in raised(change)
