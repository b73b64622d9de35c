"""Which articles tell one story, as files beside the lake: which files there are, and how far they have come.

Belongs here: the state and the names of the files of stories/, forgetting the old ones. Does not belong here: finding stories
(stories.py).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import files
from warehouse.paths import DataDir
from warehouse.position import Position

# To be raised when what counts as one story changes: the stories are then found anew.
_FORMAT = 1
# As long as vacuum keeps the data files that an old views file names (layout.table_properties).
_KEEP_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Book:
    """The members of all stories: one file per month in which articles were first seen, YYYY-MM. A file never changes."""

    position: Position  # of table articles
    months: Mapping[str, Path] = field(default_factory=dict)


def read_book(data: DataDir) -> Book | None:
    """The stories as they lie there; None if there are none that can be trusted: never finished, damaged, or of
    another format.
    """
    try:
        state = json.loads((data.stories / "state.json").read_text(encoding="utf-8"))
        months = {month: data.stories / name for month, name in state["months"].items()}
        book = Book(Position(**state["position"]), months)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return book if state["format"] == _FORMAT and all(map(_is_whole, months.values())) else None


def _is_whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            pq.read_metadata(file)
    except (OSError, pa.ArrowInvalid):
        return False
    return True


def write_book(data: DataDir, book: Book) -> None:
    """Make this the state, and remove files that no views file younger than vacuum's retention names."""
    before = read_book(data)
    replaced = set(before.months.values()) - set(book.months.values()) if before else set()
    names = {month: path.name for month, path in book.months.items()}
    state = {"format": _FORMAT, "position": asdict(book.position), "months": names}
    with files.replacing(data.stories / "state.json") as fresh:
        fresh.write_text(json.dumps(state, indent=1), encoding="utf-8")
    others = (path for path in data.stories.glob("*.parquet") if path.name not in names.values())
    files.forget(others, replaced=replaced, after_seconds=_KEEP_SECONDS)
