"""One large file from the network to the disk: in pieces, guarded, taken up again where it broke off.

Belongs here: archives, which are too large for memory. Does not belong here: pages and feeds (client). robots.txt is not asked: a
person named this very file.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

import aiohttp

from sources.addresses import GuardedResolver, is_local_host
from sources.config import FetchSettings, Source, require_contact
from sources.content import status_verdict
from sources.politeness import backoff_seconds
from sources.web import Ask, host_of, meaning_of, request_url, url_refusal
from transforms.errors import InputError
from transforms.records import Reason

log = logging.getLogger(__name__)

_PIECE_BYTES = 1024 * 1024
_SILENCE_SECONDS = 60.0
_MAX_REDIRECTS = 5
_TRIES = 4

# CC-NEWS' files are of 1 GB.
LARGEST_FILE_BYTES = 20_000_000_000

_FINAL = frozenset(
    {Reason.NOT_FOUND, Reason.GONE, Reason.HTTP_CLIENT_ERROR, Reason.PRIVATE_ADDRESS, Reason.BAD_REDIRECT, Reason.TOO_LARGE}
)


class DownloadError(Exception):
    """The file could not be had. `reason` and `detail` as in the ledger."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail = reason, detail


def download(url: str, path: Path, settings: FetchSettings, on_bytes: Callable[[int], None] = lambda _: None) -> None:
    """Get a file, whole or not at all; what came of it earlier (`<path>.part`) is not asked for again.

    Raises DownloadError, or ConfigError where a far host is to be asked without a contact.
    """
    require_contact(settings, [Source(name="archive", lists=(url,))], where="--warc-paths")
    asyncio.run(_download(url, path, settings, on_bytes))


async def _download(url: str, path: Path, settings: FetchSettings, on_bytes: Callable[[int], None]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    # A local address was asked for by the user's own word.
    resolver = GuardedResolver(allow_private=is_local_host(host_of(url)), connect_to={})
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_SILENCE_SECONDS, sock_read=_SILENCE_SECONDS)
    headers = {"User-Agent": settings.agent, "Accept-Encoding": "identity"}
    connector = aiohttp.TCPConnector(resolver=resolver)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers, auto_decompress=False) as session:
        for attempt in range(_TRIES):
            try:
                await _attempt(session, url, part, on_bytes)
                break
            except DownloadError as error:
                if error.reason in _FINAL or attempt == _TRIES - 1:
                    raise
                log.warning("url=%s again after %s", url, error, extra={"url": url})
                await asyncio.sleep(backoff_seconds(attempt))
    part.replace(path)


async def _attempt(session: aiohttp.ClientSession, url: str, part: Path, on_bytes: Callable[[int], None]) -> None:
    had = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={had}-"} if had else {}
    try:
        async with await _answered(session, url, headers) as response:
            if had and response.status == 416:  # nothing lies beyond what is there
                return
            refused = status_verdict(response.status)
            if refused is not None:
                raise DownloadError(*refused)
            is_rest = response.status == 206
            with part.open("ab" if is_rest else "wb") as file:
                await _write(response, file.write, had if is_rest else 0, on_bytes)
    except (aiohttp.ClientError, OSError, ValueError, EOFError) as exc:
        raise DownloadError(*meaning_of(exc, _ask(url))) from exc


def _ask(url: str) -> Ask:
    return Ask(
        url, LARGEST_FILE_BYTES, timeout_seconds=_SILENCE_SECONDS, read_seconds=_SILENCE_SECONDS, html_only=False, headers={}
    )


async def _answered(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> aiohttp.ClientResponse:
    """The answer at the end of the redirects, each hop judged like the first."""
    may_be_private = is_local_host(host_of(url))
    for _ in range(_MAX_REDIRECTS + 1):
        refused = url_refusal(url, allow_private=may_be_private)
        if refused is not None:
            raise DownloadError(*refused)
        response = await session.get(request_url(url), headers=headers, allow_redirects=False)
        location = response.headers.get("Location")
        if response.status not in (301, 302, 303, 307, 308) or not location:
            return response
        response.release()
        url = urljoin(url, location)
    raise DownloadError(Reason.TOO_MANY_REDIRECTS, f"more than {_MAX_REDIRECTS} redirects, last to {url}")


async def _write(
    response: aiohttp.ClientResponse, write: Callable[[bytes], int], had: int, on_bytes: Callable[[int], None]
) -> None:
    size = had
    async for piece in response.content.iter_chunked(_PIECE_BYTES):
        size += len(piece)
        if size > LARGEST_FILE_BYTES:
            raise DownloadError(Reason.TOO_LARGE, f"the file exceeds {LARGEST_FILE_BYTES} bytes")
        try:
            await asyncio.to_thread(write, piece)
        except OSError as exc:
            raise InputError(f"{response.url}: cannot be written to the disk: {exc.strerror or exc}") from exc
        on_bytes(len(piece))
