"""Explanations of rows as text for people, or as JSON lines.

Belongs here: the layout. Does not belong here: what explains a row (transforms/explain.py).
"""

import json
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa

from flows.card import broken_text
from transforms.explain import Explanation, Finding
from transforms.records import Article
from warehouse import files

_LABEL = 14  # characters: "canonical_url" and a space
_INDENT = " " * (_LABEL + 2)
_NARROWEST, _WIDEST = 60, 160


def write_explanations(rows: pa.Table, explanations: Sequence[Explanation], out: Path | None, stdout: TextIO) -> None:
    """Each row's explanation: text to stdout, or one JSON object a line to `out`."""
    refused = rows.select(["rejection", "rejection_detail", "broken_rules"]).to_pylist()
    if out is None:
        width = min(_WIDEST, max(_NARROWEST, shutil.get_terminal_size().columns))
        for explanation, refusal in zip(explanations, refused, strict=True):
            stdout.writelines(f"{line}\n" for line in _text(explanation, refusal, width))
        return
    with files.replacing(out) as fresh, fresh.open("w", encoding="utf8") as handle:
        for explanation, refusal in zip(explanations, refused, strict=True):
            handle.write(json.dumps(_values(explanation, refusal), ensure_ascii=False) + "\n")


def _values(explanation: Explanation, refusal: dict[str, Any]) -> dict[str, object]:
    values = asdict(explanation)
    del values["outcome"]
    return {"url": explanation.outcome.url, **refusal, **values}


def _text(explanation: Explanation, refusal: dict[str, Any], width: int) -> Iterator[str]:
    yield explanation.outcome.url
    if refusal["rejection"]:
        yield from _paragraph("rejection", f"{refusal['rejection']}: {refusal['rejection_detail']}", width)
    for broken in refusal["broken_rules"] or ():
        yield from _paragraph("broken rule", broken_text(broken), width)
    if explanation.missed:
        yield from _paragraph("site rule", f"finds nothing for {', '.join(explanation.missed)}, read without it", width)
    for finding in explanation.findings:
        yield from _field(finding, width)
    if isinstance(explanation.outcome, Article):
        yield from _body(explanation, explanation.outcome, width)
    yield ""


def _field(finding: Finding, width: int) -> Iterator[str]:
    yield from _paragraph(finding.field, finding.value or "-", width)
    if finding.value:
        yield from _indented("from", ", ".join(finding.sources) or "the text itself", width)
    for rejected in finding.rejected:
        yield from _indented("not", f"{_quoted(rejected.value, width)} ({rejected.source}): {rejected.why}", width)


def _body(explanation: Explanation, article: Article, width: int) -> Iterator[str]:
    paragraphs = len(article.body.split("\n\n")) if article.body else 0
    yield from _paragraph("lead", article.lead or "-", width)
    yield from _paragraph("body", f"{paragraphs} paragraphs, {article.body_length:,} characters", width)
    yield from _indented("from", explanation.engine, width)
    for text in explanation.regained:
        yield from _indented("and", f"{_quoted(text, width)}: trafilatura lost it", width)
    for (text, why), count in Counter((cut.text, cut.why) for cut in explanation.cut).items():
        times = f" ({count} times)" if count > 1 else ""
        yield from _indented("not", f"{_quoted(text, width)}{times}: {why}", width)


def _paragraph(label: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=f"  {label:<{_LABEL}}", subsequent_indent=_INDENT) or [f"  {label}"]


def _indented(label: str, text: str, width: int) -> list[str]:
    indent = f"{_INDENT}{label:<5}"
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=" " * len(indent), break_on_hyphens=False)


def _quoted(text: str, width: int) -> str:
    """Its beginning, so that what it is can be told."""
    return f'"{textwrap.shorten(text, width - len(_INDENT) - 8, placeholder="…")}"'
