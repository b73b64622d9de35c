"""Rules that other packages bring: judged as the built-in ones are. What Great Expectations says of them: test_suite.py."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from expectations.ownrules import all_rules, rule_by_name
from expectations.rules import RULES, Action
from expectations.signals import SIGNALS, all_signals
from expectations.verdicts import assess
from transforms.extensions import ExtensionError

Install = Callable[..., Path]
POINTS = {"nightdesk.rules": {"acme": "acme_desk:RULES"}}
CODE = """
from expectations.rules import Action, Rule, Severity

RULES = [
    Rule(
        name="acme_body_without_placeholder", column="body", expectation="ExpectColumnValuesToBeNull",
        kwargs={"column": "acme_placeholder"}, severity=Severity.CRITICAL, action=Action.QUARANTINE,
        meaning="The text holds no filler of a template.",
        brings={"acme_placeholder": "nullif(regexp_extract(body, '(?i)lorem ipsum[^.]*'), '')"},
    ),
    Rule(
        name="acme_section_count", column="section", expectation="ExpectColumnValuesToBeBetween",
        kwargs={"column": "acme_section_number", "max_value": 9}, severity=Severity.WARNING, action=Action.WARN,
        meaning="The number of the section has one digit.",
        brings={"acme_section_number": "section::bigint"},
    ),
]
"""


def test_they_drive_verdicts_and_drift_as_the_built_in_ones_do(
    install: Install, table: Callable[..., pa.Table], row: Callable[..., dict[str, Any]]
) -> None:
    install("acme-desk", CODE, POINTS)
    rows = table(
        row(1, section="Harbour"),  # its SQL fails: null, which passes
        row(2, section="12"),
        row(3, body="Lorem ipsum dolor sit. " * 9, section=None),
    )
    own = all_rules()[len(RULES) :]
    verdicts = assess(rows, "r1")
    refused = verdicts.refused.to_pylist()
    assert [(row["url"], row["reason"], row["detail"]) for row in refused] == [
        (
            row(3)["url"],
            "invalid_field",
            "Not met: The text holds no filler of a template. Found: Lorem ipsum dolor sit",
        )
    ]
    counts = {row["rule"]: row["broken_count"] for row in verdicts.checks.to_pylist() if row["source"] is None}
    assert {rule.name: counts[rule.name] for rule in own} == {"acme_body_without_placeholder": 1, "acme_section_count": 1}
    assert [signal.metric for signal in all_signals()[len(SIGNALS) :]] == ["broken_acme_section_count"]
    assert rule_by_name()["acme_section_count"].action is Action.WARN


RULE = CODE.partition("RULES = [")[0] + (
    "RULES = Rule('{name}', '{column}', '{expectation}', {kwargs}, Severity.WARNING, Action.WARN, '{meaning}', brings={brings})"
)
GOOD = {
    "name": "acme",
    "column": "body",
    "expectation": "ExpectColumnValuesToBeNull",
    "kwargs": '{"column": "acme_x"}',
    "meaning": "All is well.",
    "brings": '{"acme_x": "body"}',
}
NAMES = "a name must be small letters, digits and _, 2 to 60 of them, the first a letter"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "Acme rule"}, f"rule 'Acme rule': {NAMES}"),
        ({"brings": '{"X": "body"}'}, f"rule 'acme': brings column 'X': {NAMES}"),
        ({"meaning": "all is well"}, "rule 'acme': its meaning must be a sentence that says what must hold"),
        ({"name": "title_present"}, "there is a rule 'title_present' already; give it a name of its own"),
        (
            {"kwargs": '{"column": "authors_x"}', "brings": '{"authors_x": "authors"}'},
            "rule 'acme': its column is VARCHAR[], and must be VARCHAR, BIGINT, INTEGER, SMALLINT, DOUBLE, "
            "TIMESTAMP WITH TIME ZONE",
        ),
    ],
)
def test_a_rule_that_cannot_be_judged_is_refused_before_the_night(install: Install, change: dict[str, str], problem: str) -> None:
    install("acme-desk", RULE.format(**GOOD | change), POINTS)
    with pytest.raises(ExtensionError) as raised:
        all_rules()
    assert str(raised.value) == (
        f"extension 'acme' of acme-desk 1.2 (nightdesk.rules: acme_desk:RULES): {problem}. "
        "Mend that package, or do without it: pip uninstall acme-desk"
    )


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"column": "no_such"}, "rule 'acme': column 'no_such' is none of an article's: article_id, "),
        ({"expectation": "ExpectMagic"}, "rule acme: ExpectMagic has no translation; there are ExpectColumnValuesToNotBeNull, "),
        ({"kwargs": '{"column": "nowhere"}'}, 'Referenced column "nowhere" not found'),
        ({"brings": '{"acme_x": "body ->"}'}, "syntax error"),
        ({"brings": '{"acme_x": "body", "title": "body"}'}, "brings column 'title', which the projection has already"),
    ],
)
def test_what_duckdb_does_not_take_is_told_in_its_words(install: Install, change: dict[str, str], part: str) -> None:
    install("acme-desk", RULE.format(**GOOD | change), POINTS)
    with pytest.raises(ExtensionError) as raised:
        all_rules()
    assert part in str(raised.value)
    assert str(raised.value).startswith("extension 'acme' of acme-desk 1.2 (nightdesk.rules: acme_desk:RULES): rule 'acme': ")


@pytest.mark.parametrize("code", ["RULES = 3", "RULES = []", "RULES = ['body']"])
def test_what_is_no_rule_is_refused(install: Install, code: str) -> None:
    install("acme-desk", code, POINTS)
    with pytest.raises(ExtensionError, match=r"must be an expectations\.rules\.Rule or a list of them"):
        all_rules()
