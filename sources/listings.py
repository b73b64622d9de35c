"""Feeds, sitemaps and lists as they last came, so that one that has not changed is neither sent nor, for a while, asked for
again.

Belongs here: keeping them below one folder, conditional requests, how long one that never changes is left in peace. Does not
belong here: reading them (feeds, sitemaps). The folder is a cache: without it everything is asked for once more, and nothing is
lost.
"""

import asyncio
import gzip
import hashlib
import json
import logging
import os
import re
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sources.client import HttpClient
from sources.pagelog import PageLog
from sources.records import Answer
from sources.web import without_secrets
from transforms.records import Reason

log = logging.getLogger(__name__)

# What caches take for fresh where nobody says: a tenth of the time since the last change (RFC 9111, 4.2.2).
_REST_SHARE = 0.1

# A nightly run starts a little sooner or later each night.
_EARLY = timedelta(hours=1)

# Sitemaps with the date in their URL come and go; one that was not asked for this long is forgotten.
_FORGOTTEN_AFTER = timedelta(days=60)

_LINK = re.compile(rb"https?://[^\s<>\"']+")


@dataclass(frozen=True, slots=True)
class Listing:
    """A feed, sitemap or list as it came: `body` decoded, `links` a hash of what it names, `changed_at` when that
    last changed.
    """

    url: str
    final_url: str
    content_type: str | None
    etag: str | None
    last_modified: str | None
    links: str
    changed_at: datetime
    asked_at: datetime
    body: bytes

    def due_at(self, longest_rest: timedelta) -> datetime:
        """When it is asked for again."""
        return self.asked_at + min((self.asked_at - self.changed_at) * _REST_SHARE, longest_rest)

    def answer(self, now: datetime) -> Answer:
        """As if it had just been sent."""
        headers = (("Content-Type", self.content_type),) if self.content_type else ()
        return Answer(url=self.url, final_url=self.final_url, fetched_at=now, status=200, headers=headers, body=self.body)


class ListingStore:
    """The listings below one folder, one file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, url: str) -> Listing | None:
        """What is kept of a URL. A file that cannot be read counts as none: it is only a cache."""
        path = self._path(url)
        try:
            with gzip.open(path, "rb") as file:
                values = json.loads(file.readline())
                times = {name: datetime.fromisoformat(values[name]) for name in ("changed_at", "asked_at")}
                return Listing(**(values | times), body=file.read())
        except FileNotFoundError:
            return None
        except (OSError, EOFError, ValueError, TypeError, KeyError, zlib.error) as exc:
            log.warning("%s: cannot be read and is asked for anew: %s", path, exc)
            return None

    def save(self, listing: Listing) -> None:
        """Keep a listing in place of what there was of its URL."""
        self._folder.mkdir(parents=True, exist_ok=True)
        values = {name: value for name, value in asdict(listing).items() if name != "body"}
        head = json.dumps(values, default=datetime.isoformat).encode()
        handle, name = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(gzip.compress(head + b"\n" + listing.body, compresslevel=5))
            Path(name).replace(self._path(listing.url))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def forget_old(self, now: datetime) -> None:
        """Remove what was not asked for in a long time."""
        oldest = (now - _FORGOTTEN_AFTER).timestamp()
        for path in self._folder.glob("*"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def _path(self, url: str) -> Path:
        return self._folder / f"{hashlib.blake2b(url.encode(), digest_size=16).hexdigest()}.gz"


@dataclass(frozen=True, slots=True)
class Listings:
    """Asks for listings through `http`, and for those that `store` holds only when they are due and then conditionally.

    `longest_rest`: however long one has not changed, it is asked for again after that. Without a store all are asked for.
    """

    http: HttpClient
    now: Callable[[], datetime]
    store: ListingStore | None = None
    longest_rest: timedelta = timedelta(0)

    async def get(self, url: str, *, source: str, limit: int, patience: float) -> Answer:
        """A listing as HttpClient.get gives it; one that has not changed comes from the store, and looks the same."""
        url = without_secrets(url)
        kept = await asyncio.to_thread(self.store.load, url) if self.store is not None else None
        if kept is not None and len(kept.body) > limit:
            kept = None
        now = self.now()
        if kept is not None and self.longest_rest and now + _EARLY < kept.due_at(self.longest_rest):
            PageLog(log, source, url).info("not asked: unchanged since %s", kept.changed_at)
            return kept.answer(now)
        answer = await self.http.get(
            url,
            source=source,
            limit=limit,
            html_only=False,
            etag=kept.etag if kept else None,
            last_modified=kept.last_modified if kept else None,
            patience=patience,
        )
        if kept is not None and answer.reason is Reason.NOT_MODIFIED:
            await self._save(replace(kept, asked_at=now))
            return replace(kept.answer(now), elapsed_ms=answer.elapsed_ms)
        if answer.reason is None:
            await self._save(_listing(answer, kept, now))
        return answer

    async def _save(self, listing: Listing) -> None:
        if self.store is not None:
            await asyncio.to_thread(self.store.save, listing)


def _listing(answer: Answer, before: Listing | None, now: datetime) -> Listing:
    links = _links(answer.body)
    return Listing(
        url=answer.url,
        final_url=answer.final_url,
        content_type=answer.header("Content-Type"),
        etag=answer.header("ETag"),
        last_modified=answer.header("Last-Modified"),
        links=links,
        changed_at=before.changed_at if before is not None and before.links == links else now,
        asked_at=now,
        body=answer.body,
    )


def _links(body: bytes) -> str:
    """A hash of what a listing names: a feed that only says when it was built has not changed. Packed ones count as a whole."""
    named = b"\n".join(sorted(set(_LINK.findall(body)))) or body
    return hashlib.blake2b(named, digest_size=16).hexdigest()
