"""The quality report: one page of HTML per run, complete in itself.

Belongs here: gathering what the page needs, writing it. Does not belong here: the queries (figures.py), the looks (templates/).
"""

from pathlib import Path

from expectations.figures import Figures, by_reason, fields_by_source, funnel, read_figures
from expectations.findings import findings
from expectations.gate import Gate
from expectations.pages import render
from expectations.rules import RULE_BY_NAME
from transforms.records import Disposition
from warehouse import files
from warehouse.paths import DataDir
from warehouse.query import connect

# As a reader asks: what the article says, then when, then what else is known of it.
FIELDS = (
    "title", "lead", "body", "authors", "published_at", "published_time", "published_utc_offset", "modified_at", "language",
    "section", "dateline", "tags", "image_url", "site_name", "is_free",
)  # fmt: skip


def write_report(data: DataDir, run_id: str, *, gate: Gate | None = None) -> Path:
    """Write reports/<run_id>/index.html from the published views, and give its path.

    `gate` is the verdict of tonight, with its reasons; without it the page shows the recorded verdict alone. InputError if
    nothing was published, or no such run has finished.
    """
    with connect(data) as con:
        figures = read_figures(con, run_id)
    folder = data.reports_of(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "index.html"
    with files.replacing(page) as fresh:
        fresh.write_text(_html(figures, gate, has_docs=(folder / "data_docs" / "index.html").exists()), encoding="utf-8")
    return page


def _html(figures: Figures, gate: Gate | None, *, has_docs: bool) -> str:
    completeness = fields_by_source(figures.completeness)
    return render(
        "report.html.j2",
        figures=figures,
        run=figures.run,
        dispositions=[str(disposition) for disposition in Disposition],
        funnel=funnel(figures),
        findings=findings(figures),
        gate_reasons=gate.reasons if gate else (),
        quarantined=by_reason(figures.quarantined),
        failed=by_reason(figures.failed),
        completeness=completeness,
        fields=[field for field in FIELDS if any(field in shares for shares in completeness.values())],
        rules=RULE_BY_NAME,
        has_docs=has_docs,
    )
