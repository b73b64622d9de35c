"""Site rules as files: `[[sites]]` tables in sources.toml or in files of their own, and the sample pages that test them.

Belongs here: reading and checking the tables. Every mistake is a ConfigError that names file, line, key and what is allowed. Does
not belong here: what a rule does (transforms/siterules.py, transforms/ruling.py), trying it on its samples (flows/rulecheck.py).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sources.tomlkeys import Table, read_toml
from sources.wellformed import host_problem, timezone_problem
from transforms.errors import ConfigError
from transforms.selectors import selector_problem
from transforms.siterules import SiteRule

# Of a sources.toml: its loader's business (config.py).
OTHER_TABLES = ("settings", "gate", "notify", "sources")
_SELECTORS = ("body", "title", "authors", "published")
_KEYS = ("host", "timezone", "drop", *_SELECTORS, "all_pages", "samples")
_QUERY = re.compile(r"[\w.~%+-]+(?:=[\w.~%+,-]*)?(?:&[\w.~%+-]+(?:=[\w.~%+,-]*)?)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Site:
    """One `[[sites]]` table: the rule, its sample pages (each with the expected row beside it, as .json), and where it stands.

    Its repr is the rule's alone: a night that was killed goes on though a sample was added since.
    """

    rule: SiteRule
    samples: tuple[Path, ...] = field(default=(), repr=False)
    place: str = field(default="", repr=False, compare=False)  # file:line


def load_sites(path: Path) -> tuple[Site, ...]:
    """All rules of a file (a sources.toml, or one that holds nothing but rules) or of the .toml files in a folder.

    Raises ConfigError naming file, line, key and what is allowed.
    """
    return _each_host_once(_load(path, is_main=not path.is_dir()))


def sites_of(path: Path, text: str, values: Mapping[str, Any]) -> tuple[Site, ...]:
    """The rules of a TOML file that has been read: its `[[sites]]`, and those that its `[settings] rules` names."""
    return _each_host_once(_sites_of(path, text, values))


def _load(path: Path, *, is_main: bool) -> Iterator[Site]:
    """`is_main`: whether it may be a sources.toml, which names further rules; those name no more, so nothing goes in a circle."""
    if path.is_dir():
        files = sorted(path.glob("*.toml"))
        if not files:
            raise ConfigError(f"{path}: this folder holds no .toml file; put one there for each site, with a [[sites]] table")
        for file in files:
            yield from _load(file, is_main=False)
        return
    missing = "there is no such file or folder. Give a sources.toml, or where the site rules are"
    text, values = read_toml(path, if_missing=missing)
    others = OTHER_TABLES if is_main and "sources" in values else ()
    Table(path, text, "top level", values).refuse_unknown(("sites", *others))
    yield from _sites_of(path, text, values)


def _sites_of(path: Path, text: str, values: Mapping[str, Any]) -> Iterator[Site]:
    entries = values.get("sites", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{path}: [[sites]]: must be tables, each with a host and what its pages need, is {entries!r}")
    for position, entry in enumerate(entries):
        yield _site(Table(path, text, "sites", entry, position), path.parent)
    settings = values.get("settings")
    if isinstance(settings, dict) and "rules" in settings:
        table = Table(path, text, "settings", settings)
        folder = path.parent / str(table.text("rules"))
        if not folder.exists():
            raise table.error("rules", f"there is no file or folder {folder}. Give one as seen from {path.parent}")
        yield from _load(folder, is_main=False)


def _each_host_once(sites: Iterator[Site]) -> tuple[Site, ...]:
    known: dict[str, Site] = {}
    for site in sites:
        if other := known.get(site.rule.host):
            raise ConfigError(
                f"{site.place}: [sites] host: {site.rule.host!r} has a rule already, at {other.place}; put both into one table"
            )
        known[site.rule.host] = site
    return tuple(known.values())


def _site(table: Table, folder: Path) -> Site:
    table.refuse_unknown(_KEYS)
    host = table.text("host")
    if host is None:
        raise table.error(None, 'a host is missing, such as host = "news.example.org"; what is below it is meant too')
    if problem := host_problem(host):
        raise table.error("host", f"{host!r}: {problem}")
    rule = SiteRule(
        host=host.lower(),
        timezone=_checked(table, "timezone", timezone_problem),
        drop=table.texts("drop", selector_problem),
        all_pages=_checked(table, "all_pages", _query_problem),
        **{key: _checked(table, key, selector_problem) for key in _SELECTORS},
    )
    samples = tuple((folder / name).absolute() for name in table.texts("samples", _sample_problem))
    # Samples alone are a rule: that the site is to be read as it is now.
    if rule == SiteRule(rule.host) and not samples:
        raise table.error(None, f"the rule for {host!r} says nothing; give one of {', '.join(_KEYS[1:])}")
    return Site(rule, samples, table.place("host"))


def _checked(table: Table, key: str, problem_with: Any) -> str | None:
    value = table.text(key)
    if value is not None and (problem := problem_with(value)):
        raise table.error(key, problem if repr(value) in problem else f"{value!r}: {problem}")
    return value


def _query_problem(query: str) -> str | None:
    return None if _QUERY.fullmatch(query) else "must be a query without question mark, such as 'page=all'"


def _sample_problem(name: str) -> str | None:
    return None if name.lower().endswith((".html", ".htm")) else "must be an HTML file; the expected row lies beside it as .json"
