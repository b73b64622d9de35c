from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from expectations.metrics import run_metrics
from expectations.rules import RULES, Action
from expectations.verdicts import check_counts
from transforms.records import REASON_DISPOSITION, Reason
from warehouse.schema import CHECKS, EXTRACTED, METRICS, PAGES

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
    metrics = run_metrics(pages, rows, check_counts(rows, "run-1"), "run-1", sources=["a", "b"])
    assert metrics.schema.equals(METRICS)
    found = {(item["metric"], item["column"]): item["value"] for item in metrics.to_pylist() if item["source"] == "a"}
    nulls = {column: value for (metric, column), value in found.items() if metric == "null_rate"}
    broken = {metric.removeprefix("broken_"): value for (metric, _), value in found.items() if metric.startswith("broken_")}
    assert {key: value for key, value in found.items() if key[0] != "null_rate" and not key[0].startswith("broken_")} == {
        ("candidates", None): 3,
        ("stored", None): 1,
        ("unchanged", None): 1,
        ("duplicate", None): 0,
        ("quarantined", None): 0,
        ("failed", None): 1,
        ("skipped", None): 0,
        ("new_articles", None): 1,
        ("new_versions", None): 0,
        ("refused", None): 0,
        ("wanted", None): 3,
        ("judged", None): 2,
        ("failure_rate", None): 1 / 3,
        ("quarantine_rate", None): 0,
        ("bytes", None): 1500,
        ("elapsed_ms_p50", None): 200,
        ("elapsed_ms_p90", None): 280,
        ("extracted", "body_length"): 2,
        ("body_length_p10", "body_length"): 120,
        ("body_length_p50", "body_length"): 200,
        ("body_length_p90", "body_length"): 280,
        ("below_250_share", "body_length"): 0.5,
        ("below_500_share", "body_length"): 1,
        ("below_1000_share", "body_length"): 1,
        ("below_2000_share", "body_length"): 1,
        ("below_4000_share", "body_length"): 1,
        ("outlet_share", "title"): 0,
        ("outlet_share", "authors"): 0,
        ("top_title_share", "title"): 0,
        ("top_title_ending_share", "title"): 0,
        ("top_author_share", "authors"): 0,
        ("top_paragraph_share", "body"): 1,
        ("top_opening_share", "body"): 1,
        ("top_instant_share", "published_at"): 0,
        ("at_fetch_share", "published_at"): 0,
        ("fetch_day_share", "published_at"): 0.5,
        ("language_en", "language"): 1,
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
    assert {rule for rule, value in broken.items() if value} == set()
    assert broken.keys() == {rule.name for rule in RULES if rule.action is Action.WARN}


def test_a_source_that_gave_no_candidate_has_its_zeros() -> None:
    metrics = run_metrics(PAGES.empty_table(), EXTRACTED.empty_table(), CHECKS.empty_table(), "run-1", sources=["a"])
    assert {row["value"] for row in metrics.to_pylist()} == {0.0}
    assert {row["metric"] for row in metrics.to_pylist()} >= {"candidates", "new_articles"}


def shares_of(*rows: dict[str, Any]) -> dict[tuple[str, str | None], float]:
    table = pa.Table.from_pylist(list(rows), schema=EXTRACTED)
    metrics = run_metrics(PAGES.empty_table(), table, CHECKS.empty_table(), "run-1")
    return {(item["metric"], item["column"]): item["value"] for item in metrics.to_pylist()}


def test_what_pages_have_alike(row: Callable[..., dict[str, Any]]) -> None:
    wall = "We use cookies to personalise what you see here."
    bodies = [
        f"{wall}\n\nThe pier is open again.",
        f"{wall}\n\nThe bell is silent.",
        "A third story, of otters and of rain.",
        "Short.",
    ]
    titles = ["Harbour Post", "The pier is open again", "The pier is open again", None]
    shares = shares_of(
        *(
            row(n, body=body, title=title, site_name="Harbour Post", authors=authors, published_at=NIGHT if n < 3 else None)
            for n, (body, title, authors) in enumerate(
                zip(bodies, titles, [["HARBOUR POST"], ["Ida Brandt"], ["Ida Brandt"], []], strict=True)
            )
        )
    )
    assert {key: shares.get(key) for key in (
        ("top_paragraph_share", "body"), ("top_opening_share", "body"), ("top_title_share", "title"), ("outlet_share", "title"),
        ("outlet_share", "authors"), ("top_author_share", "authors"), ("top_instant_share", "published_at"),
        ("at_fetch_share", "published_at"), ("null_rate", "title"),
    )} == {
        ("top_paragraph_share", "body"): 0.5, ("top_opening_share", "body"): 0.5, ("top_title_share", "title"): 0.5,
        ("outlet_share", "title"): 0.25, ("outlet_share", "authors"): 0.25, ("top_author_share", "authors"): 0.5,
        ("top_instant_share", "published_at"): 0.75, ("at_fetch_share", "published_at"): 0.75, ("null_rate", "title"): 0.25,
    }  # fmt: skip


def test_the_publishers_day_counts_not_that_of_greenwich(row: Callable[..., dict[str, Any]]) -> None:
    # 20:00 UTC is 3:00 of the next day in Jakarta.
    yesterday = row(1, published_at=NIGHT - timedelta(hours=4), published_utc_offset=420)
    today = row(2, published_at=NIGHT - timedelta(hours=2), published_utc_offset=420)
    assert shares_of(yesterday, today)["fetch_day_share", "published_at"] == 0.5


def test_a_refusal_by_the_site_is_a_failure_and_what_our_settings_skip_is_not_wanted() -> None:
    reasons = ("new_article", "robots_disallowed", "noindex", "http_client_error", "not_due", "excluded", "same_url", "too_old")
    pages = pa.Table.from_pylist(
        [page(f"https://news.example/{n}", reason, REASON_DISPOSITION[Reason(reason)]) for n, reason in enumerate(reasons)],
        schema=PAGES,
    )
    metrics = run_metrics(pages, EXTRACTED.empty_table(), CHECKS.empty_table(), "run-1").to_pylist()
    found = {item["metric"]: item["value"] for item in metrics}
    counts = ("candidates", "wanted", "refused", "failed", "failure_rate", "judged", "quarantine_rate")
    assert {name: found.get(name) for name in counts} == dict(zip(counts, (8, 4, 2, 1, 0.75, 1, 0), strict=True))


def test_a_run_in_which_nothing_happened_has_no_figures() -> None:
    assert run_metrics(PAGES.empty_table(), EXTRACTED.empty_table(), CHECKS.empty_table(), "run-1").num_rows == 0
