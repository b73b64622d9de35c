"""What needs Great Expectations, which takes more than ten seconds to import: all of it in one module, with one fixture."""

import re
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from lxml import html

from expectations.docs import write_data_docs
from expectations.rules import RULES
from expectations.suite import broken_counts, build_suite, projected_frame, validate
from expectations.verdicts import check_counts
from warehouse.schema import EXTRACTED

NIGHT = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
BODY = "The council met on Monday and spoke about the pier. " * 4

# One change per rule at least; several rules are broken by more than one row, and null stands in every column that may be null.
BAD_ROWS: tuple[dict[str, Any], ...] = (
    {"url": "", "canonical_url": "javascript:alert(1)"},
    {"url": "https://a.example/x\n", "language": "en\n"},
    {"title": None, "body": None, "body_length": 0, "authors": None, "language": None},
    {"title": "<script>alert('x')</script> & $title", "body": BODY + "<p onclick=x()>"},
    {"title": "KÃ¶ln", "body": "Ã¼ Ã¤ Ã¶ &nbsp; \ufffd " + BODY},
    {"title": "y", "body": "kurz", "body_length": 4},
    {"title": "Council meets about the pier", "body": "Council meets about the pier " + BODY},
    {"body": f"{BODY}\n\nBaca juga: Lain\n\nLogin untuk membaca"},
    {"published_at": None, "published_precision": None, "published_from": None, "published_utc_offset": None},
    {"published_at": datetime(1970, 1, 1, tzinfo=UTC), "published_precision": "hour", "published_from": "x"},
    {"published_at": NIGHT + timedelta(days=40), "modified_at": NIGHT, "published_utc_offset": 841},
    {"published_at": NIGHT + timedelta(days=1), "modified_at": NIGHT + timedelta(days=1), "published_utc_offset": -720},
    {"authors": ["Von Anna Berg", None], "language": "de-AT", "pages_missing": 1},
    {"article_id": "0" * 32, "pages_missing": None},
    {"article_id": "0" * 32},
    {"article_id": "XYZ"},
)


RowMaker = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def great_expectations() -> None:
    """Import it once: what it imports warns about deprecated modules of the standard library, which is not ours to mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        build_suite()


@pytest.fixture(scope="module")
def rows(row: RowMaker) -> pa.Table:
    """Good rows and bad ones, of two sources."""
    bad = [row(number, source="nordblick", **change) for number, change in enumerate(BAD_ROWS)]
    return pa.Table.from_pylist([row(number) for number in range(100, 110)] + bad, schema=EXTRACTED)


@pytest.fixture(scope="module")
def docs(rows: pa.Table, great_expectations: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of Data Docs of these rows, written twice: the second replaces the first."""
    out = tmp_path_factory.mktemp("reports") / "run-7" / "data_docs"
    write_data_docs(rows.slice(0, 3), out, "run-6")
    (out / "stale.html").write_text("from an earlier run")
    assert write_data_docs(rows, out, "run-7") == out / "index.html"
    return out


def _ours(rows: pa.Table) -> dict[str, int]:
    return {item["rule"]: item["broken_count"] for item in check_counts(rows, "run-7").to_pylist() if item["source"] is None}


def test_verdicts_and_great_expectations_count_the_same_on_every_rule(rows: pa.Table, great_expectations: None) -> None:
    theirs = broken_counts(validate(rows, "run-7"))
    assert theirs == _ours(rows)
    assert [rule.name for rule in RULES if not theirs[rule.name] and rule.name != "url_present"] == []


def test_both_say_the_same_of_no_rows(great_expectations: None) -> None:
    empty = EXTRACTED.empty_table()
    assert broken_counts(validate(empty, "run-7")) == _ours(empty)


def test_the_frame_holds_scalars_and_never_a_body(rows: pa.Table) -> None:
    frame = projected_frame(rows)
    assert {"body", "lead", "authors", "tags", "minhash", "related_urls"} & set(frame.columns) == set()
    assert max(len(str(value)) for value in frame.to_numpy().ravel()) < 600


def test_the_docs_are_three_pages_and_small(docs: Path) -> None:
    assert sorted(path.name for path in docs.iterdir()) == ["index.html", "results.html", "suite.html"]
    assert sum(path.stat().st_size for path in docs.iterdir()) < 400_000
    assert [path.name for path in docs.parent.iterdir()] == ["data_docs"]


@pytest.mark.parametrize("name", ["index.html", "results.html", "suite.html"])
def test_a_page_of_the_docs_asks_for_nothing_and_runs_nothing(docs: Path, name: str) -> None:
    text = (docs / name).read_text(encoding="utf-8")
    page = html.document_fromstring(text)
    assert page.xpath("//script | //iframe | //img | //object | //link[@rel!='icon'] | //@*[starts-with(name(), 'on')]") == []
    assert re.findall(r"@import|url\(", text) == []
    targets = {href for href in page.xpath("//a/@href") if not href.startswith("#")}
    assert targets <= {"../index.html", "index.html", "results.html", "suite.html"}


def test_the_index_lists_every_rule_with_its_count(docs: Path, rows: pa.Table) -> None:
    page = html.document_fromstring((docs / "index.html").read_text(encoding="utf-8"))
    listed = {row.xpath("string(th)"): int(row.xpath("string(td[last()])")) for row in page.xpath("//tbody/tr")}
    assert listed == _ours(rows)


def test_values_from_pages_are_shown_as_text(docs: Path) -> None:
    page = html.document_fromstring((docs / "results.html").read_text(encoding="utf-8"))
    cells = {cell.text_content().strip() for cell in page.xpath("//td")}
    assert {"<script>", "<p onclick=x()>", "2026-03-03 20:00:00 UTC, 2026-04-11 20:00:00 UTC"} <= cells
