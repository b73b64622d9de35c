"""The report for machines: one JSON object with stable keys; the rows of its lists are those of the queries in sql/.

Belongs here: the object's keys. Does not belong here: how a figure is made (figures.py).
"""

import json
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from expectations.figures import Figures, funnel
from expectations.findings import findings
from expectations.report import Report

# Raised when a key goes or changes its meaning; a key more does not raise it.
FORMAT = 1


def document(report: Report) -> dict[str, Any]:
    """The report as an object of plain values; times are ISO 8601 in UTC, shares 0 to 1. What a list's rows hold, sql/ says."""
    figures = report.figures
    lists = {field.name: list(getattr(figures, field.name)) for field in fields(Figures) if field.name != "run"}
    return {
        "format": FORMAT,
        "run": dict(figures.run),
        "gate": {"verdict": figures.run["gate"], "reasons": list(report.gate_reasons)},
        "findings": list(findings(figures)),
        "funnel": [asdict(step) for step in funnel(figures)],
        **lists,
    }


def as_json(report: Report) -> str:
    """`document` as text, indented, with characters as they are."""
    return json.dumps(document(report), ensure_ascii=False, indent=1, default=_plain, allow_nan=False)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} has no form in JSON")
