"""The quality report of a run: one page of HTML, complete in itself, and the same as Markdown and as JSON.

Belongs here: gathering what it says, how much of each list is shown, writing it.
Does not belong here: the queries (figures.py), the looks (templates/), the JSON's keys (document.py).
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from expectations import charts
from expectations.figures import Figures, Row, by_reason, fields_by_source, funnel, read_figures, usual
from expectations.findings import findings
from expectations.gate import Gate
from expectations.ownrules import rule_by_name
from expectations.pages import render, render_markdown
from transforms.records import Disposition
from warehouse import files
from warehouse.paths import DataDir
from warehouse.query import connect

# As a reader asks: what the article says, then when, then what else is known of it.
FIELDS = (
    "title", "lead", "body", "authors", "published_at", "published_time", "published_utc_offset", "modified_at", "language",
    "section", "dateline", "tags", "image_url", "site_name", "is_free",
)  # fmt: skip
# A page of 300 sources stays below 2 MB with these; what they leave out the page names, with the query that lists it.
MOST_SOURCES = 400
MOST_ALARMS = 150
MOST_FINDINGS = 150
# As Markdown it is read in an orchestrator's window or in a mail.
MOST_IN_MARKDOWN = 30
_DOCS_LINK = re.compile(r'<a href="data_docs/[^"]*">(.*?)</a>')


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say of a run. `gate_reasons`: why the gate failed, if that is known: it is judged at the run's end."""

    figures: Figures
    gate_reasons: tuple[str, ...] = ()


def read_report(data: DataDir, run_id: str, *, gate: Gate | None = None) -> Report:
    """The report of a run from the published views. `gate`: tonight's verdict; without it, the recorded one has no reasons.

    InputError if nothing was published, or no such run has finished.
    """
    with connect(data) as con:
        return Report(read_figures(con, run_id), gate.reasons if gate else ())


def write_report(data: DataDir, report: Report) -> Path:
    """Write reports/<run_id>/index.html, and give its path."""
    folder = data.reports_of(report.figures.run["run_id"])
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "index.html"
    with files.replacing(page) as fresh:
        fresh.write_text(html(report, has_docs=(folder / "data_docs" / "index.html").exists()), encoding="utf-8")
    return page


def html(report: Report, *, has_docs: bool = False) -> str:
    """The page. `has_docs`: Data Docs of the run lie beside it."""
    figures = report.figures
    completeness = fields_by_source(figures.completeness)
    return render(
        "report.html.j2",
        **_said(report),
        trends={row["source"]: row for row in figures.trends},
        quarantined=by_reason(figures.quarantined),
        failed=by_reason(figures.failed),
        completeness=completeness,
        fields=[field for field in FIELDS if any(field in shares for shares in completeness.values())],
        rules=rule_by_name(),
        has_docs=has_docs,
        line=charts.line,
        stacked=charts.stacked,
        span=charts.span,
        most_sources=MOST_SOURCES,
        most_alarms=MOST_ALARMS,
        most_findings=MOST_FINDINGS,
    )


def without_docs(page: str) -> str:
    """A page for a folder in which its run's Data Docs do not lie: what was the link to them is plain text."""
    return _DOCS_LINK.sub(r"\1", page)


def markdown(report: Report) -> str:
    """The alarms, the ledger and the sources as Markdown, for an orchestrator or a mail."""
    return render_markdown("report.md.j2", **_said(report), most=MOST_IN_MARKDOWN)


def _said(report: Report) -> dict[str, Any]:
    """What every form of the report says."""
    figures = report.figures
    return {
        "figures": figures,
        "run": figures.run,
        "earlier": figures.history[:-1],
        "usual": partial(usual, figures.history),
        "dispositions": [str(disposition) for disposition in Disposition],
        "funnel": funnel(figures),
        "findings": findings(figures),
        "gate_reasons": report.gate_reasons,
        "sources": _alarmed_first(figures),
        "alarms_of": Counter(alarm["source"] for alarm in figures.alarms if alarm["source"]),
    }


def _alarmed_first(figures: Figures) -> list[Row]:
    """The sources in their order, but those with an alarm first: where only so many are shown, these are."""
    alarmed = {alarm["source"] for alarm in figures.alarms}
    return sorted(figures.sources, key=lambda row: row["source"] not in alarmed)
