"""Great Expectations' Data Docs of a run: three small pages that open without a network.

Belongs here: what the pages hold, writing them. Does not belong here: validating (suite.py), cleaning rendered HTML (offline.py).
The library's own site builder is not used: it copies 4 MB of fonts and pictures per run, its pages load styles and scripts from
CDNs without which the index is empty, and it prints values as they are, tags of a broken page included.
"""

import html
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.offline import sections
from expectations.ownrules import all_rules
from expectations.pages import render
from expectations.rules import Rule
from expectations.suite import broken_counts, build_suite, validate
from warehouse import files


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule over one batch."""

    rule: Rule
    row_count: int
    broken_count: int


def write_data_docs(
    rows: pa.Table, out: Path, run_id: str, rules: Sequence[Rule] | None = None, context: pa.Table | None = None
) -> Path:
    """Validate `rows` (schema EXTRACTED) and write the Data Docs to folder `out`, which is replaced. Gives out/index.html.

    index.html lists every rule with its counts, results.html is Great Expectations' validation result with up to 20 examples a
    rule, suite.html its description of the suite: about 150 kB together, however many rows there are.
    """
    rules = all_rules() if rules is None else rules
    result = validate(rows, run_id, rules, context)
    counts = broken_counts(result)
    outcomes = [Outcome(rule, rows.num_rows, counts[rule.name]) for rule in rules]
    _make_printable(result)
    rendered = {
        "results.html": _rendered("ValidationResultsPageRenderer", result),
        "suite.html": _rendered("ExpectationSuitePageRenderer", build_suite(rules)),
    }
    pages = {"index.html": render("data_docs_index.html.j2", run_id=run_id, outcomes=outcomes)}
    for name, document in rendered.items():
        pages[name] = render("data_docs_page.html.j2", run_id=run_id, page=name, sections=sections(document))
    _replace_folder(out, pages)
    return out / "index.html"


def _rendered(renderer: str, content: Any) -> str:
    """The library's own page about a result or a suite."""
    renderers = import_module("great_expectations.render.renderer")
    views = import_module("great_expectations.render.view")
    return str(views.DefaultJinjaPageView().render(getattr(renderers, renderer)().render(content)))


def _make_printable(result: Any) -> None:
    """Every example value as escaped text: the library's templates print it as it is."""
    result.meta["batch_spec"]["data_asset_name"] = "extracted rows"
    for entry in result.results:
        found = entry.result
        for key in ("partial_unexpected_list", "partial_unexpected_index_list"):
            found[key] = [_printable(value) for value in found.get(key) or []]
        found["partial_unexpected_counts"] = [
            {"value": _printable(item["value"]), "count": item["count"]} for item in found.get("partial_unexpected_counts") or []
        ]


def _printable(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_printable(part) for part in value)
    if hasattr(value, "astype"):  # numpy's instants, which bear no zone: the projection is in UTC
        value = value.item()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC" if value == value else "none"  # NaT is a datetime that differs from itself
    return html.escape(str(value))


def _replace_folder(out: Path, pages: dict[str, str]) -> None:
    """All pages or none: a reader never meets half of them. A store has no folders to swap: there they come page by page."""
    if not files.is_local(out):
        for name, text in pages.items():
            with files.replacing(out / name) as page:
                page.write_text(text, encoding="utf-8")
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as work:
        fresh, old = Path(work) / "fresh", Path(work) / "old"
        fresh.mkdir()
        for name, text in pages.items():
            (fresh / name).write_text(text, encoding="utf-8")
        if out.exists():
            os.replace(out, old)  # noqa: PTH105 (a folder, by rename)
        os.replace(fresh, out)  # noqa: PTH105
        shutil.rmtree(old, ignore_errors=True)
