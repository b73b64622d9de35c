"""What a fetch asks for and what became of it: the records that sources hand to the flows.

Belongs here: frozen dataclasses. Does not belong here: anything that opens a socket or a file.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sources.htmlhead import Meta
from transforms.records import Candidate, RawPage, Reason, WarcPointer


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """A candidate to fetch, with the validators that the ledger holds of its last visit (None: fetch
    unconditionally).
    """

    candidate: Candidate
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one candidate. `reason` None: there is a page to extract, and `warc` says where; else why there is
    none.

    `bytes` counts the decoded body, `elapsed_ms` the time on the wire without the waiting for the host's turn. `parts`
    are the further pages of a multi-page article, in order; a part that could not be had is not among them.
    """

    candidate: Candidate
    reason: Reason | None = None
    detail: str | None = None
    fetched_at: datetime | None = None
    final_url: str | None = None
    http_status: int | None = None
    bytes: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    elapsed_ms: int | None = None
    content_type: str | None = None
    warc: WarcPointer | None = None
    parts: tuple[WarcPointer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one GET came to, redirects followed. `reason` None: `body` is there, decoded of its Content-Encoding.

    `headers` are those of the last response as sent, in order; `request_headers` those of the last request. `received` is
    the body before decoding, where it came gzipped: the archive keeps that. Empty: the archive keeps `body`. `metas` are
    what a page's head says to robots, where it was asked for as a page.
    """

    url: str
    final_url: str
    fetched_at: datetime
    elapsed_ms: int = 0
    reason: Reason | None = None
    detail: str | None = None
    status: int | None = None
    status_text: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    request_headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    received: bytes = field(default=b"", repr=False)
    metas: tuple[Meta, ...] = ()
    is_final: bool = False  # the server asked for more patience than there is: not to be tried again tonight

    def header(self, name: str) -> str | None:
        """The first value of a response header, whatever its case; None if it was not sent."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a response header, in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)

    def page(self, candidate: Candidate | None = None) -> RawPage:
        """The page as extraction takes it, with the hints of the candidate that led to it."""
        raw = RawPage(
            url=self.url,
            body=self.body,
            final_url=self.final_url if self.final_url != self.url else None,
            content_type=self.header("Content-Type"),
            fetched_at=self.fetched_at,
            http_status=self.status,
        )
        return raw if candidate is None else _with_hints(raw, candidate)

    def fetched(self, candidate: Candidate) -> Fetched:
        """This answer as the outcome of a candidate, without archive pointers."""
        return Fetched(
            candidate=candidate,
            reason=self.reason,
            detail=self.detail,
            fetched_at=self.fetched_at,
            final_url=self.final_url if self.final_url != self.url else None,
            http_status=self.status,
            bytes=len(self.body),
            etag=self.header("ETag"),
            last_modified=self.header("Last-Modified"),
            elapsed_ms=self.elapsed_ms,
            content_type=self.header("Content-Type"),
        )


def _with_hints(raw: RawPage, candidate: Candidate) -> RawPage:
    return RawPage(
        url=candidate.url,
        body=raw.body,
        final_url=raw.final_url,
        content_type=raw.content_type,
        fetched_at=raw.fetched_at,
        http_status=raw.http_status,
        hints=candidate.hints,
    )
