"""The headline as the reader sees it.

Belongs here: choosing among what the page calls its title, and taking off what is no part of it (site name, section, page
number). Does not belong here: the standfirst and the kicker as fields of their own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

from lxml.html import HtmlElement

from transforms.claims import Claim
from transforms.page import ParsedPage
from transforms.phrasebook import alternation, phrases
from transforms.section import section_claims
from transforms.spaces import letters, plain, spaced_text, squeeze

# What stands between a headline and a site's name: spaced dashes, or signs that no headline uses inside.
_SEPARATOR = re.compile(r"\s+[-–—−·•»›«:~/]+\s+|\s*[|ㅣ｜¦]+\s*|：|_(?=[^_]*$)|(?<=\S)-(?=[^\s-]{1,12}$)")

_BADGE = re.compile(r"[\[(][^\])]{1,20}[\])]\s+")  # "[Premium] ", "(+) "

_PAGE_OF_MANY = re.compile(r"\s[-–|]\s+\w+\s+\d{1,2}$")  # "Headline - Page 2", as some print it in the heading too

_LONG_PARAGRAPH = 120  # characters: the text has begun, what follows are subheads and other articles' headlines
_LONGEST_SITE_NAME = 40
_SHORTEST_HEADLINE = 15  # shorter ones are labels; a headline in Chinese or Korean of that length is rare
_HEADINGS_READ = 12
_LONGEST_TITLE = 500  # characters: what is longer comes of a tag that was never closed
_WORD = re.compile(r"\w+")

# Containers whose headings are never the article's.
_ELSEWHERE = ("nav", "aside", "footer", "form", "dialog")


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading of the page before its text begins."""

    tag: str
    text: str
    key: str


def read_title(parsed: ParsedPage, names: frozenset[str]) -> str | None:
    """The page's headline, or the feed's where the page has none.

    Order: a JSON-LD headline that the page confirms (a heading, the share title or the <title> says the same); but where the
    share title is a second heading beside it, that one is the headline and the first was written for search engines. Without
    JSON-LD, a share title that an <h1> says in much the same words. Then a heading that the page confirms, any <h1>, the share
    title, microdata, <title>. `names`: outlet.outlet_keys().
    """
    said = _read(parsed, names)
    headings, declared, shared, tab = said.headings, _values(said.declared), _values(said.shared), _values(said.tab)
    shown = [heading.text for heading in headings if heading.tag == "h1"]
    chosen = (
        _second_heading(headings, declared, shared)
        or _confirmed(declared, headings, [*shared, *tab])
        or _worded_alike(shared[:1] if not any(declared) else [], shown)
        or _confirmed_heading(headings, [*shared, *tab])
        or next((heading.text for heading in headings if heading.tag == "h1"), None)
        or next(filter(None, chain(shared, declared, (claim.value for claim in _microdata(parsed)), tab)), None)
        or next((heading.text for heading in headings), None)
    )
    return _untruncated(chosen, headings) if chosen else parsed.raw.hints.title


def title_claims(parsed: ParsedPage, names: frozenset[str]) -> Iterator[Claim]:
    """Everything that read_title chooses among."""
    said = _read(parsed, names)
    yield from chain(said.declared, said.shared)
    yield from (Claim(heading.text, f"<{heading.tag}>") for heading in said.headings)
    yield from chain(_microdata(parsed), said.tab)
    if parsed.raw.hints.title:
        yield Claim(parsed.raw.hints.title, "feed")


@dataclass(frozen=True, slots=True)
class _Said:
    """What the page calls its title, by who is told: machines, those it is shared with, readers, the browser's tab."""

    declared: list[Claim]
    shared: list[Claim]
    headings: list[_Heading]
    tab: list[Claim]


def _read(parsed: ParsedPage, names: frozenset[str]) -> _Said:
    structured = parsed.structured
    headings = [heading for heading in _headings(parsed.tree) if heading.key not in names]
    shown = [heading.text for heading in headings if heading.tag == "h1"]
    sections = frozenset(letters(claim.value) for claim in section_claims(parsed))

    def stripped(claim: Claim, *, guess: bool = False) -> Claim:
        value = claim.value
        return Claim("" if len(value) > _LONGEST_TITLE else _stripped(value, shown, names, sections, guess=guess), claim.source)

    return _Said(
        declared=[stripped(claim) for claim in _headlines(parsed)],
        shared=[stripped(claim) for claim in structured.meta_claims("og:title", "twitter:title", "dc.title")],
        headings=headings,
        tab=[stripped(Claim(structured.title or "", "<title>"), guess=True)],
    )


def _values(claims: Iterable[Claim]) -> list[str]:
    return [claim.value for claim in claims]


def _headlines(parsed: ParsedPage) -> Iterator[Claim]:
    for node in parsed.structured.articles():
        for key in ("headline", "name"):
            if isinstance(value := node.get(key), str) and value.strip():
                yield Claim(value, f"json-ld {key}")
                break


def _microdata(parsed: ParsedPage) -> Iterator[Claim]:
    yield from (Claim(plain(item.value), "microdata headline") for item in parsed.microdata() if item.name == "headline")


def _headings(tree: HtmlElement) -> Iterator[_Heading]:
    """Headings in order until the text begins; after it only <h1>, since some pages set the text of a box before the headline."""
    begun = False
    found = 0
    for element in tree.iter("h1", "h2", "p"):
        if element.tag == "p":
            begun = begun or (found > 0 and len(element.text_content()) > _LONG_PARAGRAPH)
        elif found < _HEADINGS_READ and (element.tag == "h1" or not begun):
            for text in _texts(element):
                found += element.tag == "h1"
                yield _Heading(element.tag, text, letters(text))


def _texts(heading: HtmlElement) -> Iterator[str]:
    if heading.tag != "h1" and (_is_link(heading) or any(a.tag in _ELSEWHERE for a in heading.iterancestors())):
        return
    text = plain(spaced_text(heading))
    if 0 < len(text) <= _LONGEST_TITLE:
        yield text
        # A kicker is often an element inside the heading: the last one is the headline.
        last = plain(heading[-1].text_content()) if len(heading) > 1 and not (heading[-1].tail or "").strip() else ""
        if len(last) > _SHORTEST_HEADLINE and last != text:
            yield last


def _is_link(heading: HtmlElement) -> bool:
    """Headings that lead somewhere are other articles' teasers."""
    return heading.find(".//a[@href]") is not None or next(heading.iterancestors("a"), None) is not None


def _second_heading(headings: list[_Heading], declared: Iterable[str], shared: Iterable[str]) -> str | None:
    """An <h2> that says what the share title says beside an <h1> that says something else: the <h1> is for search engines."""
    wanted = {letters(value): value for value in [*declared, *shared] if value}
    first = next((heading for heading in headings if heading.tag == "h1"), None)
    if first is None or any(heading.key == first.key for heading in headings if heading.tag == "h2"):
        return None
    return next((wanted[h.key] for h in headings if h.tag == "h2" and h.key in wanted and h.key != first.key), None)


def _confirmed(declared: Iterable[str], headings: list[_Heading], others: Iterable[str]) -> str | None:
    known = {heading.key for heading in headings} | {letters(value) for value in others}
    return next((value for value in declared if value and _is_among(letters(value), known)), None)


def _is_among(key: str, known: set[str]) -> bool:
    return key in known or any(len(key) > 20 and (key in other or (len(other) > 20 and other in key)) for other in known)


def _confirmed_heading(headings: list[_Heading], others: Iterable[str]) -> str | None:
    known = [letters(value) for value in others if value]
    return next((h.text for h in headings if h.tag == "h1" and any(h.key in k or k in h.key for k in known)), None)


def _worded_alike(shared: Iterable[str], shown: Iterable[str]) -> str | None:
    """The share title if an <h1> says it in other words: where both differ, the <h1> is often composed by the template, or
    lengthened for search engines, while the share title was written as a title. What shares few words is another page's."""
    for title in shared:
        words = set(_WORD.findall(title.casefold()))
        if len(words) > 2 and any(len(words & set(_WORD.findall(text.casefold()))) >= len(words) / 2 for text in shown):
            return title
    return None


def _untruncated(title: str, headings: list[_Heading]) -> str:
    """Search engines want headlines of at most 110 characters, so some systems cut the declared one; the heading is whole."""
    cut = title.rstrip(".… ")
    if cut == title and len(title) < 100:
        return title
    key = letters(cut)
    return next((h.text for h in headings if h.tag == "h1" and len(h.key) > len(key) and h.key.startswith(key)), title)


def _stripped(value: str, shown: list[str], names: frozenset[str], sections: frozenset[str], *, guess: bool = False) -> str:
    """A declared title without page number, site name and section. `guess`: the last part may go though no name is known."""
    if (said := plain(value)) in shown and not _PAGE_OF_MANY.search(said):
        return said
    title = _without_page_number(said)
    badge = _BADGE.match(title)
    if badge and title[badge.end() :] in shown:
        return title[badge.end() :]
    if title in shown:
        return title
    for text in shown:
        if len(text) > _SHORTEST_HEADLINE and title.startswith(text) and _SEPARATOR.match(title, len(text)):
            return text
    before, colon, after = title.partition(": ")
    if colon and letters(before) in names:
        title = after
    parts = list(_SEPARATOR.finditer(title))
    if parts and _is_name(title[parts[-1].end() :], names):
        title = title[: parts[-1].start()]
        # "Headline | Politics | Outlet": before the outlet's name stands its section.
        if len(parts) > 1 and "|" in parts[-1][0] and parts[-2][0] == parts[-1][0] and len(title) - parts[-2].end() < 30:
            title = title[: parts[-2].start()]
    elif parts and _is_name(title[: parts[0].start()], names):
        title = title[parts[0].end() :]
    elif guess and parts and len(title) - parts[-1].end() <= _LONGEST_SITE_NAME < parts[-1].start() * 2:
        title = title[: parts[-1].start()]
    return _without_page_number(_without_section(title, sections))


def _without_section(title: str, sections: frozenset[str]) -> str:
    last = next(reversed(list(_SEPARATOR.finditer(title))), None)
    return title[: last.start()] if last and letters(title[last.end() :]) in sections else title


def _is_name(part: str, names: frozenset[str]) -> bool:
    key = letters(part)
    if not key or len(part) > _LONGEST_SITE_NAME:
        return False
    if key in names or any(len(name) > 3 and (key.startswith(name) or key.endswith(name)) for name in names):
        return True
    # The company is called after its paper: "日本海新聞" beside "日本海新聞社", "Harian Kota" beside "Harian Kota Media".
    return len(key) > 3 and any(name.startswith(key) for name in names)


@cache
def _page_number() -> re.Pattern[str]:
    words = alternation(word for word in phrases("paging", "url_words") if len(word) > 2)
    everything = alternation(phrases("paging", "all_words"))
    number = r"\d{1,2}(?:\s*(?:/|of|von|dari|de|sur)\s*\d{1,2})?"
    # Only where a run of signs begins: else a long one is read again from each of them.
    before = r"(?<![\s,(|–-])[\s,(|–-]+"
    return re.compile(rf"{before}(?:{words})\s+(?:{number}|{everything})\)?(?=\s+[-|–]\s|$)", re.I)


def _without_page_number(title: str) -> str:
    return squeeze(_page_number().sub("", title))
