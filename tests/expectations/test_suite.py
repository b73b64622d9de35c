"""What needs Great Expectations, which takes more than ten seconds to import: all of it in one module, with one fixture."""

import re
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from lxml import html

from expectations.docs import write_data_docs
from expectations.projection import CONTEXT, projected
from expectations.rules import RULES, Action, Rule, Severity
from expectations.suite import EXAMPLES, broken_counts, build_suite, name_of, projected_frame, validate
from expectations.translation import broken
from expectations.verdicts import check_counts
from warehouse.schema import EXTRACTED

NIGHT = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
BODY = "The council met on Monday and spoke about the pier. " * 4

# Rule -> changes to a good row that break it; null stands in every column that may be null. A rule without an entry fails a test.
BAD: dict[str, tuple[dict[str, Any], ...]] = {
    "url_present": (),  # no row without one comes so far: Arrow's schema refuses it
    "url_is_http": ({"url": "", "canonical_url": "javascript:alert(1)"}, {"url": "https://a.example/x\n"}),
    "canonical_url_is_http": ({"canonical_url": "/a"},),
    "body_present": ({"body": None, "body_length": 0, "authors": None, "language": None}, {"body": " \n", "body_length": 2}),
    "title_present": ({"title": None}, {"title": " "}),
    "published_at_present": (
        {"published_at": None, "published_precision": None, "published_from": None, "published_utc_offset": None},
    ),
    "body_long_enough": ({"title": "y", "body": "kurz", "body_length": 4},),
    "published_at_not_ancient": ({"published_at": datetime(1970, 1, 1, tzinfo=UTC)},),
    "published_at_not_in_future": ({"published_at": NIGHT + timedelta(days=40), "modified_at": NIGHT},),
    "published_at_not_before_source": (
        {"since": NIGHT + timedelta(days=1)},
        {"since": NIGHT, "published_at": None},
    ),
    "published_at_not_fetch_time": tuple(
        {"site": "clock.example", "published_at": NIGHT - timedelta(seconds=number)} for number in range(6)
    ),
    "published_at_like_hint": (
        {"hint_published_at": NIGHT - timedelta(days=9)},
        {"hint_published_at": NIGHT, "published_at": None},
    ),
    "published_precision_known": ({"published_precision": "hour"},),
    "published_from_known": ({"published_from": "x"},),
    "published_utc_offset_possible": ({"published_utc_offset": 841}, {"published_utc_offset": -721}),
    "title_without_markup": ({"title": "<script>alert('x')</script> & $title"},),
    "body_without_markup": ({"body": BODY + "<p onclick=x()>"},),
    "title_without_mojibake": ({"title": "KÃ¶ln"},),
    "body_without_mojibake": ({"body": "Ã¼ Ã¤ Ã¶ " + BODY},),
    "body_without_entities": ({"body": "&nbsp; " + BODY},),
    "body_without_lost_characters": ({"body": "\ufffd " + BODY},),
    "body_without_read_also": ({"body": f"{BODY}\n\nBaca juga: Lain"},),
    "body_without_login": ({"body": f"{BODY}\n\nLogin untuk membaca"},),
    "body_without_title": ({"title": "Council meets about the pier", "body": "Council meets about the pier " + BODY},),
    "body_without_boilerplate": tuple(
        {"site": "notice.example", "body": f"{number} {BODY}\n\n{BODY}", "content_hash": str(number)} for number in range(5)
    ),
    "title_like_hint": ({"hint_title": "Snow closes schools"}, {"hint_title": "Snow", "title": None}),
    "authors_are_people": ({"authors": ["Von Anna Berg", None]},),
    "title_length_plausible": ({"title": "y"}, {"title": "y" * 301}),
    "modified_after_published": ({"modified_at": NIGHT - timedelta(days=9)},),
    "language_is_iso_639_1": ({"language": "de-AT"}, {"language": "en\n"}),
    "language_declared": ({"languages": ["de", "da"]}, {"languages": ["de"], "language": None}),
    "pages_complete": ({"pages_missing": 1}, {"pages_missing": None}),
    "article_id_unique": ({"article_id": "0" * 32}, {"article_id": "0" * 32}),
    "article_id_is_hash": ({"article_id": "XYZ"},),
}
# Changes at the bounds that break no rule, each of which some rule looks at.
GOOD: tuple[dict[str, Any], ...] = (
    {},
    {"published_at": NIGHT + timedelta(days=1), "modified_at": NIGHT + timedelta(days=1), "published_utc_offset": -720},
    {"published_at": datetime(1990, 1, 1, tzinfo=UTC), "since": datetime(1990, 1, 1, tzinfo=UTC), "published_utc_offset": 840},
    {"languages": ["en"], "hint_title": "The pier", "hint_published_at": NIGHT, "since": NIGHT - timedelta(days=9)},
    {"body": "Is 3 < 5 & 7 > 2? Às 13:30 [sic] she said: {yes}. " * 3, "authors": [], "tags": None},
    {"modified_at": None, "language": None, "pages_missing": 0, "published_precision": None, "published_from": None},
)


RowMaker = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def great_expectations() -> None:
    """Import it once: what it imports warns about deprecated modules of the standard library, which is not ours to mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        build_suite()


@pytest.fixture(scope="module")
def changes() -> list[dict[str, Any]]:
    """All rows' changes: the good ones first."""
    bad = [change | {"source": "nordblick"} for changes in BAD.values() for change in changes]
    return [*GOOD, *bad]


@pytest.fixture(scope="module")
def rows(row: RowMaker, changes: list[dict[str, Any]]) -> pa.Table:
    """Good rows and bad ones, of two sources."""
    made = [row(number, **{"body": f"{number} {BODY}"} | change) for number, change in enumerate(changes)]
    return pa.Table.from_pylist(made, schema=EXTRACTED)


@pytest.fixture(scope="module")
def known(rows: pa.Table, changes: list[dict[str, Any]]) -> pa.Table:
    """What was known of each before it was read."""
    urls = rows["url"].to_pylist()
    return pa.Table.from_pylist([change | {"url": url} for url, change in zip(urls, changes, strict=True)], schema=CONTEXT)


@pytest.fixture(scope="module")
def docs(rows: pa.Table, known: pa.Table, great_expectations: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of Data Docs of these rows, written twice: the second replaces the first."""
    out = tmp_path_factory.mktemp("reports") / "run-7" / "data_docs"
    write_data_docs(rows.slice(0, 3), out, "run-6")
    (out / "stale.html").write_text("from an earlier run")
    assert write_data_docs(rows, out, "run-7", context=known) == out / "index.html"
    return out


def _ours(rows: pa.Table, known: pa.Table | None = None) -> dict[str, int]:
    counts = check_counts(rows, "run-7", context=known).to_pylist()
    return {item["rule"]: item["broken_count"] for item in counts if item["source"] is None}


def test_every_rule_has_a_bad_row_that_breaks_it_and_good_rows_break_none(rows: pa.Table, known: pa.Table) -> None:
    assert BAD.keys() == {rule.name for rule in RULES}
    broken = _broken_rows(rows, known)
    assert {name: broken[name] for name in broken if broken[name] and broken[name][0] <= len(GOOD)} == {}
    first = len(GOOD) + 1
    for name, bad in BAD.items():
        assert not bad or set(broken[name]) & set(range(first, first + len(bad))), name
        first += len(bad)


def _broken_rows(rows: pa.Table, known: pa.Table) -> dict[str, list[int]]:
    """Rule -> the numbers of the rows that break it."""
    flags = ", ".join(f'{broken(rule)} as "{rule.name}"' for rule in RULES)
    lists = ", ".join(f'list(row_number order by row_number) filter ("{rule.name}") as "{rule.name}"' for rule in RULES)
    with projected(rows, known) as con:
        (found,) = con.sql(f"select {lists} from (select row_number, {flags} from checked)").to_arrow_table().to_pylist()
    return {name: numbers or [] for name, numbers in found.items()}


def test_verdicts_and_great_expectations_find_the_same_rows_on_every_rule(
    rows: pa.Table, known: pa.Table, great_expectations: None
) -> None:
    result = validate(rows, "run-7", context=known)
    assert broken_counts(result) == _ours(rows, known) == {name: len(found) for name, found in _broken_rows(rows, known).items()}
    # Their rows are counted from 0, and listed up to the number of examples that a result keeps.
    theirs = {name_of(entry): entry.result.get("partial_unexpected_index_list") or [] for entry in result.results}
    # Counted from 0, and as many as a result keeps.
    ours = {name: [number - 1 for number in numbers[:EXAMPLES]] for name, numbers in _broken_rows(rows, known).items()}
    assert theirs == ours


def test_both_say_the_same_of_no_rows(great_expectations: None) -> None:
    empty = EXTRACTED.empty_table()
    assert broken_counts(validate(empty, "run-7")) == _ours(empty)


def test_the_frame_holds_scalars_and_never_a_body(rows: pa.Table) -> None:
    frame = projected_frame(rows)
    assert {"body", "lead", "authors", "tags", "minhash", "related_urls"} & set(frame.columns) == set()
    assert max(len(str(value)) for value in frame.to_numpy().ravel()) < 600


def test_the_docs_are_three_pages_and_small(docs: Path) -> None:
    assert sorted(path.name for path in docs.iterdir()) == ["index.html", "results.html", "suite.html"]
    assert sum(path.stat().st_size for path in docs.iterdir()) < 400_000
    assert [path.name for path in docs.parent.iterdir()] == ["data_docs"]


@pytest.mark.parametrize("name", ["index.html", "results.html", "suite.html"])
def test_a_page_of_the_docs_asks_for_nothing_and_runs_nothing(docs: Path, name: str) -> None:
    text = (docs / name).read_text(encoding="utf-8")
    page = html.document_fromstring(text)
    assert page.xpath("//script | //iframe | //img | //object | //link[@rel!='icon'] | //@*[starts-with(name(), 'on')]") == []
    assert re.findall(r"@import|url\(", text) == []
    targets = {href for href in page.xpath("//a/@href") if not href.startswith("#")}
    assert targets <= {"../index.html", "index.html", "results.html", "suite.html"}


def test_the_index_lists_every_rule_with_its_count(docs: Path, rows: pa.Table, known: pa.Table) -> None:
    page = html.document_fromstring((docs / "index.html").read_text(encoding="utf-8"))
    listed = {row.xpath("string(th)"): int(row.xpath("string(td[last()])")) for row in page.xpath("//tbody/tr")}
    assert listed == _ours(rows, known)


def test_values_from_pages_are_shown_as_text(docs: Path) -> None:
    page = html.document_fromstring((docs / "results.html").read_text(encoding="utf-8"))
    cells = {cell.text_content().strip() for cell in page.xpath("//td")}
    assert {"<script>", "<p onclick=x()>", "2026-03-03 20:00:00 UTC, 2026-04-11 20:00:00 UTC"} <= cells


@pytest.mark.usefixtures("great_expectations")
def test_both_say_the_same_of_a_rule_that_brings_its_own_column(row: RowMaker) -> None:
    rule = Rule(
        name="acme_section_number",
        column="section",
        expectation="ExpectColumnValuesToBeBetween",
        kwargs={"column": "acme_number", "max_value": 9},
        severity=Severity.WARNING,
        action=Action.WARN,
        meaning="The number of the section has one digit.",
        brings={"acme_number": "section::bigint"},
    )
    rows = pa.Table.from_pylist(
        [row(number, section=section) for number, section in enumerate(("12", "7", "Harbour", None))], schema=EXTRACTED
    )
    assert broken_counts(validate(rows, "r1", [rule])) == {"acme_section_number": 1}
    checks = check_counts(rows, "r1", [rule]).to_pylist()
    assert [check["broken_count"] for check in checks if check["source"] is None] == [1]
