"""Which rows broke which rules: one DuckDB scan, built from the same declarations as the Great Expectations suite.

Belongs here: the refused rows and the counts per rule. Does not belong here: the rules (rules.py), their SQL (translation.py).
Null passes every rule but those that ask for a value, as in Great Expectations.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from expectations import translation
from expectations.ownrules import all_rules, brought
from expectations.projection import projected
from expectations.rules import Action, Rule
from warehouse.schema import CHECKS, REFUSED

# As much of a value as a person needs to see what is wrong with it.
VALUE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the rules say of a batch: `refused` are the rows to quarantine, `checks` the counts per rule (schema CHECKS)."""

    refused: pa.Table
    checks: pa.Table


def judge(rows: pa.Table, rules: Sequence[Rule] | None = None, context: pa.Table | None = None) -> pa.Table:
    """The rows (schema EXTRACTED) that must be quarantined: url, reason, detail, broken_rules; in the order given.

    `reason` is that of the first broken rule that quarantines; broken_rules holds every broken rule, warnings too, each with the
    value that broke it (cut to 200 characters; null where there is none). `context` (schema projection.CONTEXT): what was known
    of the pages before they were read. `rules`: all that there are, if none are given.
    """
    rules = all_rules() if rules is None else rules
    with _flagged(rows, rules, context) as con:
        return _refused(con, rules)


def judge_all(rows: pa.Table, rules: Sequence[Rule] | None = None, context: pa.Table | None = None) -> pa.Table:
    """As `judge`, and the rows that only warnings are said of: their reason and detail are null."""
    rules = all_rules() if rules is None else rules
    with _flagged(rows, rules, context) as con:
        return _broken(con, rules, rules)


def check_counts(rows: pa.Table, run_id: str, rules: Sequence[Rule] | None = None, context: pa.Table | None = None) -> pa.Table:
    """Per rule the rows checked and broken, over all rows (source null) and per source: schema CHECKS."""
    rules = all_rules() if rules is None else rules
    with _flagged(rows, rules, context) as con:
        return _counts(con, run_id, rules)


def assess(rows: pa.Table, run_id: str, rules: Sequence[Rule] | None = None, context: pa.Table | None = None) -> Verdicts:
    """`judge` and `check_counts` from a single scan."""
    rules = all_rules() if rules is None else rules
    with _flagged(rows, rules, context) as con:
        return Verdicts(_refused(con, rules), _counts(con, run_id, rules))


def sum_checks(checks: pa.Table) -> pa.Table:
    """The counts of a run's batches as one: schema CHECKS. Uniqueness was judged within each batch, and stays so."""
    keys = ["run_id", "source", "rule", "column", "severity"]
    summed = checks.group_by(keys, use_threads=False).aggregate([("row_count", "sum"), ("broken_count", "sum")])
    rows = [
        {key: row[key] for key in keys}
        | {"success": row["broken_count_sum"] == 0, "row_count": row["row_count_sum"], "broken_count": row["broken_count_sum"]}
        for row in summed.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=CHECKS)


def _flagged(
    rows: pa.Table, rules: Sequence[Rule], context: pa.Table | None
) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The projection with one boolean column per rule, named as the rule, in table `checked`."""
    flags = "".join(f', {translation.broken(rule)} as "{rule.name}"' for rule in rules)
    return projected(rows, context, columns=f"checked.*{flags}", brings=brought(rules))


def _refused(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> pa.Table:
    refusing = [rule for rule in rules if rule.action is Action.QUARANTINE]
    if not refusing:
        return REFUSED.empty_table()
    return _broken(con, rules, refusing).cast(REFUSED)


def _broken(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], told: Sequence[Rule]) -> pa.Table:
    """The rows that break one of `told`, with all that they break; `reason` is that of the first that quarantines, or null."""
    refusing = [rule for rule in rules if rule.action is Action.QUARANTINE]
    table = con.sql(f"""
        select
            coalesce(url, '') as url,
            case {" ".join(f'''when "{rule.name}" then '{rule.reason}' ''' for rule in refusing)} end as reason,
            case {" ".join(f'when "{rule.name}" then {_detail(rule)}' for rule in refusing)} end as detail,
            list_filter([{", ".join(_entry(rule) for rule in rules)}], lambda entry: entry is not null) as broken_rules
        from checked
        where {" or ".join(f'"{rule.name}"' for rule in told)}
        order by row_number
    """).to_arrow_table()
    return pa.table(table)


def _value(rule: Rule) -> str:
    return f"left(cast({translation.shown(rule)} as varchar), {VALUE_CHARACTERS})"


def _entry(rule: Rule) -> str:
    name, column = translation.literal(rule.name), translation.literal(rule.column)
    return f"""case when "{rule.name}" then {{'rule': {name}, 'column': {column}, 'value': {_value(rule)}}} end"""


def _detail(rule: Rule) -> str:
    must = translation.literal(f"Not met: {rule.meaning}")
    return f"{must} || coalesce(' Found: ' || {_value(rule)}, '')"


def _counts(con: duckdb.DuckDBPyConnection, run_id: str, rules: Sequence[Rule]) -> pa.Table:
    sums = ", ".join(f'count(*) filter ("{rule.name}")' for rule in rules)
    counted = con.execute(f"""
        select source, count(*), {sums} from checked group by grouping sets ((), (source)) order by grouping(source) desc, source
    """).fetchall()
    rows = [
        {
            "run_id": run_id,
            "source": source,
            "rule": rule.name,
            "column": rule.column,
            "severity": str(rule.severity),
            "success": broken_count == 0,
            "row_count": row_count,
            "broken_count": broken_count,
        }
        for source, row_count, *broken_counts in counted
        for rule, broken_count in zip(rules, broken_counts, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=CHECKS)
