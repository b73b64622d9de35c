"""One row of the quarantine, for a person to read.

Belongs here: the layout of `nightdesk quarantine show`. Does not belong here: finding rows (warehouse/quarantine.py), and what
rules mean (expectations/rules.py).
"""

import json
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from expectations.ownrules import rule_by_name
from sources.warc import read_page
from transforms.errors import InputError
from transforms.page import parse_page
from transforms.pagetext import page_text
from transforms.records import Rejection
from warehouse.paths import DataDir
from warehouse.quarantine import whole_ids
from warehouse.query import connect, explained
from warehouse.schema import ARTICLE_FIELDS

_BODY_CHARACTERS = 600
_WIDTH = 100
_LABEL = 22  # characters: the longest column and its indent
# Said above the row's own columns, or of no use to a reader.
_LEFT_OUT = frozenset({"url", "body", "minhash", "content_hash"})


def read_row(data: DataDir, row_id: str) -> dict[str, Any]:
    """The row of view quarantine whose id begins so. InputError if none does, or several."""
    with connect(data) as con, explained():
        (whole,) = whole_ids(con, (row_id,))
        (row,) = con.sql("from quarantine where quarantine_id = $1", params=[whole]).to_arrow_table().to_pylist()
    return dict(row)


def describe(data: DataDir, row: Mapping[str, Any], form: str) -> Iterator[str]:
    """The row as lines of text, or as one JSON object with the meanings of the rules that it broke."""
    if form == "json":
        broken = [rule | {"meaning": _meaning(rule["rule"])} for rule in row["broken_rules"] or ()]
        yield json.dumps(dict(row) | {"broken_rules": broken}, ensure_ascii=False, indent=1, default=_json)
        return
    yield f"{row['quarantine_id']}  {_state(row)}"
    yield from _named("url", row["url"])
    yield from _named("refused", f"{row['reason']}: {row['detail']}" if row["detail"] else row["reason"])
    yield from _named("of", f"source {row['source']}, run {row['run_id']}, fetched {_text(row['fetched_at'])}")
    yield from _named("raw page", _raw(data, row))
    for rule in row["broken_rules"] or ():
        yield f"broken: {rule['rule']} ({rule['column']})"
        yield from _named("  must be", _meaning(rule["rule"]))
        yield from _named("  found", rule["value"])
    yield from _row(row)


def _row(row: Mapping[str, Any]) -> Iterator[str]:
    if row["article_id"] is None:
        yield "No row was extracted."
        return
    yield "The row as it was extracted:"
    for name in (field.name for field in ARTICLE_FIELDS if field.name not in _LEFT_OUT and row[field.name] not in (None, [])):
        yield from _named(f"  {name}", _text(row[name]))
    body = row["body"] or ""
    yield f"  body ({len(body):,} characters)"
    cut = body[:_BODY_CHARACTERS] + ("..." if len(body) > _BODY_CHARACTERS else "")
    for paragraph in cut.split("\n"):
        yield textwrap.fill(paragraph, _WIDTH, initial_indent="    ", subsequent_indent="    ")


def _state(row: Mapping[str, Any]) -> str:
    by = f" by run {row['ruled_by_run']} at {_text(row['ruled_at'])}" if row["ruled_by_run"] else ""
    because = f", because: {row['because']}" if row["because"] else ""
    return f"{row['replay_state']}{by}{because}"


def page_lines(data: DataDir, row: Mapping[str, Any]) -> Iterator[str]:
    """The raw page as its reader sees it. InputError if it is in the archive no more, or is no text."""
    path = _raw_path(data, row)
    if path is None or not path.exists():
        raise InputError(f"{row['url']}: {_raw(data, row)}")
    parsed = parse_page(read_page(path, row["warc_offset"]))
    if isinstance(parsed, Rejection):
        raise InputError(f"{row['url']}: the raw page cannot be shown as text ({parsed.reason}: {parsed.detail})")
    yield from page_text(parsed).splitlines()


def _raw_path(data: DataDir, row: Mapping[str, Any]) -> Path | None:
    return None if row["warc_file"] is None else data.raw_page(row["warc_file"])


def _raw(data: DataDir, row: Mapping[str, Any]) -> str:
    path = _raw_path(data, row)
    if path is None:
        return "was never archived"
    if not path.exists():
        return f"was removed from the archive: {path} is there no more, and the page cannot be replayed"
    return f"{path}, record at byte {row['warc_offset']}"


def _meaning(rule: str) -> str:
    known = rule_by_name().get(rule)
    return known.meaning if known else "a rule that neither this version of nightdesk nor an installed package has"


def _named(name: str, value: object) -> Iterator[str]:
    yield f"{name:<{_LABEL}} {'null' if value is None else value}"


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _json(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
