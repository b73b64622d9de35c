import pyarrow as pa
import pytest

from expectations.gate import Gate, judge_run
from warehouse.schema import CHECKS

NO_CHECKS = CHECKS.empty_table()


def ledger(**reasons: int) -> pa.Table:
    return pa.table({"reason": [reason for reason, count in reasons.items() for _ in range(count)]})


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        pytest.param({"new_article": 9, "dns_error": 1}, (), id="an-ordinary-night"),
        pytest.param({"new_article": 5, "dns_error": 5}, (), id="at-the-limit"),
        pytest.param(
            {"new_article": 4, "dns_error": 6},
            ("6 of 10 pages asked for failed (60%; max_failed_share allows 50%).",),
            id="too-many-failed",
        ),
        pytest.param(
            {"not_due": 500, "same_url": 90, "robots_disallowed": 30, "not_modified": 1, "fetch_timeout": 2},
            ("2 of 3 pages asked for failed (67%; max_failed_share allows 50%).",),
            id="what-nobody-asked-for-does-not-dilute-failures",
        ),
        pytest.param({"not_found": 8, "gone": 1, "new_article": 1}, (), id="gone-pages-are-the-publishers-business"),
        pytest.param(
            {"same_content": 1, "new_version": 1, "short_body": 2, "extractor_crashed": 1, "not_modified": 50},
            ("3 of 5 extracted pages were quarantined (60%; max_quarantined_share allows 50%).",),
            id="too-many-quarantined",
        ),
        pytest.param({"not_due": 3}, (), id="nothing-was-due"),
        pytest.param({}, ("No page was found: every feed, sitemap and list was empty or there was none.",), id="nothing-found"),
    ],
)
def test_the_gate_judges_shares_of_what_was_tried(reasons: dict[str, int], expected: tuple[str, ...]) -> None:
    assert judge_run(ledger(**reasons), NO_CHECKS) == Gate(passed=not expected, reasons=expected)


def test_limits_can_be_set() -> None:
    pages = ledger(new_article=8, dns_error=1, short_body=1)
    gate = judge_run(pages, NO_CHECKS, max_failed_share=0.05, max_quarantined_share=0.1)
    assert gate.reasons == (
        "1 of 10 pages asked for failed (10%; max_failed_share allows 5%).",
        "1 of 9 extracted pages were quarantined (11%; max_quarantined_share allows 10%).",
    )


def test_a_fatal_rule_fails_the_run_and_a_quarantining_one_does_not() -> None:
    rows = [
        {"rule": "article_id_is_hash", "source": None, "broken_count": 2},
        {"rule": "article_id_is_hash", "source": "a", "broken_count": 2},
        {"rule": "title_present", "source": None, "broken_count": 2},
    ]
    common = {"run_id": "run-1", "column": "article_id", "severity": "critical", "success": False, "row_count": 10}
    checks = pa.Table.from_pylist([common | row for row in rows], schema=CHECKS)
    assert judge_run(ledger(new_article=10), checks).reasons == (
        "Rule article_id_is_hash was broken by 2 of 10 rows, and allows none: "
        "The article's identity is the hex of a 128-bit hash.",
    )
