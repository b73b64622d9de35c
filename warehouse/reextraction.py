"""Stored rows beside what today's code makes of the same raw pages.

Belongs here: which pages there are to read again, and what differs, field by field. Does not belong here: reading raw pages,
extracting, storing the new versions (load).
"""

import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from warehouse import scan
from warehouse.lake import Lake
from warehouse.schema import ARTICLE_FIELDS, ARTICLES, EXTRACTED

CHOSEN = pa.schema(
    [
        ARTICLES.field(name)
        for name in ("article_id", "version", "url", "source", "fetched_at", "page_count", "warc_file", "warc_offset")
    ]
)

# Figures that follow from others: a changed body would be told four times over.
_DERIVED = frozenset({"content_hash", "minhash", "word_count", "body_length"})
FIELDS = tuple(field.name for field in ARTICLE_FIELDS if field.name not in _DERIVED)

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row."""

    url: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Differences:
    """How rows differ from those that are stored: `fields` counts rows by field, `examples` holds the first few of each.

    `changed`: URLs of rows that differ. `moved`: URLs of rows that would be of another article now.
    """

    rows: int = 0
    fields: tuple[tuple[str, int], ...] = ()
    examples: tuple[tuple[str, tuple[Change, ...]], ...] = ()
    changed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


def current_pages(lake: Lake, *, since: datetime | None, site: str | None) -> pa.Table:
    """The pages of current versions that were fetched from `since` on, of one site or all, as CHOSEN."""
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        con.execute(f"create temp view article_versions as {scan.snapshot_query(lake.snapshot('articles'))}")
        answer = con.sql(scan.statement("current_pages"), params=[since, site]).to_arrow_table()
    rows: pa.Table = answer.select(CHOSEN.names).cast(CHOSEN)
    return rows


def differences(lake: Lake, chosen: pa.Table, rows: pa.Table) -> Differences:
    """How `rows` (EXTRACTED) differ from the stored versions (`chosen`, CHOSEN) of the same URLs."""
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        con.execute(f"create temp view article_versions as {scan.snapshot_query(lake.snapshot('articles'))}")
        con.register("asked", chosen.select(["article_id", "version"]))
        stored = con.sql(scan.statement("rows_of_versions")).to_arrow_table().select(EXTRACTED.names).cast(EXTRACTED)
    before = {row["url"]: row for row in stored.to_pylist()}
    return _compared((before[row["url"]], row) for row in rows.to_pylist() if row["url"] in before)


def _compared(pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> Differences:
    counts: Counter[str] = Counter()
    examples: dict[str, list[Change]] = {}
    changed, moved, rows = [], [], 0
    for before, after in pairs:
        rows += 1
        names = [name for name in FIELDS if before[name] != after[name]]
        for name in names:
            counts[name] += 1
            if counts[name] <= _EXAMPLES:
                examples.setdefault(name, []).append(Change(after["url"], before[name], after[name]))
        if before["article_id"] != after["article_id"]:
            moved.append(after["url"])
        elif names:
            changed.append(after["url"])
    shown = tuple((name, tuple(examples[name])) for name in FIELDS if name in examples)
    return Differences(rows, tuple((name, counts[name]) for name in FIELDS if counts[name]), shown, tuple(changed), tuple(moved))


def merged(found: Iterable[Differences]) -> Differences:
    """The differences of several batches as one."""
    counts: Counter[str] = Counter()
    examples: dict[str, tuple[Change, ...]] = {}
    rows, changed, moved = 0, list[str](), list[str]()
    for one in found:
        rows += one.rows
        counts.update(dict(one.fields))
        for name, some in one.examples:
            examples[name] = (*examples.get(name, ()), *some)[:_EXAMPLES]
        changed += one.changed
        moved += one.moved
    return Differences(
        rows=rows,
        fields=tuple((name, counts[name]) for name in FIELDS if counts[name]),
        examples=tuple((name, examples[name]) for name in FIELDS if name in examples),
        changed=tuple(changed),
        moved=tuple(moved),
    )
