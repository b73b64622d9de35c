"""The pages that an alarm shows are pages on which a person sees it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from expectations.alerting import drift_alarms
from expectations.nights import nights_of
from expectations.signals import SIGNALS, Model, Signal
from warehouse.schema import EXTRACTED, PAGES

MONDAY = date(2026, 3, 2)
NIGHT = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
RAISED = pa.schema([(name, pa.string()) for name in ("source", "kind", "column", "day", "since")])
TEXTS = [(name, pa.string()) for name in ("source", "day", "metric", "column")]
FIGURES = pa.schema([*TEXTS, ("value", pa.float64()), ("rows", pa.float64())])


def shown(signal: Signal, value: float, rows: list[dict[str, Any]], pages: list[dict[str, Any]]) -> tuple[str, ...]:
    """The examples of an alarm about one signal, which was 0 (a share) or 100 on 28 nights and is `value` tonight."""
    metric = "language_en" if signal.metric == "language_" else signal.metric
    usual = 0.0 if signal.model is Model.SHARE else 100.0
    figures = [
        {"source": "a", "day": (MONDAY - timedelta(days=ago)).isoformat(), "metric": metric, "column": signal.column}
        | {"value": value if ago == 0 else usual, "rows": 50.0}
        for ago in range(28, -1, -1)
    ]
    table = pa.Table.from_pylist(figures, schema=FIGURES)
    nights = nights_of(table, RAISED.empty_table(), MONDAY.isoformat())
    (alarm,) = drift_alarms(nights, pa.Table.from_pylist(pages, schema=PAGES), pa.Table.from_pylist(rows, schema=EXTRACTED))
    return alarm.examples


BROKEN: dict[str, Any] = {
    "title": None, "lead": None, "body": "", "authors": [], "tags": [], "published_at": None, "published_utc_offset": None,
    "language": None, "section": None, "image_url": None, "site_name": None, "modified_at": None, "dateline": None,
}  # fmt: skip


# Of five pages the fourth is changed, and is the one to be shown.
CHANGES: dict[tuple[str, str | None], dict[str, Any]] = {
    ("null_rate", "published_time"): {"published_precision": "day"},
    ("outlet_share", "title"): {"title": "NEWS!"},
    ("outlet_share", "authors"): {"authors": ["News"]},
    ("at_fetch_share", "published_at"): {"published_at": NIGHT},
    ("language_", "language"): {"language": "en"},
}


def is_single(signal: Signal) -> bool:
    return signal.metric == "null_rate" or (signal.metric, signal.column) in CHANGES


@pytest.mark.parametrize("signal", [s for s in SIGNALS if is_single(s)], ids=lambda signal: f"{signal.metric} {signal.column}")
def test_the_page_that_changed_is_shown(signal: Signal, row: Callable[..., dict[str, Any]]) -> None:
    filled = dict.fromkeys(("lead", "section", "dateline", "image_url", "site_name"), "x") | {
        "modified_at": NIGHT,
        "language": "id",
    }
    rows = [row(n, source="a", **filled) for n in range(1, 6)]
    rows[3] |= CHANGES.get((signal.metric, signal.column)) or {signal.column: BROKEN[signal.column or ""]}
    assert shown(signal, 50.0, rows, []) == ("https://news.example/story-4",)


@pytest.mark.parametrize(
    "signal", [s for s in SIGNALS if not is_single(s)], ids=lambda signal: f"{signal.metric} {signal.column}"
)
def test_pages_are_shown_of_everything_that_is_watched(signal: Signal, row: Callable[..., dict[str, Any]]) -> None:
    same = {"source": "a", "title": "The same headline everywhere", "published_at": NIGHT - timedelta(hours=2)}
    rows = [row(n, **same) for n in range(1, 6)]
    page = {"run_id": "run-2", "source": "a", "discovered_via": "feed", "discovered_at": NIGHT, "disposition": "stored"}
    lost = {"failure_rate": "failed", "quarantine_rate": "quarantined"}.get(signal.metric)
    pages = [page | {"url": item["url"], "reason": "new_article"} | ({"disposition": lost} if lost else {}) for item in rows]
    value = 50.0 if signal.model is Model.SHARE else 5.0
    assert shown(signal, value, rows, pages) == tuple(f"https://news.example/story-{n}" for n in (1, 2, 3))


def test_the_shortest_bodies_are_shown(row: Callable[..., dict[str, Any]]) -> None:
    signal = next(signal for signal in SIGNALS if signal.metric == "below_250_share")
    rows = [row(n, source="a", body_length=length) for n, length in enumerate((900, 40, 700, 20, 30))]
    assert shown(signal, 50.0, rows, []) == tuple(f"https://news.example/story-{n}" for n in (3, 4, 1))
