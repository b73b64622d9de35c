"""Who publishes the page: the outlet's name, and every spelling of it that may be glued to a headline or stand in a byline.

Belongs here: names of the outlet. Does not belong here: its registrable domain (urls.py).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from transforms.claims import Claim
from transforms.page import ParsedPage
from transforms.spaces import letters, plain
from transforms.structured import types_of
from transforms.urls import site_of

_NAME_META = ("application-name", "apple-mobile-web-app-title", "dc.publisher", "publisher", "cre")
_ORGANISATIONS = frozenset(("organization", "newsmediaorganization", "website", "corporation", "periodical", "newspaper"))

_LONGEST_NAME = 60  # some templates put the headline where the outlet's name belongs


def outlet_name(parsed: ParsedPage) -> str | None:
    """The outlet's name as the page gives it."""
    return next((claim.value for claim in outlet_claims(parsed)), None)


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
    return (claim.value for claim in outlet_claims(parsed))


def outlet_claims(parsed: ParsedPage) -> Iterator[Claim]:
    """The names that the page gives its outlet, likeliest first."""
    structured = parsed.structured
    given = list(structured.meta_claims("og:site_name"))
    for node in structured.articles():
        given += [Claim(name, "json-ld publisher") for name in _name_of(node.get("publisher"), parsed)]
    for node in structured.nodes:
        if not _ORGANISATIONS.isdisjoint(types_of(node)):
            given += [Claim(name, f"json-ld {types_of(node)[0]}") for name in _name_of(node, parsed)]
    given += structured.meta_claims(*_NAME_META)
    for claim in given:
        name = plain(claim.value)
        if name and len(name) <= _LONGEST_NAME and not name.startswith(("http:", "https:", "@")):
            yield Claim(name, claim.source)


def _name_of(value: Any, parsed: ParsedPage) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            node = item if "name" in item else parsed.structured.by_id(item.get("@id")) or {}
            if isinstance(name := node.get("name"), str):
                yield name
        elif isinstance(item, str):
            yield item
