"""What the report says, read from the published views.

Belongs here: the queries (sql/) and what follows from their rows by counting. Does not belong here: how it looks (templates/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import duckdb

from expectations.projection import statement
from transforms.errors import InputError
from transforms.records import Disposition, Reason

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """A run's figures: each field holds the rows of the query of its name in sql/, which says what a row is."""

    run: Row
    history: tuple[Row, ...]
    reasons: tuple[Row, ...]
    stages: tuple[Row, ...]
    sources: tuple[Row, ...]
    trends: tuple[Row, ...]
    quarantined: tuple[Row, ...]
    failed: tuple[Row, ...]
    completeness: tuple[Row, ...]
    changes: tuple[Row, ...]
    duplicates: tuple[Row, ...]
    copies: tuple[Row, ...]
    hosts: tuple[Row, ...]
    checks: tuple[Row, ...]
    alarms: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel: pages that came this far, and what the next step loses, as (what became of them, how many)."""

    name: str
    pages: int
    lost: tuple[tuple[str, int], ...] = ()


def read_figures(con: duckdb.DuckDBPyConnection, run_id: str) -> Figures:
    """The figures of a run, from a connection to the published views. InputError if the views hold no such run."""
    runs = _rows(con, "run", run_id)
    if not runs:
        raise InputError(
            f"there is no finished run {run_id!r} in the warehouse; `nightdesk sql 'select run_id from runs'` lists them."
        )
    return Figures(run=runs[0], **{name: read_list(con, name, run_id) for name in Figures.__slots__ if name != "run"})


def read_list(con: duckdb.DuckDBPyConnection, name: str, run_id: str) -> tuple[Row, ...]:
    """One of the figures alone: the rows of sql/<name>.sql."""
    if name != "changes":
        return _rows(con, name, run_id)
    replaced = _rows(con, "replaced", run_id)
    rows_in_file = sorted({row for found in replaced for row in found["rows_in_file"]})
    return _rows(con, name, run_id, files=[found["file"] for found in replaced], rows_in_file=rows_in_file)


def _rows(con: duckdb.DuckDBPyConnection, name: str, run_id: str, **more: Sequence[Any]) -> tuple[Row, ...]:
    return tuple(con.sql(statement(name), params={"run_id": run_id, **more}).to_arrow_table().to_pylist())


def funnel(figures: Figures) -> tuple[Step, ...]:
    """From candidates to stored rows: how many pages came how far, and where the others stayed."""
    counts = {row["reason"]: row["pages"] for row in figures.reasons}
    of = {
        disposition: sum(row["pages"] for row in figures.reasons if row["disposition"] == disposition)
        for disposition in Disposition
    }

    def count(*reasons: Reason) -> int:
        return sum(counts.get(reason, 0) for reason in reasons)

    losses = (
        (
            "found",
            (
                ("skipped", of[Disposition.SKIPPED]),
                ("other spelling of a URL", count(Reason.SAME_URL)),
                ("not due", count(Reason.NOT_DUE)),
            ),
        ),
        ("asked for", (("failed", of[Disposition.FAILED]), ("not modified", count(Reason.NOT_MODIFIED)))),
        ("extracted", (("quarantined", of[Disposition.QUARANTINED]),)),
        (
            "accepted",
            (
                ("same content as before", count(Reason.SAME_CONTENT)),
                ("same article as another page", count(Reason.SAME_ARTICLE)),
            ),
        ),
    )
    steps, left = [], sum(of.values())
    for name, lost in losses:
        steps.append(Step(name, left, tuple(loss for loss in lost if loss[1])))
        left -= sum(pages for _, pages in lost)
    return (*steps, Step("stored", left))


def by_reason(rows: tuple[Row, ...]) -> dict[str, list[Row]]:
    """Examples under their reasons, in the order given (most frequent reason first). Serves failed pages as well."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["reason"], []).append(row)
    return grouped


def fields_by_source(rows: tuple[Row, ...]) -> dict[str, dict[str, Row]]:
    """source -> field -> the row that says in what share of rows it is filled, tonight and usually."""
    table: dict[str, dict[str, Row]] = {}
    for row in rows:
        table.setdefault(row["source"], {})[row["field"]] = row
    return table


def usual(history: tuple[Row, ...], name: str) -> float | None:
    """The median of a figure of the runs before this one, the last of `history`; None without any."""
    before = [row[name] for row in history[:-1] if row[name] is not None]
    return median(before) if before else None
