"""Raw pages that were archived before, as a fetch of today would have given them.

Belongs here: finding a page and its further pages by the pointer that a row bears. Does not belong here: which rows there are,
extraction.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from sources.joining import NextPage, join_captures
from sources.planning import keep_latest_captures
from sources.records import Fetched
from sources.warc import capture_at, read_page, scan
from transforms.records import Candidate, RawPage, Reason, WarcPointer


@dataclass(frozen=True, slots=True)
class Archived:
    """A page that a row was made of: `path` is its file, `pointer` what the row calls it."""

    url: str
    source: str
    fetched_at: datetime
    path: Path
    pointer: WarcPointer
    page_count: int


class Rereader:
    """Reads archived pages again. Files that hold articles of several pages are walked once, to find the further ones."""

    def __init__(self, next_page_url: NextPage, now: Callable[[], datetime]) -> None:
        self._next_page_url, self._now = next_page_url, now
        self._parts: dict[Path, Mapping[tuple[str, int], tuple[WarcPointer, ...]]] = {}

    def fetched(self, page: Archived) -> Fetched:
        """The page as the outcome of a fetch, under the URL, source and time of its row; or why it cannot be read."""
        found = capture_at(page.path, page.pointer.offset, source=page.source, now=self._now)
        candidate = Candidate(page.url, page.source, "warc", self._now(), str(page.path), found.candidate.hints)
        if found.reason is Reason.BAD_WARC_RECORD or found.warc is None:
            return replace(found, candidate=candidate, fetched_at=page.fetched_at)
        parts = self._parts_of(page) if page.page_count > 1 else ()
        return replace(found, candidate=candidate, fetched_at=page.fetched_at, warc=page.pointer, parts=parts)

    def _parts_of(self, page: Archived) -> tuple[WarcPointer, ...]:
        first = _first_segment(page.path)
        if first not in self._parts:
            captures = [item for path in _segments(page.path) for item in scan(path, source=page.source, now=self._now)]
            joined = join_captures(keep_latest_captures(captures), self._next_page_url, read=partial(_read_beside, page.path))
            self._parts[first] = {(item.warc.file, item.warc.offset): item.parts for item in joined if item.warc and item.parts}
        return self._parts[first].get((str(page.path), page.pointer.offset), ())


def _read_beside(segment: Path, path: Path, offset: int) -> RawPage:
    """A page of another segment of a batch. The folder may be an object store's, which the text of a pointer does not open."""
    return read_page(segment.with_name(path.name), offset)


def _segments(path: Path) -> Iterator[Path]:
    """All segments of the batch that a file is of, as they were written: of two captures the later one counts."""
    first = _first_segment(path)
    stem = first.name.removesuffix(".warc.gz")
    others = sorted(path.parent.glob(f"{stem}-*.warc.gz"), key=lambda other: (len(other.name), other.name))
    yield from (first, *others) if first.exists() else (path,)


def _first_segment(path: Path) -> Path:
    """1.warc.gz of 1-2.warc.gz; a file of somebody else's is its own."""
    stem, _, number = path.name.removesuffix(".warc.gz").partition("-")
    return path.with_name(f"{stem}.warc.gz") if number.isdigit() and stem.isdigit() else path
