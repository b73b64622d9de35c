"""How the sites' own rules fare: one check per rule and selector, so that a redesigned site shows in its first night's report.

Belongs here: counting pages on which a selector found nothing. Does not belong here: the rules of rows (rules.py), and what
becomes of such a page: it is read as one of a site without a rule, and stored.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from expectations.rules import Severity
from transforms.siterules import SiteRule
from warehouse.schema import CHECKS

SITE_RULE = "site_rule "
"""What the names of these checks begin with."""


@dataclass(frozen=True, slots=True)
class RuleUse:
    """A site's rule on one page, and the keys of it that found nothing there."""

    source: str
    rule: SiteRule
    missed: tuple[str, ...] = ()


def site_checks(uses: Iterable[RuleUse], run_id: str) -> pa.Table:
    """Schema CHECKS, over all pages (source null) and per source. Rule: "site_rule news.example.org body"."""
    pages: Counter[tuple[str | None, str, str]] = Counter()
    broken: Counter[tuple[str | None, str, str]] = Counter()
    for use in uses:
        for key, _ in use.rule.expected():
            for source in (None, use.source):
                pages[source, use.rule.host, key] += 1
                broken[source, use.rule.host, key] += key in use.missed
    rows = [
        {
            "run_id": run_id,
            "source": source,
            "rule": f"{SITE_RULE}{host} {key}",
            "column": key,
            "severity": str(Severity.WARNING),
            "success": not broken[source, host, key],
            "row_count": count,
            "broken_count": broken[source, host, key],
        }
        for (source, host, key), count in pages.items()
    ]
    return pa.Table.from_pylist(rows, schema=CHECKS)
