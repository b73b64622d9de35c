from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from expectations.rules import RULES, Action, Rule, Severity
from expectations.translation import UntranslatableRuleError
from expectations.verdicts import REFUSED, assess, check_counts, judge, sum_checks
from warehouse.schema import CHECKS, EXTRACTED

NIGHT = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
LONG = "The council met on Monday and spoke about the pier. " * 4

Rows = Callable[..., pa.Table]
RowMaker = Callable[..., dict[str, Any]]

# A change to a good row, the rule that it breaks, the value that shows it, and the reason it is refused for (None: it is not).
BROKEN = [
    pytest.param({"url": "ftp://news.example/a"}, "url_is_http", "ftp://news.example/a", "invalid_url", id="ftp"),
    pytest.param({"url": "https://a b"}, "url_is_http", "https://a b", "invalid_url", id="blank-in-url"),
    pytest.param({"canonical_url": "/a"}, "canonical_url_is_http", "/a", "invalid_url", id="relative-canonical"),
    pytest.param({"body": None, "body_length": 0}, "body_present", None, "missing_body", id="no-body"),
    pytest.param({"body": " \n", "body_length": 2}, "body_present", None, "missing_body", id="blank-body"),
    pytest.param({"title": None}, "title_present", None, "missing_title", id="no-title"),
    pytest.param({"title": "  "}, "title_present", None, "missing_title", id="blank-title"),
    pytest.param({"published_at": None}, "published_at_present", None, "missing_date", id="no-date"),
    pytest.param({"body": "x" * 49, "body_length": 49}, "body_long_enough", "49", "short_body", id="short-body"),
    pytest.param(
        {"published_at": datetime(1989, 12, 31, 23, 59, tzinfo=UTC)},
        "published_at_not_ancient",
        "1989-12-31 23:59:00+00",
        "implausible_date",
        id="ancient",
    ),
    pytest.param(
        {"published_at": NIGHT + timedelta(days=1, seconds=1)},
        "published_at_not_in_future",
        "2026-03-03 20:00:01+00",
        "implausible_date",
        id="future",
    ),
    pytest.param({"published_precision": "hour"}, "published_precision_known", "hour", "invalid_field", id="precision"),
    pytest.param({"published_from": "guess"}, "published_from_known", "guess", "invalid_field", id="origin"),
    pytest.param({"published_utc_offset": 900}, "published_utc_offset_possible", "900", "invalid_field", id="offset"),
    pytest.param({"title": "A <b>bold</b> claim"}, "title_without_markup", "<b>", "invalid_field", id="tag-in-title"),
    pytest.param({"title": "Smith &amp; Sons expand"}, "title_without_markup", "&amp;", "invalid_field", id="entity-in-title"),
    pytest.param(
        {"body": LONG + '<div class="ad">x</div>'}, "body_without_markup", '<div class="ad">', "invalid_field", id="tag-in-body"
    ),
    pytest.param({"body": LONG + "{{ user.name }}"}, "body_without_markup", "{{ user.name }}", "invalid_field", id="template"),
    pytest.param({"title": "BÃ¼rger gegen Laerm"}, "title_without_mojibake", "Ã¼", "invalid_field", id="mojibake-title"),
    pytest.param(
        {"body": "Er sagte â€žneinâ€œ, dafÃ¼r. " + LONG},
        "body_without_mojibake",
        "Er sagte â€žneinâ€œ, dafÃ¼r. The council met on Monday a",
        "invalid_field",
        id="mojibake-body",
    ),
    pytest.param({"body": LONG + "R&amp;D"}, "body_without_entities", "&amp;", None, id="entity-in-body"),
    pytest.param(
        {"body": "Caf\ufffd opens.\n" + LONG}, "body_without_lost_characters", "Caf\ufffd opens.", None, id="lost-character"
    ),
    pytest.param(
        {"body": LONG + "\n\nBaca juga: Harga Beras Naik\n\n" + LONG},
        "body_without_read_also",
        "Baca juga: Harga Beras Naik",
        None,
        id="read-also",
    ),
    pytest.param({"body": LONG + "\n\nLogin untuk membaca"}, "body_without_login", "Login untuk membaca", None, id="login"),
    pytest.param({"body": LONG + "\n\nこの記事は有料です"}, "body_without_login", "この記事は有料です", None, id="login-ja"),
    pytest.param(
        {"title": "Council meets about the pier", "body": "Council meets about the pier\n\n" + LONG},
        "body_without_title",
        "Council meets about the pier",
        None,
        id="title-in-body",
    ),
    pytest.param({"authors": ["Ida Brandt", "By Jo Lee"]}, "authors_are_people", "By Jo Lee", None, id="by"),
    pytest.param({"authors": ["desk@news.example"]}, "authors_are_people", "desk@news.example", None, id="address"),
    pytest.param({"title": "x"}, "title_length_plausible", "1", None, id="title-of-a-letter"),
    pytest.param({"title": "x" * 301}, "title_length_plausible", "301", None, id="title-of-a-paragraph"),
    pytest.param(
        {"modified_at": NIGHT - timedelta(days=9)}, "modified_after_published", "2026-02-21 20:00:00+00", None, id="modified"
    ),
    pytest.param({"language": "EN"}, "language_is_iso_639_1", "EN", None, id="language"),
    pytest.param({"language": "eng"}, "language_is_iso_639_1", "eng", None, id="language-of-three"),
    pytest.param({"pages_missing": 2}, "pages_complete", "2", None, id="pages"),
    pytest.param({"article_id": "a" * 31}, "article_id_is_hash", "a" * 31, None, id="article-id"),
]

# The same for what was known of the page before it was read: CONTEXT's columns.
BROKEN_CONTEXT = [
    pytest.param({"languages": ["id", "jv"]}, "language_declared", "en", id="another-language"),
    pytest.param({"since": NIGHT}, "published_at_not_before_source", "2026-03-02 18:00:00+00", id="before-its-source"),
    pytest.param({"hint_title": "Snow closes schools"}, "title_like_hint", "Snow closes schools", id="another-headline"),
    pytest.param({"hint_title": "港の再開発計画"}, "title_like_hint", "港の再開発計画", id="a-headline-in-another-script"),
    pytest.param(
        {"hint_published_at": NIGHT - timedelta(days=2)}, "published_at_like_hint", "2026-02-28 20:00:00+00", id="another-day"
    ),
]


@pytest.mark.parametrize(("change", "rule", "value", "reason"), BROKEN)
def test_a_bad_value_breaks_its_rule_and_no_other(
    change: dict[str, Any], rule: str, value: str | None, reason: str | None, row: RowMaker, table: Rows
) -> None:
    verdicts = assess(table(row(1), row(2, **change)), "run-1")
    broken = {item["rule"]: item["broken_count"] for item in verdicts.checks.to_pylist() if item["source"] is None}
    assert {name: count for name, count in broken.items() if count} == {rule: 1}
    assert [item["reason"] for item in verdicts.refused.to_pylist()] == ([reason] if reason else [])
    strict = replace(_rule(rule), action=Action.QUARANTINE)
    shown = judge(table(row(1), row(2, **change)), [strict]).to_pylist()
    assert [item["broken_rules"] for item in shown] == [[{"rule": rule, "column": strict.column, "value": value}]]


@pytest.mark.parametrize(("known", "rule", "value"), BROKEN_CONTEXT)
def test_what_was_known_before_is_held_against_the_row(
    known: dict[str, Any], rule: str, value: str, row: RowMaker, table: Rows, context: Rows
) -> None:
    rows, before = table(row(1), row(2)), context({"url": row(2)["url"], **known})
    checks = check_counts(rows, "run-1", context=before).to_pylist()
    assert {item["rule"]: item["broken_count"] for item in checks if item["source"] is None and item["broken_count"]} == {rule: 1}
    strict = replace(_rule(rule), action=Action.QUARANTINE)
    shown = judge(rows, [strict], before).to_pylist()
    assert [(item["url"], item["broken_rules"]) for item in shown] == [
        (row(2)["url"], [{"rule": rule, "column": strict.column, "value": value}])
    ]


@pytest.mark.parametrize(
    ("known", "change"),
    [
        pytest.param({"languages": ["id", "en"]}, {}, id="a-declared-language"),
        pytest.param({"languages": ["id"]}, {"language": None}, id="no-language"),
        pytest.param({"since": NIGHT - timedelta(hours=2)}, {}, id="the-first-day"),
        pytest.param({"hint_title": "LIVE: council gathers"}, {}, id="a-common-word"),
        pytest.param({"hint_title": "港区、計画を発表"}, {"title": "再開発の計画を発表"}, id="a-common-sign"),
        pytest.param({"hint_title": " - "}, {}, id="a-hint-without-a-word"),
        pytest.param({"hint_published_at": NIGHT - timedelta(days=1, hours=2)}, {}, id="a-day-before"),
        pytest.param(
            {"hint_published_at": NIGHT + timedelta(days=3)},
            {"modified_at": NIGHT + timedelta(days=3)},
            id="a-change",
        ),
        pytest.param(
            {"hint_published_at": NIGHT - timedelta(days=2)}, {"published_precision": "day"}, id="a-day-without-an-hour"
        ),
        pytest.param({}, {}, id="nothing-known"),
    ],
)
def test_a_row_that_agrees_with_what_was_known_breaks_no_rule(
    known: dict[str, Any], change: dict[str, Any], row: RowMaker, table: Rows, context: Rows
) -> None:
    rows, before = table(row(1), row(2, **change)), context({"url": row(2)["url"], **known})
    checks = check_counts(rows, "run-1", context=before).to_pylist()
    assert {item["rule"]: item["broken_count"] for item in checks if item["broken_count"]} == {}


NOTICE = "This website needs your consent to show you everything that it has to show."


def test_a_paragraph_that_stands_in_many_articles_of_a_site_is_shown(row: RowMaker, table: Rows) -> None:
    def written(number: int, *paragraphs: str, **more: Any) -> dict[str, Any]:
        return row(number, body="\n\n".join((f"Story {number}. " + LONG, *paragraphs)), **more)

    noticed = [written(number, NOTICE) for number in range(5)]
    elsewhere = [written(number, NOTICE, site="other.example") for number in range(10, 14)]
    copies = [written(20, NOTICE, site="third.example", content_hash="c") | {"article_id": f"{n:032x}"} for n in range(6)]
    short = [written(number, "Read on", site="short.example") for number in range(30, 40)]
    rare = [written(number, *([NOTICE] if number < 105 else []), site="large.example") for number in range(100, 220)]
    rows = [*noticed, *elsewhere, *copies, *short, *rare]
    strict = replace(_rule("body_without_boilerplate"), action=Action.QUARANTINE)
    refused = judge(table(*rows), [strict]).to_pylist()
    assert [item["url"] for item in refused] == [item["url"] for item in noticed]
    assert {item["broken_rules"][0]["value"] for item in refused} == {NOTICE}


def test_a_site_whose_articles_all_bear_the_time_of_the_fetch_is_told(row: RowMaker, table: Rows) -> None:
    def at(number: int, seconds: int, site: str) -> dict[str, Any]:
        return row(number, site=site, published_at=NIGHT - timedelta(seconds=seconds))

    clock = [at(number, number, "clock.example") for number in range(5)]
    quick = [at(number, 10 if number < 15 else 1000, "agency.example") for number in range(10, 20)]
    few = [at(number, 5, "few.example") for number in range(20, 24)]
    strict = replace(_rule("published_at_not_fetch_time"), action=Action.QUARANTINE)
    refused = judge(table(*clock, *quick, *few), [strict]).to_pylist()
    assert [item["url"] for item in refused] == [item["url"] for item in clock]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="good"),
        pytest.param({"body": "東" * 50, "body_length": 50, "title": "港の再開発"}, id="a-japanese-flash-at-the-bound"),
        pytest.param({"body": "Is 3 < 5 & 7 > 2? Yes <3, says AT&T. " * 2}, id="signs-that-are-no-tags"),
        pytest.param({"title": "SÃO PAULO: Câmara aprova «reforma»", "body": "Não há acordo em São João. " * 4}, id="accents"),
        pytest.param({"body": "Video: the pier burned all night, they said. " * 2}, id="a-paragraph-with-a-colon"),
        pytest.param({"authors": ["Jean-Luc d'Été", "Nguyễn Thị Minh Khai", "山田太郎", "O. P. van der Berg jr."]}, id="names"),
        pytest.param({"authors": [], "tags": None, "language": None, "modified_at": None}, id="nulls-pass"),
        pytest.param({"published_at": NIGHT + timedelta(days=1)}, id="a-day-ahead"),
        pytest.param({"published_at": datetime(1990, 1, 1, tzinfo=UTC)}, id="the-first-day"),
        pytest.param({"published_utc_offset": -720}, id="offset-at-the-bound"),
    ],
)
def test_a_good_row_breaks_no_rule(change: dict[str, Any], row: RowMaker, table: Rows) -> None:
    checks = check_counts(table(row(1, **change)), "run-1").to_pylist()
    assert {item["rule"]: item["broken_count"] for item in checks if item["broken_count"]} == {}


def test_the_first_broken_rule_gives_the_reason_and_all_are_listed(row: RowMaker, table: Rows) -> None:
    bad = row(1, title=None, published_at=None, language="EN")
    assert judge(table(row(2), bad)).to_pylist() == [
        {
            "url": "https://news.example/story-1",
            "reason": "missing_title",
            "detail": "Not met: The article has a headline.",
            "broken_rules": [
                {"rule": "title_present", "column": "title", "value": None},
                {"rule": "published_at_present", "column": "published_at", "value": None},
                {"rule": "language_is_iso_639_1", "column": "language", "value": "EN"},
            ],
        }
    ]


def test_a_long_value_is_cut_to_200_characters(row: RowMaker, table: Rows) -> None:
    refused = judge(table(row(1, url="ftp://" + "x" * 500))).to_pylist()
    assert refused[0]["broken_rules"][0]["value"] == "ftp://" + "x" * 194


def test_two_pages_of_one_article_are_counted_and_kept(row: RowMaker, table: Rows) -> None:
    verdicts = assess(table(row(1), row(2), row(3, article_id=row(1)["article_id"])), "run-1")
    unique = [item for item in verdicts.checks.to_pylist() if item["rule"] == "article_id_unique" and item["source"] is None]
    assert (unique[0]["broken_count"], verdicts.refused.num_rows) == (2, 0)


def test_no_rows_break_no_rule() -> None:
    verdicts = assess(EXTRACTED.empty_table(), "run-1")
    assert verdicts.refused.equals(REFUSED.empty_table())
    assert [(item["source"], item["row_count"], item["broken_count"]) for item in verdicts.checks.to_pylist()] == [
        (None, 0, 0) for _ in RULES
    ]


def test_checks_count_over_all_rows_and_per_source(row: RowMaker, table: Rows) -> None:
    rows = table(row(1, title=None, source="a"), row(2, source="a"), row(3, source="b"))
    checks = check_counts(rows, "run-1")
    assert checks.schema.equals(CHECKS)
    common = {"run_id": "run-1", "rule": "title_present", "column": "title", "severity": "critical"}
    assert [item for item in checks.to_pylist() if item["rule"] == "title_present"] == [
        common | {"source": None, "success": False, "row_count": 3, "broken_count": 1},
        common | {"source": "a", "success": False, "row_count": 2, "broken_count": 1},
        common | {"source": "b", "success": True, "row_count": 1, "broken_count": 0},
    ]


def test_checks_of_batches_are_summed(row: RowMaker, table: Rows) -> None:
    batches = [check_counts(table(row(1, title=None)), "run-1"), check_counts(table(row(2), row(3)), "run-1")]
    whole = check_counts(table(row(1, title=None), row(2), row(3)), "run-1")

    def content(checks: pa.Table) -> list[tuple[Any, ...]]:
        return sorted(tuple(map(str, item.values())) for item in checks.to_pylist())

    assert content(sum_checks(pa.concat_tables(batches))) == content(whole)


@pytest.mark.parametrize(
    ("expectation", "kwargs"),
    [
        ("ExpectColumnMeanToBeBetween", {"column": "body_length", "min_value": 1}),
        ("ExpectColumnValuesToBeBetween", {"column": "body_length", "min_value": 1, "mostly": 0.9}),
        ("ExpectColumnValuesToBeBetween", {"column": "body_length"}),
        ("ExpectColumnValuesToMatchRegex", {"column": "title", "regex": r"^\w+$"}),
        ("ExpectColumnValuesToMatchRegex", {"column": "title", "regex": "(?!x)"}),
        ("ExpectColumnValuesToBeInSet", {"column": "title", "value_set": [None]}),
        (
            "ExpectColumnPairValuesAToBeGreaterThanB",
            {"column_A": "modified_at", "column_B": "published_at", "or_equal": True, "ignore_row_if": "never"},
        ),
    ],
)
def test_a_rule_without_a_translation_is_refused(expectation: str, kwargs: dict[str, Any], table: Rows) -> None:
    rule = Rule("odd", "title", expectation, kwargs, Severity.CRITICAL, Action.QUARANTINE, "It is odd.")
    with pytest.raises(UntranslatableRuleError, match=r"^rule odd: "):
        judge(table(), (rule,))


def _rule(name: str) -> Rule:
    return next(rule for rule in RULES if rule.name == name)
