"""Links of Markdown files outside of docs/ lead somewhere; those of docs/ are held by the build of the site."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md", "deploy/README.md", "tests/golden/README.md")


def anchors(page: Path) -> set[str]:
    """Of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_a_link_leads_to_what_is_there(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\(((?!https?:)[^)#\s]*)(?:#([^)\s]+))?\)", page.read_text(encoding="utf-8"))
    assert [path for path, _ in links if path and not (page.parent / path).exists()] == []
    aimed = [(page.parent / path if path else page, anchor) for path, anchor in links if anchor]
    assert [(target.name, anchor) for target, anchor in aimed if anchor not in anchors(target)] == []
