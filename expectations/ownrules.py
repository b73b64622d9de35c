"""The rules that installed packages add to the built-in ones (entry points of nightdesk.rules): judged, documented and reported
alike.

Belongs here: finding and checking them, the columns that they bring. Does not belong here: the built-in rules (rules.py), how a
rule is evaluated (verdicts.py, suite.py). A rule counts from the day on that its package is installed, for every source.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import duckdb

from expectations import translation
from expectations.projection import projected
from expectations.rules import RULES, Action, Rule, Severity
from transforms.extensions import RULES as GROUP
from transforms.extensions import Extension, forget, installed, told
from transforms.records import REASON_DISPOSITION, Disposition, Reason
from warehouse.schema import EXTRACTED

_NAME = re.compile(r"[a-z][a-z0-9_]{1,59}")
_A_NAME = "a name must be small letters, digits and _, 2 to 60 of them, the first a letter"
# What Great Expectations' frames and a row's verdict can hold alike.
_TYPES = ("VARCHAR", "BIGINT", "INTEGER", "SMALLINT", "DOUBLE", "TIMESTAMP WITH TIME ZONE")


@cache
def all_rules() -> tuple[Rule, ...]:
    """The built-in rules, then those of extensions by name. ExtensionError if one of those is not what a rule must be."""
    rules = list(RULES)
    for each in installed(GROUP):
        for rule in rules_of(each):
            _check_alone(each, rule, rules)
            rules.append(rule)
    return tuple(rules)


@cache
def rule_by_name() -> Mapping[str, Rule]:
    """All rules by name. What older nights were held against may be among them no more."""
    return {rule.name: rule for rule in all_rules()}


def forget_rules() -> None:
    """Look anew at what is installed."""
    all_rules.cache_clear()
    rule_by_name.cache_clear()
    forget()


def rules_of(extension: Extension) -> tuple[Rule, ...]:
    """The rules of one extension, each checked as far as it can be without a row. ExtensionError says what is wrong."""
    given = extension.load()
    rules = (given,) if isinstance(given, Rule) else given
    if not isinstance(rules, Sequence) or not rules or not all(isinstance(rule, Rule) for rule in rules):
        raise extension.error(f"must be an expectations.rules.Rule or a list of them, is {given!r}"[:300])
    for rule in rules:
        if problem := _problem(rule) or _unanswerable(rule):
            raise extension.error(f"rule {rule.name!r}: {problem}")
    return tuple(rules)


def _check_alone(extension: Extension, rule: Rule, others: Iterable[Rule]) -> None:
    for other in others:
        if other.name == rule.name:
            raise extension.error(f"there is a rule {rule.name!r} already; give it a name of its own")
        if shared := other.brings.keys() & rule.brings.keys():
            raise extension.error(f"rule {rule.name!r} brings column {min(shared)!r}, and so does rule {other.name!r}")


def _problem(rule: Rule) -> str | None:
    """What is wrong with a declaration, as far as its words tell."""
    if not isinstance(rule.name, str) or not _NAME.fullmatch(rule.name):
        return _A_NAME
    if wrong := next((name for name in rule.brings if not _NAME.fullmatch(name)), None):
        return f"brings column {wrong!r}: {_A_NAME}"
    if rule.column not in EXTRACTED.names:
        return f"column {rule.column!r} is none of an article's: {', '.join(EXTRACTED.names)}"
    if not (isinstance(rule.severity, Severity) and isinstance(rule.action, Action) and isinstance(rule.reason, Reason)):
        return "severity, action and reason must be members of Severity, Action and Reason"
    if REASON_DISPOSITION[rule.reason] is not Disposition.QUARANTINED:
        return f"reason {rule.reason.value!r} is none of a quarantined page"
    if rule.action is Action.WARN and rule.severity is Severity.CRITICAL:
        return "what only warns is not critical"
    if not isinstance(rule.meaning, str) or not rule.meaning[:1].isupper() or not rule.meaning.endswith("."):
        return "its meaning must be a sentence that says what must hold"
    return None


def _unanswerable(rule: Rule) -> str | None:
    """Why neither engine could evaluate it, tried on no row at all."""
    try:
        if "regex" in rule.kwargs:
            re.compile(rule.kwargs["regex"])
        condition = translation.broken(rule)
        with projected(EXTRACTED.empty_table(), brings=brought([rule])) as con:
            types = con.sql(f"select {translation.shown(rule)}, {condition} from checked").types
            there = con.sql("select * from checked").columns
    except (translation.UntranslatableRuleError, duckdb.Error, re.error, TypeError, KeyError, AttributeError) as error:
        return told(error)
    if taken := set(rule.brings) - set(there[len(there) - len(rule.brings) :]):  # DuckDB has called it title_1
        return f"brings column {min(taken)!r}, which the projection has already"
    return None if str(types[0]) in _TYPES else f"its column is {types[0]}, and must be {', '.join(_TYPES)}"


def brought(rules: Iterable[Rule]) -> dict[str, str]:
    """The columns that rules bring to the projection: name -> SQL over table `extracted`."""
    return {name: sql for rule in rules for name, sql in rule.brings.items()}
