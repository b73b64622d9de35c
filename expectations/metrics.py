"""A run in figures per source: what later nights are held against.

Belongs here: computing them from the run's ledger, its extracted rows and its checks. Does not belong here: judging them.
"""

from collections.abc import Sequence

import pyarrow as pa

from expectations.ownrules import all_rules
from expectations.projection import in_memory, statement
from expectations.rules import Action
from transforms.records import Reason
from warehouse.schema import METRICS

# So many pages of a source show whether they all say the same.
PAGES_READ = 500
# The site does not want its pages kept, or read by robots at all.
REFUSALS = (
    Reason.ROBOTS_DISALLOWED,
    Reason.ROBOTS_UNAVAILABLE,
    Reason.NOINDEX,
    Reason.NOARCHIVE,
    Reason.UNAVAILABLE_AFTER,
    Reason.TDM_RESERVED,
)
# Candidates that nobody would have asked for: other spellings, known pages whose time has not come, what the settings leave out.
NEVER_WANTED = (
    Reason.SAME_URL,
    Reason.NOT_DUE,
    Reason.EXCLUDED,
    Reason.OFF_SITE,
    Reason.OVER_LIMIT,
    Reason.TOO_OLD,
    Reason.NOT_ARTICLE,
)
# What the rules accepted; the quarantined pages are the rest of those that they judged.
ACCEPTED = (Reason.NEW_ARTICLE, Reason.NEW_VERSION, Reason.SAME_CONTENT, Reason.SAME_ARTICLE, Reason.OLDER_CAPTURE)


def run_metrics(pages: pa.Table, extracted: pa.Table, checks: pa.Table, run_id: str, *, sources: Sequence[str] = ()) -> pa.Table:
    """The run's METRICS rows from its ledger (schema PAGES), the rows that were extracted (EXTRACTED, refused ones too) and its
    summed checks (CHECKS). `sources`: those that were asked; one that gave no candidate has counts of 0.

    Per source: candidates and the six dispositions, new_articles, new_versions, bytes, elapsed_ms_p50/p90; refused (by the site),
    wanted, judged (by the rules), failure_rate ((failed + refused) / wanted), quarantine_rate (quarantined / judged); extracted.
    Shares of the extracted rows, 0 to 1: null_rate per column (column published_time: without an hour), below_N_share (bodies
    shorter than N characters), outlet_share (title or an author is the outlet's name), at_fetch_share and fetch_day_share
    (published within five minutes, or on the day, of the fetch), language_XX, broken_RULE (rules that only warn). Shares of up to
    PAGES_READ articles that have the most frequent value, 0 if each has its own: top_paragraph, top_opening, top_title,
    top_title_ending, top_author, top_instant. body_length_p10/p50/p90 (characters); lag_minutes_p50/p90 (from publication to
    fetch, of new articles). A figure that nothing gives has no row.
    """
    parameters = {
        "run_id": run_id,
        "sources": list(sources),
        "pages_read": PAGES_READ,
        "refusals": [str(reason) for reason in REFUSALS],
        "never_wanted": [str(reason) for reason in NEVER_WANTED],
        "judged": [str(reason) for reason in ACCEPTED],
        # What the other rules refuse is the quarantine rate.
        "warning_rules": [rule.name for rule in all_rules() if rule.action is Action.WARN],
    }
    with in_memory() as con:
        con.register("pages", pages)
        con.register("extracted", extracted)
        con.register("checks", checks)
        table: pa.Table = con.sql(statement("metrics"), params=parameters).to_arrow_table()
        return table.cast(METRICS)
