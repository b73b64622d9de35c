"""Records of the stages as Arrow tables and back, and staged Parquet files.

Belongs here: one pair of functions per record that crosses a stage. Does not belong here: deciding anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sources.records import Fetched, FetchRequest
from sources.storable import storable
from transforms.records import Article, Candidate, Hints, Rejection, WarcPointer
from warehouse import files, schema


def write_table(table: pa.Table, path: Path) -> None:
    """Write `table` so that a reader finds all of it at `path` or nothing."""
    with files.replacing(path) as fresh:
        pq.write_table(table, fresh, compression="zstd")


def read_table(path: Path, expected: pa.Schema) -> pa.Table:
    """The staged table at `path`: the columns of `expected`, with its field descriptions."""
    return pq.read_table(path).select(expected.names).cast(expected)


def read_tables(paths: Iterable[Path], expected: pa.Schema) -> pa.Table:
    """Staged tables one after the other."""
    return pa.concat_tables([expected.empty_table(), *(read_table(path, expected) for path in paths)])


def table_of(rows: Sequence[dict[str, Any]], expected: pa.Schema) -> pa.Table:
    """Rows as a table. Half a surrogate pair, as JSON cut inside an emoji gives, is no text to Arrow: it becomes U+FFFD."""
    try:
        return pa.Table.from_pylist(rows, schema=expected)
    except UnicodeEncodeError:
        return pa.Table.from_pylist([{name: _storable(value) for name, value in row.items()} for row in rows], schema=expected)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, tuple | list):
        return [_storable(item) for item in value]
    return value


def _candidate_columns(candidate: Candidate) -> dict[str, Any]:
    return {
        "url": candidate.url,
        "source": candidate.source,
        "discovered_via": candidate.discovered_via,
        "discovered_from": candidate.discovered_from,
        "discovered_at": candidate.discovered_at,
        "hint_title": candidate.hints.title,
        "hint_published_at": candidate.hints.published_at,
        "hint_language": candidate.hints.language,
        "hint_modified_at": candidate.hints.modified_at,
    }


def _candidate(row: dict[str, Any]) -> Candidate:
    return Candidate(
        url=row["url"],
        source=row["source"],
        discovered_via=row["discovered_via"],
        discovered_at=row["discovered_at"],
        discovered_from=row["discovered_from"],
        hints=hints_of(row),
    )


def hints_of(row: dict[str, Any]) -> Hints:
    """The hints of a staged row."""
    return Hints(row["hint_title"], row["hint_published_at"], row["hint_language"], row["hint_modified_at"])


def requests_to_table(requests: Sequence[tuple[FetchRequest, str | None, int]]) -> pa.Table:
    """(request, article_id of the known page, batch) as PLANNED."""
    rows = [
        _candidate_columns(request.candidate)
        | {"etag": request.etag, "last_modified": request.last_modified, "article_id": article_id, "batch": batch}
        for request, article_id, batch in requests
    ]
    return table_of(rows, schema.PLANNED)


def requests_from_table(planned: pa.Table) -> list[FetchRequest]:
    """PLANNED as fetch requests."""
    return [
        FetchRequest(candidate=_candidate(row), etag=row["etag"], last_modified=row["last_modified"])
        for row in planned.to_pylist()
    ]


def fetched_to_table(fetched: Iterable[Fetched], article_ids: Mapping[str, str | None] | None = None) -> pa.Table:
    """What became of candidates so far, as FETCHED. `article_ids`: url -> article that the ledger knows it by."""
    known = article_ids or {}
    rows = [
        _candidate_columns(item.candidate)
        | {
            "reason": item.reason,
            "detail": item.detail,
            "article_id": known.get(item.candidate.url),
            "fetched_at": item.fetched_at,
            "final_url": item.final_url,
            "http_status": item.http_status,
            "bytes": item.bytes,
            "etag": item.etag,
            "last_modified": item.last_modified,
            "elapsed_ms": item.elapsed_ms,
            "warc_file": item.warc.file if item.warc else None,
            "warc_offset": item.warc.offset if item.warc else None,
            "content_type": item.content_type,
            "parts": [_pointer_columns(part) for part in item.parts],
        }
        for item in fetched
    ]
    return table_of(rows, schema.FETCHED)


def _pointer_columns(pointer: WarcPointer) -> dict[str, Any]:
    return {"file": pointer.file, "offset": pointer.offset}


def articles_to_table(
    articles: Sequence[tuple[Article, dict[str, Any]]], *, run_id: str, extracted_at: datetime, extractor: str
) -> pa.Table:
    """(article, its FETCHED row) as EXTRACTED."""
    rows = [
        {name: getattr(article, name) for name in _ARTICLE_NAMES}
        | {name: page[name] for name in ("source", "fetched_at", "warc_file", "warc_offset")}
        | {"extracted_at": extracted_at, "extractor": extractor, "run_id": run_id}
        for article, page in articles
    ]
    return table_of(rows, schema.EXTRACTED)


_ARTICLE_NAMES = tuple(field.name for field in schema.ARTICLE_FIELDS)


def rejections_to_table(rejections: Iterable[Rejection]) -> pa.Table:
    """Pages that extraction refused, as REFUSED."""
    rows = [{"url": item.url, "reason": item.reason, "detail": item.detail, "broken_rules": []} for item in rejections]
    return table_of(rows, schema.REFUSED)
