"""The section that the publisher filed an article under.

Belongs here: structured data, trails ("Home > World > Asia") and the link beside the headline. Does not belong here: keywords
(tags.py), topics guessed from the text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any, cast
from urllib.parse import urljoin

from lxml.html import HtmlElement

from transforms.claims import Claim
from transforms.masthead import Masthead
from transforms.page import ParsedPage
from transforms.phrasebook import phrases
from transforms.spaces import letters, plain
from transforms.structured import types_of
from transforms.urls import site_of, split_url

_SECTION_META = (
    "article:section", "og:section", "dc.subject.section", "parsely-section", "cxenseparse:category", "content_category",
    "section",
)  # fmt: skip
_LONGEST = 60
_NO_SECTIONS = frozenset(("website", "article", "home"))  # og:type and the like in the section's place

# "breadcrumb", "Breadcrumb", "BreadcrumbList" as class or label
_MARKED_TRAIL = "//*[contains(@class, 'readcrumb') or contains(@aria-label, 'readcrumb')]"
_TAB_PARTS = re.compile(r"\s+[|–—·»-]\s+")
_MOST_STEPS = 3  # after the front page: more entries are a menu
_CLIMB = 3  # from a link to the list that it is an entry of: <a>, <span>, <li>
_KICKER_WITHIN = 4  # lines before or after the headline


def read_section(parsed: ParsedPage, masthead: Callable[[], Masthead], title: str | None, outlets: frozenset[str]) -> str | None:
    """The publisher's section as it spells it: the most general one where several are given. `outlets`: outlet.name_keys().

    `masthead` is called only where structured data and marked trails name none.
    """
    own = letters(title or "")
    for claim in all_section_claims(parsed, masthead, outlets):
        key = letters(claim.value)
        # The last step of a trail may be the article itself, often cut short.
        is_article = len(key) > len(own) / 2 and own.startswith(key)
        if key and key not in outlets and key not in _NO_SECTIONS and not is_article:
            return claim.value
    return None


def all_section_claims(parsed: ParsedPage, masthead: Callable[[], Masthead], outlets: frozenset[str]) -> Iterator[Claim]:
    """Everything that read_section chooses among, likeliest first."""
    yield from chain(
        section_claims(parsed), _marked_trail(parsed, outlets), _beside_headline(parsed, masthead, outlets), _in_tab(parsed)
    )


def section_claims(parsed: ParsedPage) -> Iterator[Claim]:
    """Sections that structured data names, likeliest first."""
    structured = parsed.structured
    for node in structured.articles():
        yield from _clean(node.get("articleSection"), "json-ld articleSection")
    for meta in structured.meta_claims(*_SECTION_META):
        yield from _clean(meta.value, meta.source)
    for node in structured.nodes:
        if "breadcrumblist" in types_of(node):
            yield from _clean(_steps(node.get("itemListElement"), parsed), "json-ld BreadcrumbList")


def _clean(value: Any, source: str) -> Iterator[Claim]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and (name := plain(item)) and len(name) <= _LONGEST and "://" not in name:
            yield Claim(name, source)


def _steps(elements: Any, parsed: ParsedPage) -> list[str]:
    """Names of a declared breadcrumb between the front page and the article."""
    items = [element for element in elements if isinstance(element, Mapping)] if isinstance(elements, list) else []
    names = []
    for item in items:
        target = item.get("item")
        name = item.get("name") or (target.get("name") if isinstance(target, Mapping) else None)
        if isinstance(name, str):
            names.append(plain(name))
    domain = site_of(parsed.url)
    front = {letters(domain), letters(domain.partition(".")[0])}
    return [name for name in names if name and letters(name) not in front and not _is_front_page(name)]


def _marked_trail(parsed: ParsedPage, outlets: frozenset[str]) -> Iterator[Claim]:
    """Microdata, else the first visible trail that its markup calls one."""
    for element in cast("list[HtmlElement]", parsed.tree.xpath("//*[@itemprop='articleSection']")):
        yield from _clean(element.get("content") or element.text_content(), "microdata articleSection")
    for trail in cast("list[HtmlElement]", parsed.tree.xpath(_MARKED_TRAIL)):
        yield from _clean(_linked_steps(trail, parsed, outlets), "breadcrumb trail")


def _linked_steps(trail: HtmlElement, parsed: ParsedPage, outlets: frozenset[str]) -> list[str]:
    """The linked steps but the front page; a last step without link is the article."""
    links = [link for link in trail.iter("a") if link.get("href")]
    names = [plain(link.text_content()) for link in links if _path(parsed.url, link)]
    return [name for name in names if not _is_front_page(name) and letters(name) not in outlets]


def _beside_headline(parsed: ParsedPage, masthead: Callable[[], Masthead], outlets: frozenset[str]) -> Iterator[Claim]:
    heading = masthead().heading
    if heading is not None:
        yield from _clean(_unmarked_trail(parsed, heading, outlets), "trail above the headline")
    yield from _clean(list(_kickers(parsed, masthead())), "link beside the headline")


def _in_tab(parsed: ParsedPage) -> Iterator[Claim]:
    """A middle part of <title> that is the name of the page's first folder: "Headline | Cities | Outlet" at /cities/..."""
    folder = letters(split_url(parsed.url).path.strip("/").partition("/")[0])
    for part in _TAB_PARTS.split(parsed.structured.title or "")[1:-1]:
        if folder and letters(part) == folder:
            yield from _clean(part, "<title>")


def _unmarked_trail(parsed: ParsedPage, heading: HtmlElement, outlets: frozenset[str]) -> list[str]:
    """The last short list before the headline that begins with a link to the front page, called so: "Home > World".

    Menus begin so too, but they have more entries, and stand further up.
    """
    home = None
    for element in parsed.tree.iter("a", heading.tag):
        if element is heading:
            break
        if element.tag == "a" and _is_front_page(plain(element.text_content())):
            home = element
    if home is None:
        return []
    trail = home
    for parent, _ in zip(home.iterancestors(), range(_CLIMB), strict=False):
        trail = parent
        if sum(1 for _ in parent.iter("a")) > 1:
            break
    steps = _linked_steps(trail, parsed, outlets)
    return steps if len(steps) <= _MOST_STEPS and heading not in trail.iter(heading.tag) else []


def _kickers(parsed: ParsedPage, masthead: Masthead) -> Iterator[str]:
    """Lines near the headline that are one link to a folder that the page lies in, or one that blog systems mark as category."""
    own = split_url(parsed.url).path.rstrip("/")
    for line in (*reversed(masthead.before[-_KICKER_WITHIN:]), *masthead.after[:_KICKER_WITHIN]):
        for link in line.element.iter("a"):
            path = _path(parsed.url, link)
            is_filed = "category" in link.get("rel", "").split() or (path and own.startswith(f"{path}/"))
            if is_filed and (name := plain(link.text_content())) and name == line.text:
                yield name


def _is_front_page(name: str) -> bool:
    return letters(name) in _front_page_keys()


@cache
def _front_page_keys() -> frozenset[str]:
    return frozenset(letters(phrase) for phrase in phrases("filing", "front_page"))


def _path(url: str, link: HtmlElement) -> str:
    """Path of a link without its last slash; empty for the front page and for other sites."""
    try:
        target = split_url(urljoin(url, link.get("href", "").strip()))
    except ValueError:
        return ""
    return target.path.rstrip("/") if target.netloc == split_url(url).netloc else ""
