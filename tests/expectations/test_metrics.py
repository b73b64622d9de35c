from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from expectations.metrics import run_metrics
from warehouse.schema import EXTRACTED, METRICS, PAGES

NIGHT = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)


def page(url: str, reason: str, disposition: str, **values: Any) -> dict[str, Any]:
    base = {"run_id": "run-1", "source": "a", "discovered_via": "feed", "discovered_at": NIGHT}
    return base | {"url": url, "reason": reason, "disposition": disposition} | values


def test_a_run_in_figures(row: Callable[..., dict[str, Any]], table: Callable[..., pa.Table]) -> None:
    pages = pa.Table.from_pylist(
        [
            page("https://news.example/story-1", "new_article", "stored", bytes=1000, elapsed_ms=100),
            page("https://news.example/story-2", "same_content", "unchanged", bytes=500, elapsed_ms=300),
            page("https://news.example/story-3", "dns_error", "failed"),
        ],
        schema=PAGES,
    )
    rows = table(
        row(1, source="a", published_at=NIGHT - timedelta(minutes=45), body_length=100, authors=[], lead=""),
        row(2, source="a", published_at=NIGHT - timedelta(days=9), body_length=300, published_precision="day"),
    )
    metrics = run_metrics(pages, rows, "run-1")
    assert metrics.schema.equals(METRICS)
    found = {(item["metric"], item["column"]): item["value"] for item in metrics.to_pylist()}
    nulls = {column: value for (metric, column), value in found.items() if metric == "null_rate"}
    assert {key: value for key, value in found.items() if key[0] != "null_rate"} == {
        ("candidates", None): 3,
        ("stored", None): 1,
        ("unchanged", None): 1,
        ("duplicate", None): 0,
        ("quarantined", None): 0,
        ("failed", None): 1,
        ("skipped", None): 0,
        ("new_articles", None): 1,
        ("new_versions", None): 0,
        ("bytes", None): 1500,
        ("elapsed_ms_p50", None): 200,
        ("elapsed_ms_p90", None): 280,
        ("extracted", "body_length"): 2,
        ("body_length_p10", "body_length"): 120,
        ("body_length_p50", "body_length"): 200,
        ("body_length_p90", "body_length"): 280,
        ("lag_minutes_p50", "published_at"): 45,
        ("lag_minutes_p90", "published_at"): 45,
    }
    assert {column for column, value in nulls.items() if value == 0} == {
        "title", "body", "tags", "published_at", "published_utc_offset", "language",
    }  # fmt: skip
    assert {column for column, value in nulls.items() if value == 0.5} == {"authors", "published_time"}
    assert {column for column, value in nulls.items() if value == 1} == {
        "lead", "modified_at", "section", "dateline", "site_name", "image_url", "is_free",
    }  # fmt: skip


def test_a_run_in_which_nothing_happened_has_no_figures() -> None:
    assert run_metrics(PAGES.empty_table(), EXTRACTED.empty_table(), "run-1").num_rows == 0
