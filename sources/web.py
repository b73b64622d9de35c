"""One HTTP exchange: a request out, a response or a Reason back.

Belongs here: what aiohttp raises and what it means, reading a body within limits, where a redirect points. Does not
belong here: waiting, retrying, following: one call sends one request.
"""

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
from yarl import URL

from sources.addresses import PrivateAddressError, address_problem, literal_address
from sources.capacity import LargeBodies
from sources.content import challenge_verdict, is_other_type, media_type, status_verdict
from sources.decoding import BodyDecoder, DecodingError, SizeLimitError
from sources.htmlhead import read_metas, refresh_url
from sources.records import Answer
from transforms.records import Reason

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE_BYTES = 64 * 1024
_CREDENTIALS = re.compile(r"^(\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//)[^/?#]*@")
_CONNECT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted of one URL, the same over all its redirects. `limit`: decoded bytes; `is_cut_at_limit`: the start
    is enough.
    """

    url: str
    limit: int
    timeout_seconds: float  # for the whole exchange
    read_seconds: float  # for the longest silence in it
    html_only: bool
    headers: Mapping[str, str]
    is_cut_at_limit: bool = False
    metas: frozenset[str] = frozenset()  # names of the meta elements that are to be read, of a page
    rank: int = 0  # who is asked first (capacity.Wire)

    def refused(self, url: str, why: tuple[Reason, str], now: datetime) -> Answer:
        """The answer where nothing was sent."""
        return Answer(url=self.url, final_url=url, fetched_at=now, reason=why[0], detail=why[1])

    def failed(self, answer: Answer, reason: Reason, detail: str) -> Answer:
        """The same answer, turned into a failure."""
        return replace(answer, reason=reason, detail=detail, body=b"", received=b"")

    def closed(self, answer: Answer, elapsed_ms: int) -> Answer:
        """The last answer of a chain of redirects as the answer to the first URL."""
        return replace(answer, url=self.url, elapsed_ms=elapsed_ms)


class _Once:
    """Middleware of one exchange. aiohttp sends a GET again at once when its connection breaks, which no host's gap allows: the
    second time it gets the first one's error, and whether to try again is decided where the gap is known.
    """

    def __init__(self) -> None:
        self._error: Exception | None = None

    async def __call__(self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        if self._error is not None:
            raise self._error
        try:
            return await handler(request)
        except Exception as exc:
            self._error = exc
            raise


async def exchange(
    session: aiohttp.ClientSession,
    ask: Ask,
    url: str,
    *,
    answered: Callable[[], None],
    now: Callable[[], datetime],
    large: LargeBodies,
) -> Answer:
    """Send one GET and read what comes. `answered` is called when the response's head is there; `large` bounds memory."""
    began = time.perf_counter()
    answer = Answer(url=url, final_url=url, fetched_at=now())
    timeout = aiohttp.ClientTimeout(
        total=ask.timeout_seconds,
        sock_connect=min(_CONNECT_SECONDS, ask.timeout_seconds),
        sock_read=min(ask.read_seconds, ask.timeout_seconds),
    )
    try:
        async with session.get(
            request_url(url), headers=ask.headers, timeout=timeout, allow_redirects=False, middlewares=(_Once(),)
        ) as response:
            answered()
            answer = replace(
                answer,
                status=response.status,
                status_text=response.reason or "",
                headers=_decoded_headers(response.raw_headers),
                request_headers=tuple(response.request_info.headers.items()),
            )
            answer = await _read(response, ask, answer, large)
    except (aiohttp.ClientError, OSError, ValueError, SizeLimitError, DecodingError, EOFError) as exc:
        reason, detail = meaning_of(exc, ask)
        answer = ask.failed(answer, reason, detail)
    return replace(answer, elapsed_ms=round((time.perf_counter() - began) * 1000))


async def _read(response: aiohttp.ClientResponse, ask: Ask, answer: Answer, large: LargeBodies) -> Answer:
    verdict = challenge_verdict(response.status, answer.header) or status_verdict(response.status)
    if verdict is not None:
        return ask.failed(answer, *verdict)
    content_type = answer.header("Content-Type")
    if ask.html_only and is_other_type(content_type):
        return ask.failed(answer, Reason.NOT_HTML, f"content type is {media_type(content_type)}")
    encoding = answer.header("Content-Encoding")
    if not ask.is_cut_at_limit and (response.content_length or 0) > ask.limit:
        detail = f"Content-Length is {response.content_length} bytes, the limit {ask.limit}"
        return ask.failed(answer, Reason.TOO_LARGE, detail)
    decoder = BodyDecoder(encoding, ask.limit)
    received: list[bytes] = []
    try:
        async with large.reader() as reader:
            async for piece in response.content.iter_chunked(_PIECE_BYTES):
                decoder.feed(piece)
                received.append(piece)
                await reader.grown(decoder.size)
    except SizeLimitError:
        if not ask.is_cut_at_limit:
            raise
        return replace(answer, body=decoder.start())
    body = decoder.body()
    return replace(
        answer,
        body=body,
        received=b"".join(received) if decoder.is_gzip else b"",
        metas=read_metas(body, ask.metas) if ask.metas else (),
    )


def meaning_of(exc: Exception, ask: Ask) -> tuple[Reason, str]:
    """The reason and detail that an exception of a request stands for."""
    match exc:
        case SizeLimitError():
            return Reason.TOO_LARGE, f"the body exceeds {ask.limit} bytes after decompression; reading was stopped"
        case DecodingError():
            return Reason.BAD_ENCODING, str(exc)
        case EOFError():
            return Reason.TRUNCATED, str(exc)
        case aiohttp.ClientConnectorDNSError():
            cause = exc.os_error
            if isinstance(cause, PrivateAddressError):
                return Reason.PRIVATE_ADDRESS, str(cause)
            return Reason.DNS_ERROR, f"{exc.host}: {cause.strerror or cause}"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return Reason.TLS_ERROR, _text(exc)
        case aiohttp.SocketTimeoutError():
            return Reason.FETCH_TIMEOUT, f"not a byte for {min(ask.read_seconds, ask.timeout_seconds):g} s"
        case asyncio.TimeoutError():
            return Reason.FETCH_TIMEOUT, f"no whole answer within {ask.timeout_seconds:g} s"
        case aiohttp.ClientPayloadError():
            return Reason.TRUNCATED, f"the connection ended before the body did: {_text(exc)}"
        case aiohttp.InvalidURL() | UnicodeError() | ValueError():
            return Reason.DNS_ERROR, f"the URL cannot be asked for: {_text(exc)}"
        case _:
            return Reason.CONNECTION_ERROR, _text(exc)


def _text(exc: Exception) -> str:
    words = exc.message if isinstance(exc, aiohttp.ClientResponseError) else str(exc)
    return " ".join(words.split())[:300] or type(exc).__name__


def _decoded_headers(raw: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[str, str], ...]:
    """Header values are bytes of any kind: UTF-8 where they are, Latin-1 where not."""

    def text(value: bytes) -> str:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.decode("latin-1")

    return tuple((text(name), text(value)) for name, value in raw)


def request_url(url: str) -> URL:
    """The URL as it is sent: byte for byte where it already is plain ASCII, else percent-encoded and IDNA."""
    plain = url.isascii() and url.isprintable() and " " not in url
    return URL(url.partition("#")[0], encoded=True) if plain else URL(url.partition("#")[0])


def redirect_target(answer: Answer) -> Answer | None:
    """Where a redirect points, as the `final_url` of an answer; with reason bad_redirect if that is no http(s) URL.
    None: no redirect.
    """
    if answer.status not in _REDIRECTS or answer.reason is not Reason.BAD_REDIRECT:
        return None
    location = (answer.header("Location") or "").strip()
    if not location:
        return replace(answer, detail=f"HTTP {answer.status} without a Location")
    return _led_to(answer, location, "Location")


def refresh_target(answer: Answer) -> Answer | None:
    """The same for a page that sends its reader on at once by a meta element. None: it does not."""
    url = refresh_url(answer.metas, answer.final_url) if answer.reason is None else None
    return None if url is None else _led_to(answer, url, "meta refresh")


def _led_to(answer: Answer, location: str, name: str) -> Answer:
    def failed(problem: str) -> Answer:
        detail = f"{name} is {problem}: {without_secrets(location)[:200]!r}"
        return replace(answer, reason=Reason.BAD_REDIRECT, detail=detail, body=b"")

    try:
        target = without_secrets(urljoin(answer.final_url, quote(location, safe="%/:=&?~#+!$,;'@()*[]|")))
        parts = urlsplit(target)
        _ = parts.port
    except ValueError:
        return failed("no URL")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return failed("no http(s) URL")
    return replace(answer, reason=None, detail=None, final_url=target.partition("#")[0])


def url_refusal(url: str, *, allow_private: bool) -> tuple[Reason, str] | None:
    """Why this URL is not to be asked for at all, judged by its spelling: scheme, host, a private address as host."""
    try:
        parts, sent = urlsplit(url), request_url(url)
        host, sent_hosts, _ = parts.hostname or "", {(sent.host or "").lower(), (sent.raw_host or "").lower()}, sent.port
    except (ValueError, UnicodeError) as exc:
        return Reason.DNS_ERROR, f"the URL cannot be asked for: {exc}"
    if parts.scheme not in ("http", "https") or not host:
        return Reason.BAD_REDIRECT, "only http and https URLs are asked for"
    # Two parsers that see two hosts: what one of them checks the other would not connect to. "xn--bcher-kva" is "bücher".
    if host not in sent_hosts:
        return Reason.DNS_ERROR, f"the URL's host can be read in two ways, {host!r} and {sent.host!r}"
    address = literal_address(host)
    problem = address_problem(address, allow_private=allow_private) if address is not None else None
    return (Reason.PRIVATE_ADDRESS, f"{host} is {address}, which is {problem}") if problem else None


def without_secrets(url: str) -> str:
    """The URL without a user name and password; whatever else is wrong with it stays."""
    return _CREDENTIALS.sub(r"\1", url, count=1)


def host_of(url: str) -> str:
    """The URL's host in lower case, without a final dot; "" where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
