"""When an article was published and last changed: choosing among what the page says.

Belongs here: the order of sources, and how they complete one another (zone, clock, plausibility). Does not belong here: reading
one value (moments.py, datewords.py).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from typing import cast
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from transforms.agolines import read_ago
from transforms.claims import Claim
from transforms.datewords import Reader
from transforms.jsonld import Node
from transforms.masthead import Masthead
from transforms.moments import DAY, Moment, read_moment
from transforms.page import ParsedPage
from transforms.phrasebook import alternation, phrases
from transforms.zones import home_zone, is_offset

_PUBLISHED_META = (
    "article:published_time", "article:published", "og:article:published_time", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dc.date.created", "dc.date.published", "publication_date", "publication-date",
    "publish-date", "publish_date", "published_time", "published-date", "publishdate", "publishtime", "pubdate", "pub_date",
    "originalpublicationdate", "content_publisheddate", "content_published_date", "article.published", "rnews:datepublished",
    "article_date_original", "last_published_date", "ptime", "dc.date", "dcterms.date", "date",
)  # fmt: skip
_MODIFIED_META = (
    "article:modified_time", "article:modified", "og:article:modified_time", "og:updated_time", "datemodified",
    "dcterms.modified", "dc.date.modified", "lastmod", "last-modified", "revised", "modified_time",
)  # fmt: skip

_URL_DATE = re.compile(r"/((?:19|20)\d{2})[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?=[/_-]|\d{0,8}(?:[/_-]|\.|$))")

_LONGEST_DATE_LINE = 160  # characters: in longer lines a date is part of the story
_FUTURE = timedelta(days=1)  # clocks and zones differ by less; what is further off is an event's date or an error


@dataclass(frozen=True, slots=True)
class Sighting:
    """One statement of the page about its time of publication."""

    moment: Moment
    source: str  # a value of the row's published_from
    where: str = ""  # for people: the tag or key that says it


@dataclass(frozen=True, slots=True)
class Publication:
    """The row's time columns."""

    published_at: datetime | None = None
    offset: int | None = None  # minutes
    precision: str | None = None
    source: str | None = None
    modified_at: datetime | None = None


def read_times(
    parsed: ParsedPage, masthead: Callable[[], Masthead], reader: Reader, zone: str | None, *, told: Iterable[Sighting] = ()
) -> Publication:
    """Published and modified of a page. `zone`: the IANA zone of the source, for times that say none; else zones.home_zone().

    `masthead` is called only where the visible text can add something. `told`: what the site's rule points at, before all else.
    """
    latest = parsed.raw.fetched_at + _FUTURE if parsed.raw.fetched_at else None
    sightings = _until_whole(chain(told, _declared(parsed), _shown(parsed, masthead, reader)), latest)
    if not sightings:
        sightings = _plausible(chain(_hinted(parsed), _from_url(parsed.url)), latest)
    if not sightings and next(_declared(parsed), None) is None:
        sightings = (
            _plausible(_in_attributes(parsed.tree), latest)
            or _plausible(_ago(parsed, masthead, reader, zone), latest)
            or _plausible(_searched(parsed), latest)
        )
    if not sightings:
        return Publication()
    chosen = _with_home(_with_zone(_with_clock(sightings[0], sightings), sightings, zone), reader)
    modified = next(iter(_plausible(_modified(parsed), latest)), None)
    return _publication(chosen, modified.moment if modified else None)


def time_claims(parsed: ParsedPage, masthead: Callable[[], Masthead], reader: Reader, zone: str | None) -> Iterator[Claim]:
    """Every statement about the time of publication that read_times looks at before it searches, in the order of trust."""
    absolute = chain(_declared(parsed), _shown(parsed, masthead, reader), _hinted(parsed), _from_url(parsed.url))
    for seen in chain(absolute, _ago(parsed, masthead, reader, zone)):
        yield Claim(str(seen.moment), f"{seen.source} {seen.where}".rstrip())


def modified_claims(parsed: ParsedPage) -> Iterator[Claim]:
    """Every statement about the time of the last change."""
    yield from (Claim(str(seen.moment), f"{seen.source} {seen.where}".rstrip()) for seen in _modified(parsed))


def _publication(chosen: Sighting, modified: Moment | None) -> Publication:
    published_at = chosen.moment.instant
    if modified is not None and modified.offset is None:
        modified = replace(modified, offset=chosen.moment.offset)
    modified_at = modified.instant if modified else None
    if modified_at is not None and modified_at < published_at:
        modified_at = None
    return Publication(published_at, chosen.moment.offset, chosen.moment.precision, chosen.source, modified_at)


def _until_whole(sightings: Iterable[Sighting], latest: datetime | None) -> list[Sighting]:
    """What the page says in the order of trust; [the first] where it leaves nothing open: neither clock nor zone."""
    read: list[Sighting] = []
    for seen in sightings:
        if latest is None or seen.moment.instant <= latest:
            read.append(seen)
            if read[0].moment.is_whole:
                break
    return read


def _plausible(sightings: Iterable[Sighting], latest: datetime | None) -> list[Sighting]:
    return [seen for seen in sightings if latest is None or seen.moment.instant <= latest]


def _declared(parsed: ParsedPage) -> Iterator[Sighting]:
    """What is written for machines, likeliest first."""
    structured = parsed.structured
    for node in structured.articles():
        yield from _sightings(node, "datePublished")
    for claim in structured.meta_claims(*_PUBLISHED_META):
        yield from _sighted(claim.value, "meta", claim.source.removeprefix("meta "))
    for node in structured.pages():
        yield from _sightings(node, "datePublished")
    for node in structured.articles():
        yield from _sightings(node, "dateCreated", "uploadDate")
    for item in parsed.microdata():
        if item.name == "datepublished" and item.item_type != "comment":
            yield from _sighted(item.value, "microdata", item.name)


def _sightings(node: Node, *keys: str) -> Iterator[Sighting]:
    for key in keys:
        value = node.get(key)
        for item in value if isinstance(value, list) else [value]:
            yield from _sighted(item, "json-ld", key)


def _sighted(value: object, source: str, where: str) -> Iterator[Sighting]:
    if found := read_moment(value):
        yield Sighting(found, source, where)


def _modified(parsed: ParsedPage) -> Iterator[Sighting]:
    structured = parsed.structured
    for node in structured.articles():
        yield from _sighted(node.get("dateModified"), "json-ld", "dateModified")
    for claim in structured.meta_claims(*_MODIFIED_META):
        yield from _sighted(claim.value, "meta", claim.source.removeprefix("meta "))


def _shown(parsed: ParsedPage, lines_around: Callable[[], Masthead], reader: Reader) -> Iterator[Sighting]:
    """What is written for readers: <time> elements, then the lines around the headline."""
    masthead = lines_around()
    yield from _time_elements(parsed, masthead)
    for line in masthead.lines:
        if len(line.text) > _LONGEST_DATE_LINE:
            continue
        for found in reader.find(line.text):
            if not _any_of("updated_words").search(line.text[max(0, found.start - 60) : found.start]):
                yield Sighting(found.moment, "visible-text", f'"{line.text}"')


def _time_elements(parsed: ParsedPage, masthead: Masthead) -> Iterator[Sighting]:
    """Marked as the publication's first; those in lists and asides are other articles'."""
    marked, plain = [], []
    near = {line.element for line in masthead.lines}
    for element in parsed.tree.iter("time", "abbr"):  # <abbr class="published" title="...">, as microformats had it
        parent = element.getparent()
        marks = " ".join(
            (element.get("class", ""), element.get("itemprop", ""), element.get("data-testid", ""), element.get("id", ""))
        )
        found = read_moment(element.get("datetime") or element.get("title"))
        if (
            found is None
            or _any_of("updated_marks").search(marks)
            or _any_of("updated_words").search((parent.text or "") if parent is not None else "")
        ):
            continue
        if _any_of("published_marks").search(marks) or element.get("pubdate") is not None:
            marked.append(found)
        elif any(ancestor in near for ancestor in (element, *element.iterancestors())):
            plain.append(found)
    yield from (Sighting(found, "time-element") for found in (*marked, *plain))


def _from_url(url: str) -> Iterator[Sighting]:
    """/2024/04/17/ in the URL: the day at least."""
    if match := _URL_DATE.search(url):
        found = read_moment("-".join(match.groups()))
        if found:
            yield Sighting(found, "url")


def _hinted(parsed: ParsedPage) -> Iterator[Sighting]:
    hint = parsed.raw.hints.published_at
    if hint is not None:
        offset = hint.utcoffset()
        minutes = int(offset.total_seconds() // 60) if offset is not None else 0
        yield Sighting(Moment(hint.replace(tzinfo=None, microsecond=0), minutes), "feed")


def _in_attributes(tree: HtmlElement) -> Iterator[Sighting]:
    """data-published-at="2024-04-17 13:30" and the like, which systems leave for their own scripts. One that several elements
    bear is that of teasers."""
    found: dict[str, list[str]] = {}
    for element in cast("list[HtmlElement]", tree.xpath("//*[@*[starts-with(name(), 'data-')]]")):
        for name, value in element.attrib.items():
            if name.startswith("data-") and value[:1].isdigit() and _any_of("published_marks").search(name):
                found.setdefault(name, []).append(value)
    for name, values in found.items():
        if len(values) == 1 and not _any_of("updated_marks").search(name):
            yield from _sighted(values[0], "meta", name)


def _ago(parsed: ParsedPage, lines_around: Callable[[], Masthead], reader: Reader, zone: str | None) -> Iterator[Sighting]:
    """ "3 hours ago" beside the headline: surer than a date that stands anywhere on the page, and cheaper."""
    if parsed.raw.fetched_at is None:
        return
    now = parsed.raw.fetched_at.astimezone(_zone(zone) if zone else UTC)
    found = read_ago(lines_around(), reader, now)
    if found:
        yield Sighting(found, "visible-text", "counted from the fetch")


def _searched(parsed: ParsedPage) -> Iterator[Sighting]:
    """htmldate's search of the whole page: milliseconds, so only where the page said nothing in the usual places."""
    from htmldate import find_date

    try:
        found = find_date(parsed.tree, original_date=True, extensive_search=False, url=parsed.url, max_date=_latest_day(parsed))
    except (
        ValueError,
        OverflowError,
    ):  # an offset such as +99:99: no date that we could trust
        return
    moment_found = read_moment(found)
    if moment_found:
        yield Sighting(moment_found, "visible-text")


def _latest_day(parsed: ParsedPage) -> str | None:
    return (parsed.raw.fetched_at + _FUTURE).date().isoformat() if parsed.raw.fetched_at else None


def _with_clock(chosen: Sighting, sightings: list[Sighting]) -> Sighting:
    """A day, or a midnight that stands for one, completed by another source of the same day that knows the clock."""
    if chosen.moment.precision != DAY and not chosen.moment.is_midnight:
        return chosen
    day = chosen.moment.wall.date()
    better = next(
        (s for s in sightings if s.moment.precision != DAY and not s.moment.is_midnight and s.moment.wall.date() == day), None
    )
    if better is not None:
        return better
    return replace(chosen, moment=chosen.moment.as_day())


def _with_zone(chosen: Sighting, sightings: list[Sighting], zone: str | None) -> Sighting:
    """The publisher's offset: as said, else as another source implies it, else the source's zone."""
    own = chosen.moment
    if own.precision == DAY:
        return chosen
    offset = own.offset
    if offset == 0 and (said := _same_clock_elsewhere(own, sightings)):
        return replace(chosen, moment=replace(own, offset=said))
    if offset in (None, 0):
        offset = _implied(own, [seen.moment for seen in sightings]) or offset
    if offset in (None, 0) and zone is not None:
        offset = _zone_offset(own, zone)
    if offset is None or offset == own.offset:
        return chosen
    shift = timedelta(minutes=offset if own.offset == 0 else 0)
    return replace(chosen, moment=replace(own, wall=own.wall + shift, offset=offset))


def _same_clock_elsewhere(own: Moment, sightings: Iterable[Sighting]) -> int | None:
    """The zone that readers are shown with the clock that machines are told is UTC: "10:05Z" beside "10:05 WIB" is WIB."""
    others = (s.moment for s in sightings if s.source == "visible-text" and s.moment.precision != DAY and s.moment.offset)
    return next((other.offset for other in others if _minutes(other.wall) == _minutes(own.wall)), None)


def _with_home(chosen: Sighting, reader: Reader) -> Sighting:
    """A time that nobody gives a zone is read on the clock of the page's country or language, where there is one."""
    own = chosen.moment
    zone = home_zone(reader.country, next(iter(reader.languages), None)) if own.offset is None and own.precision != DAY else None
    return chosen if zone is None else replace(chosen, moment=replace(own, offset=_zone_offset(own, zone)))


def _implied(own: Moment, others: Iterable[Moment]) -> int | None:
    """The offset that another statement of the same time gives to one that says UTC or nothing.

    "06:30Z" beside "13:30 +07:00", "13:30 WIB" or "13:30": +420. "13:30" beside "06:30Z": +420.
    """
    for other in others:
        if other is own or other.precision == DAY or other.is_midnight:
            continue
        gap = _minutes(other.wall) - _minutes(own.wall)
        if own.offset is None and other.offset == 0 and is_offset(-gap):
            return -gap
        if own.offset == 0 and other.offset is None and is_offset(gap):
            return gap
        if other.offset and ((own.offset is None and abs(gap) <= 1) or (own.offset == 0 and abs(gap - other.offset) <= 1)):
            return other.offset
    return None


def _minutes(wall: datetime) -> int:
    """Whole minutes since the calendar's beginning: a visible time has no seconds."""
    return int((wall - datetime.min).total_seconds() // 60)


def _zone_offset(own: Moment, zone: str) -> int:
    """The zone's offset at that time; a time without offset is read as the zone's own clock."""
    tz = _zone(zone)
    aware = own.wall.replace(tzinfo=UTC).astimezone(tz) if own.offset == 0 else own.wall.replace(tzinfo=tz)
    offset = aware.utcoffset()
    return int(offset.total_seconds() // 60) if offset is not None else 0


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _any_of(key: str) -> re.Pattern[str]:
    return re.compile(alternation(phrases("dates", key)), re.IGNORECASE)
