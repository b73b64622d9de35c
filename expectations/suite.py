"""The Great Expectations suite, made of the same rules as the verdicts: what documents them, and what proves the verdicts right.

Belongs here: rules as expectations, the validation of a batch. Does not belong here: pages of HTML (docs.py), and deciding about
rows (verdicts.py). Great Expectations takes 11 to 15 s to import, so everything of it is imported inside functions. It runs on
pandas, over the narrow projection.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from expectations.ownrules import all_rules, brought
from expectations.projection import projected
from expectations.rules import Rule

if TYPE_CHECKING:
    import pandas as pd

SUITE_NAME = "articles"
# Examples of broken values that a result keeps per rule; the docs show these.
EXAMPLES = 20


def validate(rows: pa.Table, run_id: str, rules: Sequence[Rule] | None = None, context: pa.Table | None = None) -> Any:
    """Great Expectations' validation result of `rows` (schema EXTRACTED) against all rules.

    Everything is held in memory: no project folder, no telemetry, no network.
    """
    rules = all_rules() if rules is None else rules
    gx = _great_expectations()
    from great_expectations.core.run_identifier import RunIdentifier

    session = gx.get_context(mode="ephemeral")
    session.variables.progress_bars = {"globally": False}
    whole = session.data_sources.add_pandas("night").add_dataframe_asset("extracted").add_batch_definition_whole_dataframe("all")
    suite = session.suites.add(build_suite(rules))
    definition = session.validation_definitions.add(gx.ValidationDefinition(name=run_id, data=whole, suite=suite))
    return definition.run(
        batch_parameters={"dataframe": projected_frame(rows, context, rules)},
        result_format={"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES},
        run_id=RunIdentifier(run_name=run_id),
    )


def build_suite(rules: Sequence[Rule] | None = None) -> Any:
    """The rules as an ExpectationSuite, in their order."""
    gx = _great_expectations()
    rules = all_rules() if rules is None else rules
    return gx.ExpectationSuite(name=SUITE_NAME, expectations=[_expectation(gx, rule) for rule in rules])


def broken_counts(result: Any) -> dict[str, int]:
    """Rule name -> rows that broke it, of a validation result. RuntimeError names the rules that could not be evaluated."""
    errors = [f"{name_of(entry)}: {_error(entry)}" for entry in result.results if "unexpected_count" not in entry.result]
    if errors:
        raise RuntimeError(f"Great Expectations could not evaluate {'; '.join(errors)}")
    return {name_of(entry): entry.result["unexpected_count"] for entry in result.results}


def name_of(entry: Any) -> str:
    """The rule that one entry of a validation result is about."""
    return str(entry.expectation_config.meta["rule"])


def _error(entry: Any) -> str:
    # One {"exception_message": ...}, or one of these for each metric that the expectation needed.
    info = entry.exception_info
    found = [info] if "exception_message" in info else list(info.values())
    return ", ".join(str(item["exception_message"]) for item in found)


def projected_frame(rows: pa.Table, context: pa.Table | None = None, rules: Sequence[Rule] = ()) -> "pd.DataFrame":
    """The projection of `rows` as a pandas frame: nullable integers stay integers, text is Python text, instants are UTC without
    a zone (the library reads `.values`, of which pandas warns for zoned instants)."""
    import pandas as pd

    integers = {pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype()}
    with projected(rows, context, brings=brought(rules)) as con:
        table = con.sql("select * from checked order by row_number").to_arrow_table()
    frame = table.cast(pa.schema([_without_zone(field) for field in table.schema])).to_pandas(types_mapper=integers.get)
    # pandas' own text type searches with RE2 where it can, and with Python's re elsewhere: two dialects in one column.
    texts = [name for name, type_ in zip(table.schema.names, table.schema.types, strict=True) if pa.types.is_string(type_)]
    return frame.astype(dict.fromkeys(texts, object)) if texts else frame


def _without_zone(field: "pa.Field[Any]") -> "pa.Field[Any]":
    return field.with_type(pa.timestamp(field.type.unit)) if pa.types.is_timestamp(field.type) else field


def _expectation(gx: Any, rule: Rule) -> Any:
    make = getattr(gx.expectations, rule.expectation)
    meta = {"rule": rule.name, "action": str(rule.action), "reason": str(rule.reason)}
    kwargs = {name: _naive(value) for name, value in rule.kwargs.items()}
    return make(**kwargs, severity=str(rule.severity), meta=meta, notes=f"**{rule.name}** ({rule.action}): {rule.meaning}")


def _naive(value: Any) -> Any:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def _great_expectations() -> Any:
    """The library, told to send nothing before it starts."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations
    import great_expectations.expectations

    return great_expectations
