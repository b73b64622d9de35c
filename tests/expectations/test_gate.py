import pyarrow as pa
import pytest

from expectations.alarms import Alarm, AlarmKind, AlarmSeverity
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
            {"not_due": 500, "same_url": 90, "robots_disallowed": 30, "not_modified": 4, "fetch_timeout": 8},
            ("8 of 12 pages asked for failed (67%; max_failed_share allows 50%).",),
            id="what-nobody-asked-for-does-not-dilute-failures",
        ),
        pytest.param({"not_found": 8, "gone": 1, "new_article": 1}, (), id="gone-pages-are-the-publishers-business"),
        pytest.param(
            {"same_content": 2, "new_version": 2, "short_body": 4, "extractor_crashed": 2, "not_modified": 50},
            ("6 of 10 extracted pages were quarantined (60%; max_quarantined_share allows 50%).",),
            id="too-many-quarantined",
        ),
        pytest.param(
            {"not_modified": 50, "same_content": 1, "missing_body": 2}, (), id="a-quiet-night-with-the-usual-two-refused"
        ),
        pytest.param({"not_due": 3}, (), id="nothing-was-due"),
        pytest.param({}, ("No page was found: every feed, sitemap and list was empty or there was none.",), id="nothing-found"),
    ],
)
def test_the_gate_judges_shares_of_what_was_tried(reasons: dict[str, int], expected: tuple[str, ...]) -> None:
    assert judge_run(ledger(**reasons), NO_CHECKS) == Gate(passed=not expected, reasons=expected)


def test_limits_can_be_set() -> None:
    pages = ledger(new_article=18, dns_error=1, short_body=2)
    gate = judge_run(pages, NO_CHECKS, max_failed_share=0.04, max_quarantined_share=0.09)
    assert gate.reasons == (
        "1 of 21 pages asked for failed (5%; max_failed_share allows 4%).",
        "2 of 20 extracted pages were quarantined (10%; max_quarantined_share allows 9%).",
    )


def test_a_source_may_have_limits_of_its_own() -> None:
    reasons = ["new_article"] * 18 + ["dns_error"] * 2 + ["new_article"] * 100 + ["short_body"] * 3
    pages = pa.table({"reason": reasons, "source": ["small"] * 20 + ["large"] * 103})
    assert judge_run(pages, NO_CHECKS) == Gate(passed=True)
    gate = judge_run(pages, NO_CHECKS, by_source={"small": (0.05, None), "large": (0.01, 0.02), "silent": (0.0, 0.0)})
    assert gate.reasons == (
        "small: 2 of 20 pages asked for failed (10%; max_failed_share allows 5%).",
        "large: 3 of 103 extracted pages were quarantined (3%; max_quarantined_share allows 2%).",
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


def alarm(severity: AlarmSeverity) -> Alarm:
    return Alarm(
        "2026-03-02",
        "kabar",
        AlarmKind.SILENT,
        "new_articles",
        None,
        severity,
        80,
        70,
        90,
        0,
        28,
        "2026-03-02",
        "kabar: no new articles",
    )


@pytest.mark.parametrize(("limit", "reasons"), [
    (None, ()),
    (1, ("2 critical drift alarms (max_critical_alarms allows 1).",)),
    (2, ()),
])  # fmt: skip
def test_drift_alarms_fail_a_night_only_if_the_settings_say_so(limit: int | None, reasons: tuple[str, ...]) -> None:
    alarms = [alarm(severity) for severity in (AlarmSeverity.CRITICAL, AlarmSeverity.WARNING, AlarmSeverity.CRITICAL)]
    assert judge_run(ledger(new_article=20), NO_CHECKS, alarms, max_critical_alarms=limit).reasons == reasons
