"""What a person should look at first, in sentences.

Belongs here: picking from one run's figures what is out of the ordinary. Does not belong here: the gate's
thresholds (gate.py), and what earlier nights tell (drift.py).
"""

from collections.abc import Iterator

from expectations.figures import Figures, Row
from expectations.ownrules import rule_by_name
from expectations.rules import Action
from expectations.sitechecks import SITE_RULE
from transforms.records import Reason

# Below this many pages a share says little.
_FEW_PAGES = 5
_MUCH = 0.5
# A warning rule that this share of rows breaks is no longer about single pages.
_WIDESPREAD = 0.1
_OUR_FAULTS = (Reason.EXTRACTOR_CRASHED, Reason.EXTRACTOR_ERROR, Reason.EXTRACTOR_TIMEOUT)
_DISCOVERY = (Reason.UNREADABLE_FEED, Reason.UNREADABLE_SITEMAP, Reason.UNREADABLE_LIST)


def findings(figures: Figures) -> tuple[str, ...]:
    """Sentences, the most serious first; none on an ordinary night."""
    by_source = (sentence for source in figures.sources for sentence in _source(source))
    return (*_reasons(figures), *by_source, *_rules(figures), *_site_rules(figures))


def _reasons(figures: Figures) -> Iterator[str]:
    for row in figures.reasons:
        if row["reason"] in _DISCOVERY:
            yield f"{_pages(row['pages'], 'list')} of pages could not be read ({row['reason']}): {row['detail'] or 'no detail'}"
        if row["reason"] in _OUR_FAULTS:
            yield f"{_pages(row['pages'])} ended in {row['reason']}, a fault of nightdesk: {row['detail'] or 'no detail'}"


def _source(source: Row) -> Iterator[str]:
    asked = source["candidates"] - source["skipped"]
    good = source["stored"] + source["unchanged"] + source["duplicate"]
    if asked and not good:
        yield f"{source['source']}: not one of {_pages(asked)} gave an article."
    elif asked >= _FEW_PAGES:
        for what in ("failed", "quarantined"):
            if source[what] / asked > _MUCH:
                yield f"{source['source']}: {source[what]} of {_pages(asked)} {what}."


def _rules(figures: Figures) -> Iterator[str]:
    known = rule_by_name()
    for check in figures.checks:
        rule = known.get(check["rule"])
        warns = rule is not None and rule.action is Action.WARN
        if warns and check["row_count"] >= _FEW_PAGES and check["broken_count"] / check["row_count"] > _WIDESPREAD:
            share = f"{check['broken_count']} of {check['row_count']}"
            yield f"{share} rows break {check['rule']}, most of them from {check['worst_source']}."


def _site_rules(figures: Figures) -> Iterator[str]:
    """A selector that finds nothing any more: the site was redesigned, or the rule never fitted."""
    for check in figures.checks:
        if check["rule"].startswith(SITE_RULE) and check["broken_count"] / check["row_count"] > _WIDESPREAD:
            host, key = check["rule"].removeprefix(SITE_RULE).split(" ")
            share = f"{check['broken_count']} of {_pages(check['row_count'])}"
            yield f"The site rule of {host} found nothing for {key} on {share}, which were read without it."


def _pages(count: int, noun: str = "page") -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
