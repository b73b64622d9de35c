"""A declared expectation as SQL: when does a row break it, and which value shows that.

Belongs here: one function per expectation in use. Does not belong here: running the SQL (verdicts.py).
An expectation or argument that is not known here raises: a rule that is silently not evaluated would be worse than none.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from expectations.rules import Rule


class UntranslatableRuleError(ValueError):
    """A rule declares an expectation or an argument that has no translation to SQL."""


def broken(rule: Rule) -> str:
    """An SQL expression over table `checked`, true where a row breaks the rule and never null."""
    translate = _TRANSLATIONS.get(rule.expectation)
    if translate is None:
        raise UntranslatableRuleError(
            f"rule {rule.name}: {rule.expectation} has no translation; there are {', '.join(_TRANSLATIONS)}"
        )
    try:
        condition = translate(**rule.kwargs)
    except (TypeError, ValueError) as error:
        raise UntranslatableRuleError(
            f"rule {rule.name}: {rule.expectation}({dict(rule.kwargs)}) has no translation: {error}"
        ) from error
    return f"coalesce({condition}, false)"


def shown(rule: Rule) -> str:
    """The column of table `checked` whose value shows why a row broke the rule."""
    kwargs = rule.kwargs
    return _identifier(
        kwargs["column_B"] if rule.column == kwargs.get("column_B") else kwargs.get("column", kwargs.get("column_A"))
    )


def literal(value: Any) -> str:
    """`value` as an SQL literal: text, a number, or an aware instant."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | datetime):
        raise ValueError(f"{value!r} is neither text, number nor instant")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} bears no zone")
        return f"timestamptz '{value.isoformat()}'"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _not_null(*, column: str) -> str:
    return f"{_identifier(column)} is null"


def _null(*, column: str) -> str:
    return f"{_identifier(column)} is not null"


def _between(*, column: str, min_value: Any = None, max_value: Any = None) -> str:
    bounds = [f"{_identifier(column)} < {literal(min_value)}"] if min_value is not None else []
    bounds += [f"{_identifier(column)} > {literal(max_value)}"] if max_value is not None else []
    if not bounds:
        raise ValueError("it has no bound")
    return " or ".join(bounds)


def _in_set(*, column: str, value_set: Iterable[Any]) -> str:
    return f"{_identifier(column)} not in ({', '.join(literal(value) for value in value_set)})"


def _matches(*, column: str, regex: str) -> str:
    # Classes that mean ASCII to RE2 and all of Unicode to Python would give two verdicts on one row.
    if any(escape in regex for escape in (r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\b", r"\B", "(?=", "(?!", "(?<")):
        raise ValueError("its regex has a class or a look-around on which RE2 and Python differ; write the characters out")
    # Python's $ also stands before a line break at the end; RE2's does not.
    pattern = regex[:-1] + r"\n?\z" if regex.endswith("$") else regex
    return f"not regexp_matches({_identifier(column)}, {literal(pattern)})"


def _unique(*, column: str) -> str:
    return f"{_identifier(column)} is not null and count(*) over (partition by {_identifier(column)}) > 1"


def _greater(*, column_A: str, column_B: str, or_equal: bool, ignore_row_if: str) -> str:  # noqa: N803 (their names)
    if ignore_row_if != "either_value_is_missing":
        raise ValueError("null passes only with ignore_row_if='either_value_is_missing'")
    return f"{_identifier(column_A)} {'<' if or_equal else '<='} {_identifier(column_B)}"


_TRANSLATIONS: Mapping[str, Callable[..., str]] = {
    "ExpectColumnValuesToNotBeNull": _not_null,
    "ExpectColumnValuesToBeNull": _null,
    "ExpectColumnValuesToBeBetween": _between,
    "ExpectColumnValuesToBeInSet": _in_set,
    "ExpectColumnValuesToMatchRegex": _matches,
    "ExpectColumnValuesToBeUnique": _unique,
    "ExpectColumnPairValuesAToBeGreaterThanB": _greater,
}
