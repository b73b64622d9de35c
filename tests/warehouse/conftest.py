"""Rows as the stages before the warehouse hand them over, and folders to put them in."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.schema import EXTRACTED, PAGES

DATA_NAME = "night's data, 100% é"
FIRST_NIGHT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def article(name: str, content: str = "a", **fields: Any) -> dict[str, Any]:
    """An extracted row: `name` decides what article it is, `content` what it says."""
    url = f"https://harian.example/{name}"
    row: dict[str, Any] = dict.fromkeys(EXTRACTED.names)
    row |= {
        "article_id": f"id-{name}",
        "url": url,
        "canonical_url": url,
        "site": "harian.example",
        "title": f"Title {name} {content}",
        "body": f"Body {name} {content}",
        "authors": ["Sari Wulandari"],
        "tags": [],
        "related_urls": [],
        "page_count": 1,
        "pages_missing": 0,
        "word_count": 3,
        "body_length": 8 + len(name),
        "content_hash": f"hash-{name}-{content}",
        "minhash": [1, -2],
        "source": "harian",
        "fetched_at": FIRST_NIGHT,
        "extracted_at": FIRST_NIGHT,
        "extractor": "test",
        "run_id": "run-1",
        "warc_file": "run-1/1.warc.gz",
        "warc_offset": 0,
    }
    return row | fields


def page(url: str, disposition: str, reason: str, **fields: Any) -> dict[str, Any]:
    """A row of the ledger."""
    row: dict[str, Any] = dict.fromkeys(PAGES.names)
    row |= {
        "run_id": "run-1",
        "url": url,
        "source": "harian",
        "discovered_via": "feed",
        "discovered_at": FIRST_NIGHT,
        "fetched_at": FIRST_NIGHT,
        "disposition": disposition,
        "reason": reason,
    }
    return row | fields


@pytest.fixture(scope="session")
def make_rows() -> Callable[..., pa.Table]:
    """make_rows(("kali", "a"), ("pasar", "b", {"source": "suara"})) -> EXTRACTED."""

    def make(*articles: Any) -> pa.Table:
        rows = [article(name, content, **(more[0] if more else {})) for name, content, *more in articles]
        return pa.Table.from_pylist(rows, schema=EXTRACTED)

    return make


@pytest.fixture(scope="session")
def make_pages() -> Callable[..., pa.Table]:
    """make_pages((url, disposition, reason, {"etag": ...}), ...) -> PAGES."""

    def make(*pages: Any) -> pa.Table:
        rows = [page(url, disposition, reason, **(more[0] if more else {})) for url, disposition, reason, *more in pages]
        return pa.Table.from_pylist(rows, schema=PAGES)

    return make


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    """A data folder whose name holds all that paths may hold."""
    return DataDir(tmp_path / DATA_NAME)


@pytest.fixture(scope="module")
def shared_data(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """The same for the tests of one file that only read."""
    return DataDir(tmp_path_factory.mktemp("shared") / DATA_NAME)


@pytest.fixture
def lake(data: DataDir) -> Lake:
    return Lake(data.lake)
