"""The ledger of a run: the sum holds, or nothing is committed."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from transforms.errors import LakeError
from transforms.records import REASON_DISPOSITION, Reason
from warehouse.ledger import assemble_pages, assemble_quarantine
from warehouse.schema import DECIDED, EXTRACTED, FETCHED, REFUSED

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def fetched(*rows: dict[str, Any]) -> pa.Table:
    base = {"source": "kabar", "discovered_via": "feed", "discovered_at": NOW, "fetched_at": NOW, "bytes": 10}
    return pa.Table.from_pylist([base | row for row in rows], schema=FETCHED)


def refused(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=REFUSED)


def decided(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=DECIDED)


def test_every_reason_has_one_disposition() -> None:
    assert set(REASON_DISPOSITION) == set(Reason)


def test_each_candidate_gets_the_disposition_of_the_stage_that_judged_it() -> None:
    pages = assemble_pages(
        fetched=fetched(
            {"url": "u/stored"},
            {"url": "u/short"},
            {"url": "u/304", "reason": "not_modified", "article_id": "known"},
            {"url": "u/404", "reason": "not_found", "detail": "HTTP 404"},
        ),
        refused=refused({"url": "u/short", "reason": "short_body", "detail": "12 characters"}),
        decided=decided({"url": "u/stored", "article_id": "new", "version": 1, "reason": "new_article"}),
        run_id="r1",
    )
    rows = {row["url"]: row for row in pages.to_pylist()}
    columns = ("run_id", "disposition", "reason", "detail", "article_id")
    assert {url: tuple(row[name] for name in columns) for url, row in rows.items()} == {
        "u/stored": ("r1", "stored", "new_article", None, "new"),
        "u/short": ("r1", "quarantined", "short_body", "12 characters", None),
        "u/304": ("r1", "unchanged", "not_modified", None, "known"),
        "u/404": ("r1", "failed", "not_found", "HTTP 404", None),
    }


def test_a_settled_candidate_is_not_judged_again_by_a_page_of_the_same_url() -> None:
    pages = assemble_pages(
        fetched=fetched({"url": "u/a"}, {"url": "u/a", "reason": "same_url"}),
        refused=refused(),
        decided=decided({"url": "u/a", "article_id": "a", "version": 1, "reason": "new_article"}),
        run_id="r1",
    )
    assert sorted(pages["disposition"].to_pylist()) == ["duplicate", "stored"]


@pytest.mark.parametrize(
    "decisions",
    [
        [],
        [
            {"url": "u/a", "article_id": "a", "version": 1, "reason": "new_article"},
            {"url": "u/a", "article_id": "a", "version": 1, "reason": "same_article"},
        ],
    ],
    ids=["judged by nobody", "judged twice"],
)
def test_a_sum_that_does_not_hold_is_refused(decisions: list[dict[str, Any]]) -> None:
    with pytest.raises(LakeError, match="run r1: 1 candidates but"):
        assemble_pages(fetched=fetched({"url": "u/a"}), refused=refused(), decided=decided(*decisions), run_id="r1")


def test_quarantine_keeps_the_row_as_extracted_and_leaves_plain_failures_out() -> None:
    row = {
        "article_id": "a", "url": "u/short", "canonical_url": "u/short", "site": "u", "title": "Judul", "body": "Pendek.",
        "source": "kabar", "fetched_at": NOW, "extracted_at": NOW, "extractor": "x", "run_id": "r1",
    }  # fmt: skip
    broken = [{"rule": "body_long_enough", "column": "body_length", "value": "7"}]
    table = assemble_quarantine(
        fetched=fetched({"url": "u/short", "warc_file": "r1/1.warc.gz", "warc_offset": 5}, {"url": "u/hang"}, {"url": "u/bin"}),
        extracted=pa.Table.from_pylist([row], schema=EXTRACTED),
        refused=refused(
            {"url": "u/short", "reason": "short_body", "detail": "7 characters", "broken_rules": broken},
            {"url": "u/hang", "reason": "extractor_timeout", "detail": "30 s"},
            {"url": "u/bin", "reason": "not_html", "detail": "PNG"},
        ),
        run_id="r1",
        extractor="x",
    )
    rows = {row["url"]: row for row in table.to_pylist()}
    assert set(rows) == {"u/short", "u/hang"}
    kept = rows["u/short"]
    assert (kept["title"], kept["body"], kept["broken_rules"], kept["warc_file"], kept["warc_offset"], kept["replay_state"]) == (
        "Judul", "Pendek.", broken, "r1/1.warc.gz", 5, "open",
    )  # fmt: skip
    assert (rows["u/hang"]["title"], rows["u/hang"]["reason"], rows["u/hang"]["detail"]) == (None, "extractor_timeout", "30 s")
    assert len({row["quarantine_id"] for row in rows.values()}) == 2


def test_one_page_judged_twice_does_not_make_up_for_one_judged_by_nobody() -> None:
    twice = [{"url": "u/a", "article_id": "a", "version": 1, "reason": reason} for reason in ("new_article", "same_article")]
    with pytest.raises(LakeError, match="run r1: 2 candidates but 0 dispositions"):
        assemble_pages(fetched=fetched({"url": "u/a"}, {"url": "u/b"}), refused=refused(), decided=decided(*twice), run_id="r1")
