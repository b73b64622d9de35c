"""URLs as identities: one spelling per article, and the site that it belongs to.

Belongs here: normalising, AMP, page numbers, registrable domains. Does not belong here: finding links, fetching. Why this is not
left to a library: docs/decisions/canonical-urls.md.
"""

import ipaddress
import re
from functools import cache, lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from tld import get_tld

from transforms.phrasebook import alternation, phrases
from transforms.tracking import is_tracking

_AMP_CACHE = re.compile(
    r"^(?:[^.]+\.cdn\.ampproject\.org/[a-z](?:/(s))?|(?:www\.)?google\.[a-z.]{2,6}/amp(?:/(s))?)/([^/]+\.[^/]+/.*)$"
)
_AMP_PATH = re.compile(r"/amp(?=/?$)|^/amp(?=/.)|\.amp(?=\.html?$|/?$)", re.IGNORECASE)
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NOT_IN_PATHS = ("part",)  # ".../part-2" is the second article of a series
_HIGHEST_PAGE = 60  # beyond it a number after "p=" is an article's id


def is_http_url(url: str) -> bool:
    """Whether it is an absolute http(s) URL with a host that can be asked for."""
    parts = _split(url)
    return parts is not None and not re.search(r"[\s<>\"{}|\\^`]", url)


def canonicalise(url: str, *, canonical_link: str | None = None) -> str:
    """The one spelling of a page's URL: idempotent, never raises; what is no http(s) URL comes back stripped, else unchanged.

    `canonical_link` (the page's rel=canonical, may be relative) is followed if it stays on the site and is not its front page.
    """
    if canonical_link and (target := _followed(url, canonical_link)):
        url = target
    parts = _split(url)
    if parts is None:
        return url.strip()
    parts = _unwrap_amp_cache(parts)
    path = _path(parts.path)
    return urlunsplit((parts.scheme, _netloc(parts), path, _query(parts.query, has_name=len(path) > 1), ""))


def _followed(url: str, link: str) -> str | None:
    try:
        target = urljoin(url, link.strip())
    except ValueError:
        return None
    parts, own = _split(target), _split(url)
    if parts is None or own is None or site_of(target) != site_of(url):
        return None
    # A template that names the front page as every page's canonical would make one article of the whole site.
    is_front = parts.path.strip("/") == "" and not parts.query
    return None if is_front and own.path.strip("/") else target


def split_url(url: str) -> SplitResult:
    """urlsplit() of any text: all parts are empty where it is no URL ("http://[")."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname and parts.port != 0 else None
    except ValueError:  # "http://[", a port of letters: no URL
        return None


def _unwrap_amp_cache(parts: SplitResult) -> SplitResult:
    """https://example-com.cdn.ampproject.org/c/s/example.com/a -> https://example.com/a"""
    match = _AMP_CACHE.match(f"{parts.hostname}{parts.path}")
    if match is None:
        return parts
    scheme = "https" if match[1] or match[2] else "http"
    return _split(urlunsplit((scheme, *match[3].split("/", 1), parts.query, ""))) or parts


def _netloc(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            host = quote(host)
    if host.startswith("amp.") and site_of(f"http://{host}/") == host[4:]:
        host = f"www.{host[4:]}"
    if ":" in host:
        host = f"[{host}]"
    return host if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{parts.port}"


def _path(path: str) -> str:
    path = _escaped(_SESSION_PATH.sub("", path), _PATH_SAFE)
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    ends_open = path.endswith(("/", "/.", "/..")) and kept
    return _without_page(_without_amp("/" + "/".join(kept) + ("/" if ends_open else "")))


def _without_amp(path: str) -> str:
    while (shorter := _AMP_PATH.sub("", path)) != path and shorter.strip("/"):
        path = shorter
    return path


@cache
def _page_path() -> re.Pattern[str]:
    words = alternation(word for word in phrases("paging", "url_words") if word not in _NOT_IN_PATHS)
    everything = alternation(phrases("paging", "all_words"))
    return re.compile(rf"(?<=[^/])/(?:(?:{words})[/_=-]?\d{{1,2}}|{everything})(?=/?$)", re.IGNORECASE)


def _without_page(path: str) -> str:
    while (shorter := _page_path().sub("", path)) != path:
        path = shorter
    return path


def _query(query: str, *, has_name: bool) -> str:
    kept = sorted(
        (key, value)
        for key, value in parse_qsl(query, keep_blank_values=True)
        if key and not is_tracking(key.lower()) and not (has_name and _is_page(key.lower(), value.lower()))
    )
    return urlencode(kept)


def _is_page(key: str, value: str) -> bool:
    if key in phrases("paging", "url_words"):
        is_number = value.isascii() and value.isdigit() and int(value[:6]) <= _HIGHEST_PAGE
        return is_number or value in phrases("paging", "all_words")
    return key in phrases("paging", "all_keys")


def _escaped(text: str, safe: str) -> str:
    """Percent-encoding in one spelling: letters and digits never escaped, the rest in upper-case hex, a lone % escaped itself."""

    def one(match: re.Match[str]) -> str:
        if match[1] is None:
            return "%25"
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else f"%{match[1].upper()}"

    return _ESCAPE.sub(one, quote(text.encode("utf-8", "replace"), safe=safe))


def site_of(url: str) -> str:
    """The registrable domain (kompas.com). An IP address: itself; .localhost, unknown names: two labels; no URL: ""."""
    parts = _split(url)
    return _site_of_host((parts.hostname or "").rstrip(".")) if parts else ""


@lru_cache(maxsize=10_000)
def _site_of_host(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    labels = host.split(".")
    if labels[-1] == "localhost":
        return ".".join(labels[-2:])
    found = get_tld(f"http://{host}/", as_object=True, fail_silently=True, search_private=True)
    return found.fld if found and not isinstance(found, str) else ".".join(labels[-2:])


def country_of(url: str) -> str:
    """The last label of the URL's host in lower case: "uk" of www.example.co.uk, "com", "" for none."""
    parts = _split(url)
    return (parts.hostname or "").rstrip(".").rpartition(".")[2] if parts else ""
