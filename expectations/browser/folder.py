"""The folder of a site, and its replacement in one step.

Belongs here: what may be overwritten, generations, their removal. Does not belong here: what is in a generation (build.py).

All files of one build lie in a folder of their own, a generation; index.html names it, and its replacement is one rename. Who is
killed leaves the old site whole, and a page that is open never mixes two builds.
"""

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from transforms.errors import BusyError, InputError
from warehouse import files

# Says that the folder was written here, so that it may be written again.
MARK = "nightdesk-site.txt"
_MARK_TEXT = "Written by `nightdesk site`. With this file here, the next one may replace what it wrote.\n"
INDEX = "index.html"
_LOCK = ".nightdesk-site.lock"
_GENERATION = re.compile(r"build-\d{8}T\d{6}Z-[0-9a-f]{6}")


@contextmanager
def new_generation(folder: Path, now: datetime) -> Iterator[Path]:
    """Yield an empty folder below `folder` for a build at `now`. At the block's end all builds are removed but the one that is
    shown: this one, if `switch` was called.

    InputError if `folder` holds what no build wrote or cannot be written to, BusyError if another build is under way there.
    """
    try:
        _claim(folder)
        with files.exclusive(folder / _LOCK, wait=False):
            fresh = folder / f"build-{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
            fresh.mkdir()
            try:
                yield fresh
            finally:
                _remove_others(folder)
                (folder / _LOCK).unlink()
    except BlockingIOError as error:
        raise BusyError(
            f"--out {folder}: another `nightdesk site` is writing there. Wait for it, or choose another folder."
        ) from error
    except OSError as error:
        raise InputError(f"--out {folder}: cannot be written: {error}. What was there before still is.") from error


def switch(folder: Path, page: str) -> Path:
    """Make `page`, which names its generation, the site's index.html; gives its path."""
    with files.replacing(folder / INDEX) as fresh:
        fresh.write_text(page, encoding="utf-8")
    return folder / INDEX


def _claim(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out {folder}: this is a file, and a folder is wanted.")
    if not (folder / MARK).exists():
        if folder.exists() and any(folder.iterdir()):
            raise InputError(
                f"--out {folder}: the folder is not empty, and was not written by `nightdesk site`. Name a new or an empty one."
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_text(_MARK_TEXT, encoding="utf-8")


def _remove_others(folder: Path) -> None:
    """Remove every build but the one that index.html shows. What others have put here stays."""
    index = folder / INDEX
    shown = set(_GENERATION.findall(index.read_text(encoding="utf-8"))) if index.exists() else set()
    for path in folder.iterdir():
        if _GENERATION.fullmatch(path.name) and path.name not in shown:
            shutil.rmtree(path, ignore_errors=True)
