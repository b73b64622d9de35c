"""What was appended to a table since a version, read from its log: so that what is derived from the lake costs a night its own
rows.

Belongs here: telling appended rows from files that were only rewritten. Does not belong here: what is derived of the rows.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from warehouse.lake import Lake, Snapshot
from warehouse.position import Position


def position(lake: Lake, snapshot: Snapshot) -> Position:
    """Where in its table's history a snapshot stands."""
    if snapshot.version is None:
        return Position(-1, "")
    return Position(snapshot.version, _commit(lake.folder(snapshot.table), snapshot.version))


def appended_since(lake: Lake, snapshot: Snapshot, since: Position) -> Snapshot | None:
    """The rows that came between `since` and `snapshot`, as a snapshot of their files alone.

    None where the log cannot tell: it is another table's or no longer reaches back so far, rows were removed or replaced (a
    table set back to an earlier version), or a file that compaction has since replaced is gone. Then what was derived has to be
    derived anew. A file that compaction wrote holds no new rows and is left out.
    """
    folder = lake.folder(snapshot.table)
    if snapshot.version is None or not 0 <= since.version <= snapshot.version or since.commit != _commit(folder, since.version):
        return None
    files: set[Path] = set()
    for number in range(since.version + 1, snapshot.version + 1):
        added = _appended(folder, number)
        if added is None:
            return None
        files |= added
    if not all(file.exists() for file in files):
        return None
    return replace(snapshot, files=tuple(sorted(map(str, files))))


def _commit(folder: Path, number: int) -> str:
    try:
        return hashlib.blake2b(_entry(folder, number).read_bytes(), digest_size=8).hexdigest()
    except FileNotFoundError:
        return ""


def _entry(folder: Path, number: int) -> Path:
    return folder / "_delta_log" / f"{number:020d}.json"


def _appended(folder: Path, number: int) -> set[Path] | None:
    """The files that one commit appended; None if it did more than append, or its log entry is gone."""
    try:
        actions = [json.loads(line) for line in _entry(folder, number).read_text(encoding="utf-8").splitlines() if line]
    except (FileNotFoundError, ValueError):
        return None
    if any(_changing(actions, "remove")):
        return None
    return {folder / unquote(add["path"]) for add in _changing(actions, "add")}


def _changing(actions: list[dict[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    return (action[kind] for action in actions if kind in action and action[kind].get("dataChange", True))
