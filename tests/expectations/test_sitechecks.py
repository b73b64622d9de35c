"""How site rules fare, as checks and as a sentence of the report."""

from expectations.sitechecks import RuleUse, site_checks
from transforms.siterules import SiteRule

ECHO = SiteRule("echo.example", drop=(".ad",), body=".story", title="h2")
QUAY = SiteRule("quay.example", timezone="UTC")


def check(source: str | None, key: str, rows: int, broken: int) -> dict[str, object]:
    return {
        "run_id": "r1",
        "source": source,
        "rule": f"site_rule echo.example {key}",
        "column": key,
        "severity": "warning",
        "success": broken == 0,
        "row_count": rows,
        "broken_count": broken,
    }


def test_each_selector_that_pages_should_answer_is_a_check_over_all_and_by_source() -> None:
    uses = [RuleUse("a", ECHO), RuleUse("a", ECHO, ("title", "body")), RuleUse("b", ECHO, ("title",)), RuleUse("b", QUAY)]
    table = site_checks(uses, "r1")
    assert table.to_pylist() == [
        check(None, "body", 3, 1),
        check("a", "body", 2, 1),
        check(None, "title", 3, 2),
        check("a", "title", 2, 1),
        check("b", "body", 1, 0),
        check("b", "title", 1, 1),
    ]


def test_a_night_without_site_rules_has_no_such_checks() -> None:
    assert site_checks([RuleUse("b", QUAY)], "r1").num_rows == site_checks([], "r1").num_rows == 0
