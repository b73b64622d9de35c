"""A new project's folder: sources.toml, a first site rule, a notebook, what git is to leave alone.

Belongs here: which files there are, and writing them. Does not belong here: the text of sources.toml (sources/starter.py), what
the home pages lead to (sites.py).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from flows.rulecheck import check_site
from sources.config import load_sources
from sources.finding import SiteFound
from sources.siterules import load_sites
from sources.starter import named_apart, rule_text, sources_text
from sources.wellformed import host_problem
from transforms.errors import InputError
from transforms.urls import site_of
from warehouse import files

RULES = "rules"
# Not beside warehouse/, which Python would take for the package of that name where nightdesk is installed from a checkout.
NOTEBOOK = "notebooks/nights.py"
_TEMPLATE = Path(__file__).with_name("template")
_IGNORED = """\
# What nightdesk stores, and what Python leaves behind.
warehouse/data/
.venv/
__pycache__/
__marimo__/
# Secrets, such as NIGHTDESK_NOTIFY_URL.
.env
"""


def write_project(folder: Path, contact: str | None, found: Sequence[SiteFound]) -> Iterator[str]:
    """Write the files, sources.toml last: where it is, all is. A line for each; what is there already is left as it is.

    Raises InputError for what cannot be written.
    """
    sites = list(named_apart(found))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("README.md", NOTEBOOK):
            yield _put(folder / name, (_TEMPLATE / name).read_bytes())
        yield _put(folder / ".gitignore", _IGNORED.encode())
        ruled = _one_a_host(sites)
        for host, site in ruled.items():
            yield from _write_rule(folder / RULES, host, site)
        path = folder / "sources.toml"
        text = sources_text(contact, sites, RULES if ruled else None)
        _put(path, text.encode())
    except OSError as exc:
        raise InputError(f"{exc.filename or folder}: cannot be written: {exc.strerror or exc}") from exc
    if contact or all(site.is_local for site in sites):
        load_sources(path)
    count = f"{len(sites)} source{'' if len(sites) == 1 else 's'}" if sites else "with an example to be replaced"
    yield f"{path}: written, {count}"


def _one_a_host(sites: Sequence[SiteFound]) -> dict[str, SiteFound]:
    """The sites whose rule can be shown to work, by the domain that it counts for: a second rule for one would be an error."""
    by_host: dict[str, SiteFound] = {}
    for site in sites:
        if site.sample is not None and host_problem(host := site_of(site.sample[0].url)) is None:
            by_host.setdefault(host, site)
    return by_host


def _put(path: Path, content: bytes) -> str:
    if path.exists():
        return f"{path}: is there already, and left as it is"
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as fresh:
        fresh.write_bytes(content)
    return f"{path}: written"


def _write_rule(rules: Path, host: str, site: SiteFound) -> Iterator[str]:
    """A rule that says nothing yet but how an article of today is read."""
    assert site.sample is not None  # as _one_a_host has chosen
    sample = rules / "pages" / f"{site.name}.html"
    _put(sample, site.sample[1].body)
    path = rules / f"{site.name}.toml"
    text = rule_text(host, site.zone.zone, f"pages/{sample.name}")
    yield f"{_put(path, text.encode())}, with a page to try it on, {sample}"
    expected = sample.with_suffix(".json")
    if not expected.exists():
        for rule in load_sites(path):
            list(check_site(rule, update=True, tell=lambda _: None))
