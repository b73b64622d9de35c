"""Lists of WARC files, as Common Crawl publishes them (warc.paths.gz): which archives there are and where each lies.

Belongs here: reading such a list, joining its lines with a prefix, and files named by a pattern. Does not belong
here: downloading, reading archives.
"""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from sources.decoding import DecodingError, SizeLimitError, unpack
from transforms.errors import InputError
from transforms.urls import is_http_url

# A month of CC-NEWS names a thousand files.
_LIST_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Archive:
    """A WARC file at `path`; one that has a `url` is downloaded there first, if it is not there yet."""

    path: Path
    url: str | None = None


def local_archives(patterns: Sequence[str], *, called: str) -> list[Archive]:
    """The files that paths and patterns name, each once, in their order. InputError, under `called`, for one that names none."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        paths = [Path(path).resolve() for path in sorted(glob.glob(pattern, recursive=True)) if Path(path).is_file()]  # noqa: PTH207
        if not paths:
            raise InputError(f"{called} {pattern}: no file is there by that name; give paths or patterns of WARC files")
        found |= dict.fromkeys(paths)
    return [Archive(path) for path in found]


def read_list(data: bytes, name: str) -> list[str]:
    """The lines of a list, plain or gzipped, without blank ones and comments. InputError, under `name`, for what is none."""
    try:
        text = (unpack(data, "gzip", _LIST_BYTES) if data.startswith(b"\x1f\x8b") else data).decode("utf-8-sig")
    except (DecodingError, SizeLimitError, EOFError, UnicodeDecodeError) as exc:
        raise InputError(f"{name}: is no list of WARC files, one a line, plain or gzipped: {exc}") from exc
    lines = [line.strip() for line in text.splitlines()]
    found = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    if not found:
        raise InputError(f"{name}: names no WARC file; give a list of them, one a line")
    odd = next((line for line in found if ".warc" not in line and ".arc" not in line), None)
    if odd is not None:
        raise InputError(f"{name}: {odd[:100]!r} is no WARC file's name; give a list of them, one a line")
    return found


def archives_of(lines: list[str], prefix: str, downloads: Path) -> list[Archive]:
    """Where each file of a list lies. `prefix`: a folder or an http(s) URL that stands before lines that are neither.

    What is far comes to lie below `downloads`, under its own path.
    """
    return [_archive(line, prefix, downloads) for line in lines]


def _archive(line: str, prefix: str, downloads: Path) -> Archive:
    place = line if "://" in line or line.startswith("/") else f"{prefix.rstrip('/')}/{line}"
    if "://" not in place:
        path = Path(place).resolve()
        if not path.is_file():
            raise InputError(f"{path}: there is no such file, though the list names it. --prefix says where its files lie")
        return Archive(path)
    if not is_http_url(place):
        raise InputError(
            f"{place}: only files and http(s) URLs can be read; for Common Crawl: --prefix https://data.commoncrawl.org/"
        )
    parts = urlsplit(place)
    # "..", drive letters and the like name no folder of ours.
    names = [name for name in PurePosixPath(unquote(parts.path)).parts if name not in ("/", "..", ".")]
    return Archive(downloads.joinpath((parts.hostname or "").replace(":", "_"), *names), place)
