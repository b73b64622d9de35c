"""What the documentation says of columns, options, keys, rules and libraries is what the code has."""

import re
from pathlib import Path
from typing import Any

import pytest
from licences import is_copyleft, runtime_names
from reference import DOCS, PARTS, SECTIONS, example_keys, filled

from flows import settings
from flows.cli import VERBS, nightdesk
from sources import siterules
from sources.config import SOURCE_KEYS, FetchSettings, GateSettings, NotifySettings
from warehouse.schema import ARTICLES

PAGES = sorted(DOCS.glob("*.md"))
ROOT = DOCS.parent


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "licences.md"], ids=lambda page: page.stem)
def test_a_page_says_what_the_code_says(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert filled(text) == text, f"{page.name} is stale: make reference"


def test_every_part_stands_on_one_page() -> None:
    written = [name for page in PAGES for name in re.findall(r"<!-- made: ([a-z_ ]+) -->", page.read_text(encoding="utf-8"))]
    assert sorted(written) == sorted(PARTS)


def test_the_example_has_the_keys_of_the_code() -> None:
    """Those of [settings], and a file of rules."""
    keys = {section: set(example_keys()[section]) for section in SECTIONS}
    assert keys == {
        "settings": set(FetchSettings.__slots__) | {"rules"},
        "gate": set(GateSettings.__slots__),
        "notify": set(NotifySettings.__slots__),
        "sources": set(SOURCE_KEYS),
        "sites": set(siterules._KEYS),
    }


def test_every_variable_that_is_read_is_on_the_page_of_settings() -> None:
    code = Path(settings.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r'"((?:NIGHTDESK|PREFECT|GX|DO_NOT)_[A-Z_]+)"', code))
    page = set(re.findall(r"`([A-Z][A-Z_]+)`", (DOCS / "settings.md").read_text(encoding="utf-8")))
    assert read - page == set()
    assert {name for name in page if name.startswith("NIGHTDESK_")} - read == set()


def test_defaults_that_are_set_for_libraries_are_on_the_page() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    for name, value in (settings.LIBRARY_DEFAULTS | settings.SERVICE_DEFAULTS).items():
        assert re.search(rf"^\| `{name}` \|.*`{value}`", text, re.MULTILINE), name


def test_every_library_that_comes_along_has_its_licence_on_the_page() -> None:
    """Names that only another Python or a raised version brings are the page's business alone."""
    listed = dict(re.findall(r"^\| ([a-z0-9-]+) \| ([^|]+) \|", (DOCS / "licences.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(runtime_names()) - set(listed) == set(), "make reference"
    assert [name for name, licence in listed.items() if not licence.strip()] == []


def test_copyleft_is_told_by_name() -> None:
    text = (DOCS / "licences.md").read_text(encoding="utf-8")
    marked = re.findall(r"^\| ([a-z0-9-]+) \|[^|]+\| copyleft", text, re.MULTILINE)
    assert [name for name in marked if f"**{name}**" not in text] == []
    assert re.findall(r"^\| [a-z0-9-]+ \| (?:AGPL|GPL)[^|]*\|", text, re.MULTILINE) == []


@pytest.mark.parametrize(
    ("licence", "copyleft"),
    [
        ("MIT", False),
        ("LGPL", True),
        ("MPL-2.0 AND MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-or-later", True),
        ("GPL-2.0-or-later OR MIT", False),
        ("Apache-2.0 OR BSD-2-Clause", False),
    ],
)
def test_copyleft_is_what_no_alternative_does_without(licence: str, copyleft: bool) -> None:
    assert is_copyleft(licence) is copyleft


def test_the_readme_names_every_column_and_every_verb() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+) \|", text.partition("## The row")[2].partition("\n## ")[0], re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", "".join(rows))) == set(ARTICLES.names) - {"published_month"}
    assert set(re.findall(r"^\| `nightdesk (\w+)", text, re.MULTILINE)) == set(VERBS)


def options_of(verb: str) -> set[str]:
    """All that a verb and its sub-verbs take."""
    command: Any = nightdesk.get_command(None, verb)  # type: ignore[arg-type]  # it asks for none
    parsers = [command, *getattr(command, "commands", {}).values()]
    return {name for parser in parsers for parameter in parser.params for name in parameter.opts} | {"--help"}


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.stem)
def test_commands_within_sentences_name_verbs_and_options_that_there_are(page: Path) -> None:
    spans = re.findall(r"`nightdesk ([a-z]+)\b([^`\n]*)`", page.read_text(encoding="utf-8"))
    assert {verb for verb, _ in spans} - set(VERBS) == set()
    named = {(verb, option) for verb, rest in spans for option in re.findall(r"(?<!\S)\[?(--[a-z-]+)", rest)}
    assert {(verb, option) for verb, option in named if option not in options_of(verb)} == set()
