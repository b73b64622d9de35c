"""Golden pages: one for each way in which extraction fails, compared with the row that a reader would make of it.

The bundled newsroom's pages are judged elsewhere: their truth is derived from their stories (sources/newsroom/truth.py) and the
whole night is held to it (tests/flows/test_night.py).
"""

from difflib import unified_diff
from typing import Any

import pytest
from goldenpages import EXPECTED, PAGES, GoldenPage, as_json, derived, load_pages, read_expected

from transforms.records import Article

GOLDEN = load_pages()
MISSES = [(page, field, reason) for page in GOLDEN for field, reason in page.known_miss.items()]


def _lines(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _difference(page: GoldenPage, expected: dict[str, Any], got: dict[str, Any]) -> str:
    """What a person needs to see: each field that differs, line by line."""
    report = [f"{page.name}: {page.shows}"]
    for field in sorted({*expected, *got}):
        if expected.get(field) != got.get(field):
            wanted, found = (_lines(row[field]) if field in row else [] for row in (expected, got))
            report += [
                f"  {field}:",
                *(f"    {line}" for line in unified_diff(wanted, found, n=0, lineterm="") if line[:2] != "@@"),
            ]
    report.append(f"If the page is now read rightly: python tests/golden/regenerate.py {page.name}   (and read the difference)")
    return "\n".join(report)


@pytest.mark.parametrize("page", GOLDEN, ids=lambda page: page.name)
def test_a_page_becomes_the_row_a_reader_would_make_of_it(page: GoldenPage) -> None:
    outcome = page.extract()
    expected, got = (
        {k: v for k, v in row.items() if k not in page.known_miss} for row in (read_expected(page), as_json(outcome))
    )
    assert expected == got, _difference(page, expected, got)
    if isinstance(outcome, Article):
        assert {name: getattr(outcome, name) for name in derived(outcome)} == derived(outcome)


@pytest.mark.parametrize(
    ("page", "field"),
    [
        pytest.param(
            page, field, id=f"{page.name}-{field}", marks=pytest.mark.xfail(reason=reason, strict=True, raises=AssertionError)
        )
        for page, field, reason in MISSES
    ],
)
def test_what_is_known_to_be_missed(page: GoldenPage, field: str) -> None:
    """Strict: once a field is right, its known_miss must leave pages.toml."""
    assert as_json(page.extract()).get(field) == read_expected(page).get(field)


def test_every_file_belongs_to_an_entry_and_every_entry_has_its_files() -> None:
    names = {page.name for page in GOLDEN}
    parts = {path.stem for path in PAGES.glob("*.html")} - names
    assert {path.stem for path in EXPECTED.iterdir()} == names
    assert all(part.rpartition("--")[0] in names for part in parts), f"no entry in pages.toml: {sorted(parts)}"
