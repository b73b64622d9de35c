"""Golden pages: one for each way in which extraction fails, compared with the row that a reader would make of it.

The bundled newsroom's pages are judged elsewhere: their truth is derived from their stories (sources/newsroom/truth.py) and the
whole night is held to it (tests/flows/test_night.py).
"""

import shutil
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from typing import Any

import goldenpages
import pytest
import regenerate
from goldenpages import EXPECTED, PAGES, GoldenPage, as_json, derived, load_pages, read_expected

from transforms.records import Article

GOLDEN = load_pages()
MISSES = [(page, field, reason) for page in GOLDEN for field, reason in page.known_miss.items()]


def _lines(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _difference(page: GoldenPage, expected: dict[str, Any], got: dict[str, Any]) -> str:
    """What a person needs to see: each field that differs, line by line: - as expected, + as the code has it."""
    report = [f"{page.name}: {page.shows}"]
    for field in sorted({*expected, *got}):
        if expected.get(field) != got.get(field):
            wanted, found = (_lines(row[field]) if field in row else [] for row in (expected, got))
            report += [
                f"  {field}:",
                *(f"    {line}" for line in list(unified_diff(wanted, found, n=0, lineterm=""))[2:] if line[:2] != "@@"),
            ]
    report.append(f"If the page is now read rightly: python tests/golden/regenerate.py {page.name}   (and read the difference)")
    return "\n".join(report)


@pytest.mark.parametrize("page", GOLDEN, ids=lambda page: page.name)
def test_a_page_becomes_the_row_a_reader_would_make_of_it(page: GoldenPage) -> None:
    outcome = page.extract()
    expected, got = (
        {k: v for k, v in row.items() if k not in page.known_miss} for row in (read_expected(page), as_json(outcome))
    )
    if expected != got:
        pytest.fail(_difference(page, expected, got), pytrace=False)
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


@pytest.fixture
def expected_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The expected files where a test may write: tmp/tests/golden/expected."""
    copy = tmp_path / "tests" / "golden" / "expected"
    shutil.copytree(EXPECTED, copy)
    monkeypatch.setattr(goldenpages, "EXPECTED", copy)
    return copy


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"title": ""}', "empty, unknown or derived: title"),
        ('{"authors": [], "title": "Rain"}', "empty, unknown or derived: authors"),
        ('{"titel": "Rain"}', "empty, unknown or derived: titel"),
        ('{"word_count": 3}', "empty, unknown or derived: word_count"),
        ("{}", "no field at all"),
    ],
)
def test_an_expected_file_that_would_assert_nothing_is_refused(expected_copy: Path, text: str, complaint: str) -> None:
    page = GOLDEN[0]
    (expected_copy / f"{page.name}.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        read_expected(page)


def test_regenerating_names_what_changed_and_keeps_known_misses(
    expected_copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    missed, right = replace(GOLDEN[0], known_miss={"title": "why"}), replace(GOLDEN[1], known_miss={})
    monkeypatch.setattr(regenerate, "load_pages", lambda: [missed, right])
    missed.expected_file.write_text('{"title": "Written by hand"}', encoding="utf-8")
    assert regenerate.main([right.name]) == regenerate.main([missed.name]) == 0
    assert capsys.readouterr().out.endswith(
        f"changed: tests/golden/expected/{missed.name}.json\npages read: 1, files changed: 1\n"
    )
    assert read_expected(missed) == as_json(missed.extract()) | {"title": "Written by hand"}
    assert read_expected(right) == as_json(right.extract())
    assert regenerate.main([]) == 0
    assert capsys.readouterr().out == "pages read: 2, files changed: 0\n"
    assert regenerate.main(["no-such-page"]) == 2
    assert capsys.readouterr().err == "no such page in pages.toml: no-such-page\n"
