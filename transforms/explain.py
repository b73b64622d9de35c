"""Why a row is as it is: for each field its value, who says so, what else the page says, and what was cut from the text.

Belongs here: setting the row beside the claims that the readers chose among. Does not belong here: choosing (the readers do, and
this module calls the same functions), and how an explanation is printed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from transforms.access import access_claims
from transforms.authors import author_claims
from transforms.bodywatch import BodyWatch, CutText
from transforms.claims import Claim
from transforms.extract import ExtractSettings, extract_article, read_text
from transforms.language import language_claims
from transforms.metadata import Reading, open_page, read_metadata
from transforms.moments import DAY, SECOND, Moment, read_moment
from transforms.names import is_house
from transforms.outlet import name_keys, outlet_claims
from transforms.page import ParsedPage, parse_page
from transforms.picture import image_claims
from transforms.records import Article, RawPage, Rejection
from transforms.ruling import Ruling
from transforms.section import all_section_claims
from transforms.spaces import letters
from transforms.tags import split_tags, tag_claims
from transforms.times import modified_claims, time_claims
from transforms.title import title_claims


@dataclass(frozen=True, slots=True)
class Rejected:
    """A claim that is not in the row."""

    value: str
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One field of the row. `sources`: all that say the same, the most trusted first; empty for what the page does not say."""

    field: str
    value: str | None
    sources: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A page's article or rejection, its fields, and the first page's text that is not in the body."""

    outcome: Article | Rejection
    findings: tuple[Finding, ...] = ()
    engine: str = ""  # whose choice the body began as
    cut: tuple[CutText, ...] = ()
    regained: tuple[str, ...] = ()  # paragraphs that trafilatura lost
    missed: tuple[str, ...] = ()  # keys of the site's rule that found nothing


def explain_article(page: RawPage, parts: Sequence[RawPage] = (), *, settings: ExtractSettings | None = None) -> Explanation:
    """extract_article() with its reasons. Costs about three times as much."""
    settings = settings or ExtractSettings()
    missed: list[str] = []
    outcome = extract_article(page, parts, settings=settings, on_miss=missed.append)
    parsed = parse_page(page, max_bytes=settings.max_bytes)
    if isinstance(outcome, Rejection) or isinstance(parsed, Rejection):
        return Explanation(outcome)
    ruling = Ruling(settings.rule, lambda _: None)
    reading = open_page(parsed, ruling, zone=settings.zone, languages=settings.languages)
    findings = tuple(_findings(outcome, reading))
    watch = BodyWatch()
    read_text(parsed, read_metadata(reading), ruling, watch)
    return Explanation(outcome, findings, watch.engine, tuple(watch.cut), tuple(watch.regained), tuple(dict.fromkeys(missed)))


def _findings(row: Article, page: Reading) -> Iterator[Finding]:
    parsed, ruling, outlets = page.parsed, page.ruling, name_keys(page.parsed)
    titles = chain(_ruled([ruling.title(parsed)]), title_claims(parsed, page.outlets))
    names = chain(_ruled(ruling.authors(parsed)), chain.from_iterable(author_claims(parsed, page.masthead)))
    moments = (str(seen.moment) for seen in ruling.published(parsed, page.dates))
    times = chain(_ruled(moments), time_claims(parsed, page.masthead, page.dates, page.zone))
    yield _words("title", [row.title], titles, "other words than the readers' headline")
    yield _finding(
        "authors",
        "; ".join(row.authors) or None,
        names,
        lambda claim: _key(claim.value) in map(_key, row.authors),
        lambda claim: "an organisation" if is_house(claim.value, page.outlets) else "a more trusted source names others",
    )
    said = _time("published_at", _published(row), times)
    yield said if said.sources or row.published_from is None else replace(said, sources=(f"{row.published_from}, searched for",))
    yield _time("modified_at", _on_publishers_clock(row.modified_at, row, SECOND), modified_claims(parsed))
    yield _finding(
        "section",
        row.section,
        all_section_claims(parsed, page.masthead, outlets),
        lambda claim: _key(claim.value) == _key(row.section or ""),
        lambda claim: "the outlet's name" if _key(claim.value) in outlets else "another came first, or it is the article itself",
    )
    yield _words("tags", row.tags, _each_tag(parsed), "a better list was there")
    yield _finding(
        "language",
        row.language,
        language_claims(parsed, page.source_languages),
        lambda claim: claim.value.lower().startswith(row.language or "-"),
        lambda _: "the text is in another language, or another was declared first",
    )
    yield _words("site_name", [row.site_name], outlet_claims(parsed), "another came first")
    yield _words("image_url", [row.image_url], image_claims(parsed), "another came first")
    yield _words("is_free", [None if row.is_free is None else str(row.is_free)], access_claims(parsed), "another came first")
    yield _words("canonical_url", [row.canonical_url], _url_claims(page), "rel=canonical leads elsewhere on the site, or off it")


def _ruled(values: Iterable[str | None]) -> Iterator[Claim]:
    return (Claim(value, "the site's rule") for value in values if value)


def _each_tag(parsed: ParsedPage) -> Iterator[Claim]:
    for claim in chain.from_iterable(tag_claims(parsed)):
        yield from (Claim(tag, claim.source) for tag in split_tags(claim.value))


def _words(name: str, values: Sequence[str | None], claims: Iterable[Claim], why: str) -> Finding:
    """A field of words: who says the same ones, whatever the punctuation."""
    said = [value for value in values if value]
    keys = {_key(value) for value in said}
    return _finding(name, "; ".join(said) or None, claims, lambda claim: _key(claim.value) in keys, lambda _: why)


def _time(name: str, value: Moment | None, claims: Iterable[Claim]) -> Finding:
    def agrees(claim: Claim) -> bool:
        said = read_moment(claim.value)
        return value is not None and said is not None and _is_same_time(said, value)

    why = "another time, less trusted or in the future" if value else "in the future, or before the publication"
    return _finding(name, str(value) if value else None, claims, agrees, lambda _: why)


def _is_same_time(said: Moment, value: Moment) -> bool:
    """Whether a statement means the same time as far as it says anything: "2024-04-17" agrees with each minute of that day."""
    if DAY in (said.precision, value.precision):
        return said.wall.date() == value.wall.date()
    if said.offset is None or value.offset is None:
        return said.wall.replace(second=0) == value.wall.replace(second=0)
    return said.instant.replace(second=0) == value.instant.replace(second=0)


def _finding(
    name: str, value: str | None, claims: Iterable[Claim], agrees: Callable[[Claim], bool], why: Callable[[Claim], str]
) -> Finding:
    agreeing: dict[str, None] = {}
    rejected: dict[Rejected, None] = {}
    for claim in claims:
        if agrees(claim):
            agreeing[claim.source] = None
        elif claim.value:
            rejected[Rejected(claim.value, claim.source, why(claim))] = None
    return Finding(name, value, tuple(agreeing), tuple(rejected))


def _key(value: str) -> str:
    return letters(value) or value


def _published(row: Article) -> Moment | None:
    return _on_publishers_clock(row.published_at, row, row.published_precision or SECOND)


def _on_publishers_clock(instant: datetime | None, row: Article, precision: str) -> Moment | None:
    if instant is None:
        return None
    offset = row.published_utc_offset
    return Moment((instant + timedelta(minutes=offset or 0)).replace(tzinfo=None), offset, precision)


def _url_claims(page: Reading) -> Iterator[Claim]:
    yield from (Claim(href, "link rel=canonical") for rel, href in page.parsed.structured.links if rel == "canonical")
    yield Claim(page.parsed.url, "where the page was found")
