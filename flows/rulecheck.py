"""A site's rule against its sample pages: is the row that it gives the expected one?

Belongs here: from sample to differences, and writing what is expected. Does not belong here: what a rule
says (sources/siterules.py).
"""

import difflib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.saved import saved_page
from sources.siterules import Site
from transforms.errors import InputError
from transforms.extract import ExtractSettings, extract_article
from transforms.page import parse_page
from transforms.records import Article, RawPage, Rejection
from transforms.selectors import select
from warehouse import files

# What follows from the other columns says nothing to a person who reads the file.
_DERIVED = frozenset(("article_id", "site", "word_count", "body_length", "content_hash", "minhash", "pages_missing"))


def check_site(site: Site, *, update: bool, tell: Callable[[str], object]) -> Iterator[str]:
    """What is wrong with a rule, a problem at a time. `update`: write the expected rows first; `tell` hears which.

    Raises InputError for a sample that cannot be read.
    """
    host = site.rule.host
    if not site.samples:
        yield f'{site.place}: {host}: has no sample; save a page of the site beside it and give samples = ["page.html"]'
    unused = list(site.rule.drop)
    for sample in site.samples:
        page = _page(sample, host)
        missed: list[str] = []
        outcome = extract_article(page, settings=ExtractSettings(rule=site.rule), on_miss=missed.append)
        for key in dict.fromkeys(missed):
            yield f"{sample}: {host}: {key} = {getattr(site.rule, key)!r} finds nothing"
        unused = [selector for selector in unused if not _finds(page, selector)]
        yield from _compared(sample, outcome, update=update, tell=tell)
    if site.samples:
        yield from (f"{site.place}: {host}: drop = {selector!r} finds nothing on any sample" for selector in unused)


def _page(sample: Path, host: str) -> RawPage:
    try:
        return saved_page(sample, otherwise=f"http://{host}/{sample.name}")
    except OSError as exc:
        raise InputError(f"{sample}: the sample of {host} cannot be read: {exc.strerror or exc}") from exc


def _finds(page: RawPage, selector: str) -> bool:
    parsed = parse_page(page)
    return not isinstance(parsed, Rejection) and bool(select(parsed.tree, selector))


def _compared(sample: Path, outcome: Article | Rejection, *, update: bool, tell: Callable[[str], object]) -> Iterator[str]:
    if isinstance(outcome, Rejection):
        yield f"{sample}: gives no article: {outcome.reason}, {outcome.detail}"
        return
    path, found = sample.with_suffix(".json"), _text(outcome)
    expected = path.read_text(encoding="utf-8") if path.is_file() else None
    if expected == found:
        return
    if update:
        with files.replacing(path) as fresh:
            fresh.write_text(found, encoding="utf-8")
        tell(f"{path}: written")
    elif expected is None:
        yield f"{path}: is not there; look at what `nightdesk rules check --update` writes, and keep it"
    else:
        lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), str(path), "now", lineterm="")
        yield f"{path}: is not what the rule gives now\n" + "\n".join(lines)


def _text(article: Article) -> str:
    """The row as a person reads it: the body by paragraphs, what follows from other columns left out."""
    row: dict[str, Any] = {key: value for key, value in asdict(article).items() if key not in _DERIVED}
    row["body"] = article.body.split("\n\n") if article.body else []
    return json.dumps(row, ensure_ascii=False, indent=2, default=_plain) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no column type of ours")
