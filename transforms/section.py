"""The section and the tags that the publisher filed an article under.

Belongs here: both, from structured data, breadcrumbs and the page's own markup. Does not belong here: topics guessed from the
text.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, cast

from lxml.html import HtmlElement

from transforms.page import ParsedPage
from transforms.spaces import letters, plain
from transforms.structured import types_of
from transforms.urls import site_of

_SECTION_META = (
    "article:section",
    "og:section",
    "dc.subject.section",
    "parsely-section",
    "cxenseparse:category",
    "content_category",
    "section",
)
_TAG_META = ("article:tag", "og:article:tag", "news_keywords", "parsely-tags", "sailthru.tags")
_KEYWORDS_META = ("keywords",)
_LONGEST = 60
_MOST_TAGS = 30
_NO_SECTIONS = frozenset(("website", "article", "home"))  # og:type and the like in the section's place

# The first step of a breadcrumb. A path of one step is the article itself.
_HOME = frozenset(
    [
        "home",
        "homepage",
        "start",
        "startseite",
        "beranda",
        "accueil",
        "inicio",
        "início",
        "hjem",
        "hem",
        "etusivu",
        "главная",
        "головна",
        "anasayfa",
        "strona",
        "główna",
        "ホーム",
        "トップ",
        "top",
        "首页",
        "首頁",
        "홈",
    ]
)
_TRAIL = (
    "//*[self::ul or self::ol or self::nav or self::div]"
    "[contains(translate(@class, 'BC', 'bc'), 'breadcrumb') or contains(@aria-label, 'readcrumb')]"
)


def read_section(parsed: ParsedPage, outlets: frozenset[str]) -> str | None:
    """The publisher's section as it spells it: the most general one where several are given. `outlets`: outlet.outlet_keys()."""
    names = chain(section_names(parsed), _trail(parsed))
    return next((name for name in names if (key := letters(name)) not in outlets and key not in _NO_SECTIONS), None)


def section_names(parsed: ParsedPage) -> Iterator[str]:
    """Sections that structured data names, likeliest first."""
    structured = parsed.structured
    for node in structured.articles():
        yield from _clean(node.get("articleSection"))
    yield from _clean(list(structured.meta_values(*_SECTION_META)))
    for node in structured.nodes:
        if "breadcrumblist" in types_of(node):
            yield from _clean(_steps(node.get("itemListElement"), parsed))


def _clean(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and (name := plain(item)) and len(name) <= _LONGEST and "://" not in name:
            yield name


def _steps(elements: Any, parsed: ParsedPage) -> list[str]:
    """Names of a declared breadcrumb between the front page and the article."""
    items = [element for element in elements if isinstance(element, Mapping)] if isinstance(elements, list) else []
    names = []
    for item in items:
        target = item.get("item")
        name = item.get("name") or (target.get("name") if isinstance(target, Mapping) else None)
        if isinstance(name, str):
            names.append(plain(name))
    return _between(names, parsed)


def _trail(parsed: ParsedPage) -> list[str]:
    """The same of a visible breadcrumb; its last step may be the article, which is no link."""
    for trail in cast("list[HtmlElement]", parsed.tree.xpath(_TRAIL)):
        if names := _between([plain(link.text_content()) for link in trail.iter("a") if link.get("href")], parsed):
            return names
    return []


def _between(names: list[str], parsed: ParsedPage) -> list[str]:
    domain = site_of(parsed.url)
    front = {*_HOME, letters(domain), letters(domain.partition(".")[0])}
    return [name for name in names if name and len(name) <= _LONGEST and letters(name) not in front]


def read_tags(parsed: ParsedPage) -> tuple[str, ...]:
    """Keywords in the publisher's order, each once whatever its case; the keywords meta only where nothing better is."""
    structured = parsed.structured
    given = list(structured.meta_values(*_TAG_META))
    for node in structured.articles():
        value = node.get("keywords")
        given += [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
    given = given or list(structured.meta_values(*_KEYWORDS_META))
    tags: dict[str, str] = {}
    for value in given:
        for part in value.replace(";", ",").replace("、", ",").replace("،", ",").split(","):
            if (name := plain(part)) and len(name) <= _LONGEST and ":" not in name[:12]:
                tags.setdefault(name.casefold(), name)
    return tuple(tags.values())[:_MOST_TAGS]
