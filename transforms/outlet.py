"""Who publishes the page: the outlet's name, and every spelling of it that may be glued to a headline or stand in a byline.

Belongs here: names of the outlet. Does not belong here: its registrable domain (urls.py).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from transforms.page import ParsedPage
from transforms.spaces import letters, plain
from transforms.structured import types_of
from transforms.urls import site_of

_NAME_META = ("og:site_name", "application-name", "apple-mobile-web-app-title", "dc.publisher", "publisher", "cre")
_ORGANISATIONS = ("organization", "newsmediaorganization", "website", "corporation", "periodical", "newspaper")

_LONGEST_NAME = 60  # some templates put the headline where the outlet's name belongs


def outlet_name(parsed: ParsedPage) -> str | None:
    """The outlet's name as the page gives it."""
    return next(_names(parsed), None)


def outlet_keys(parsed: ParsedPage) -> frozenset[str]:
    """The outlet's names as letters() for comparison: "Kompas.com" -> {"kompascom", "kompas"}."""
    domain = site_of(parsed.url)
    handles = (value.lstrip("@") for value in parsed.structured.meta_values("twitter:site"))
    keys = {letters(name) for name in (*_names(parsed), *handles, domain, domain.partition(".")[0])}
    return frozenset(key for key in keys if len(key) > 1)


def name_keys(parsed: ParsedPage) -> frozenset[str]:
    """The names alone where the page gives any: a paper's domain may be its town's name, and so may one of its sections."""
    return frozenset(letters(name) for name in _names(parsed)) or outlet_keys(parsed)


def _names(parsed: ParsedPage) -> Iterator[str]:
    structured = parsed.structured
    given = list(structured.meta_values("og:site_name"))
    given += [name for node in structured.articles() for name in _name_of(node.get("publisher"), parsed)]
    given += [name for node in structured.nodes if set(types_of(node)) & set(_ORGANISATIONS) for name in _name_of(node, parsed)]
    given += structured.meta_values(*_NAME_META[1:])
    for value in given:
        name = plain(value)
        if name and len(name) <= _LONGEST_NAME and not name.startswith(("http:", "https:", "@")):
            yield name


def _name_of(value: Any, parsed: ParsedPage) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            node = item if "name" in item else parsed.structured.by_id(item.get("@id")) or {}
            if isinstance(name := node.get("name"), str):
                yield name
        elif isinstance(item, str):
            yield item
