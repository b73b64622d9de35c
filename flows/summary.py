"""What a run prints when it is done: drift alarms, the ledger, the report's path, a ready line of SQL."""

import sys

from rich.console import Console
from rich.table import Table

from flows.finish import RunSummary
from transforms.records import Disposition


def print_summary(summary: RunSummary) -> None:
    """Print to stdout: a table on a terminal and in a pipe alike, without colour in the pipe."""
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 100)
    total = sum(count for _, _, count in summary.reasons)
    console.print(f"Run {summary.run_id}: {total} candidates")
    for alarm in summary.alarms:
        console.print(f"{alarm.severity}: {alarm.message}", markup=False, soft_wrap=True)
    table = Table(show_footer=True)
    table.add_column("disposition", footer="sum")
    table.add_column("reason")
    table.add_column("pages", justify="right", footer=str(total))
    for disposition, reason, count in summary.reasons:
        table.add_row(disposition, reason, str(count))
    console.print(table)
    stored = summary.count(Disposition.STORED)
    resumed = f" (taken up again {summary.resumed}x)" if summary.resumed else ""
    console.print(f"{stored} stored, {summary.count(Disposition.QUARANTINED)} quarantined, gate {_gate(summary)}{resumed}")
    for reason in summary.gate.reasons:
        console.print(f"gate: {reason}", markup=False)
    console.print(f"report: {summary.report}", soft_wrap=True, markup=False)
    console.print(
        f'next:   nightdesk sql --data {summary.views_file.parent} "select site, count(*) from articles group by 1"',
        soft_wrap=True,
        markup=False,
    )


def _gate(summary: RunSummary) -> str:
    return "passed" if summary.gate.passed else "FAILED"
