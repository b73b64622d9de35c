"""One Arrow schema per table, every field described: nothing in the lake is ever inferred.

Belongs here: tables, columns, types, meanings, units, partitioning. Does not belong here: reading, writing, SQL.
"""

from typing import Any

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")


def _field(name: str, type_: pa.DataType, description: str, *, unit: str | None = None, nullable: bool = True) -> "pa.Field[Any]":
    metadata = {"description": description} | ({"unit": unit} if unit else {})
    return pa.field(name, type_, nullable=nullable, metadata=metadata)


# The part of an article's row that extraction decides: transforms.records.Article, field by field.
ARTICLE_FIELDS = (
    _field("article_id", pa.string(), "hex of a 128-bit hash of canonical_url", nullable=False),
    _field("url", pa.string(), "as fetched", nullable=False),
    _field("canonical_url", pa.string(), "normalised: no tracking parameters, AMP or page numbers", nullable=False),
    _field("site", pa.string(), "registrable domain, kompas.com", nullable=False),
    _field("title", pa.string(), "headline as the reader sees it"),
    _field("lead", pa.string(), "standfirst set between headline and body, not repeated in body; null if the page sets none"),
    _field("body", pa.string(), "paragraphs joined by one blank line"),
    _field("authors", pa.list_(pa.string()), "people only; the outlet's name where the page names nobody else"),
    _field("tags", pa.list_(pa.string()), "keywords the publisher gave"),
    _field("published_at", INSTANT, "instant of first publication"),
    _field("modified_at", INSTANT, "instant of the last change that the page declares"),
    _field("published_utc_offset", pa.int16(), "the publisher's offset at publication", unit="minutes"),
    _field("published_precision", pa.string(), "second, minute or day: a day-only date is never an hour"),
    _field("published_from", pa.string(), "json-ld, meta, microdata, time-element, visible-text, url, feed or sitemap"),
    _field("section", pa.string(), "the publisher's section"),
    _field("dateline", pa.string(), "place that opens the body, MINSK"),
    _field("language", pa.string(), "ISO 639-1"),
    _field("site_name", pa.string(), "the outlet's name as the page gives it"),
    _field("image_url", pa.string(), "lead image"),
    _field("related_urls", pa.list_(pa.string()), "links set as 'read also', cut from the body"),
    _field("is_free", pa.bool_(), "schema.org isAccessibleForFree"),
    _field("page_count", pa.int16(), "pages joined into body", unit="pages"),
    _field("pages_missing", pa.int16(), "pages of the article that could not be had", unit="pages"),
    _field("word_count", pa.int32(), "words of body", unit="words"),
    _field("body_length", pa.int32(), "length of body", unit="characters"),
    _field("content_hash", pa.string(), "hex of a 128-bit hash of the normalised title and body"),
    _field("minhash", pa.list_(pa.int64()), "LSH bands of the body's 5-gram MinHash"),
)

_RAW_FIELDS = (
    _field("warc_file", pa.string(), "raw page: file below raw/, or the archive's path"),
    _field("warc_offset", pa.int64(), "raw page: offset of its record in warc_file", unit="bytes"),
)

# What the night adds to an extracted row.
_PROVENANCE_FIELDS = (
    _field("source", pa.string(), "name in sources.toml", nullable=False),
    _field("fetched_at", INSTANT, "when the raw page was fetched", nullable=False),
    _field("extracted_at", INSTANT, "when this row was made from it", nullable=False),
    _field("extractor", pa.string(), "nightdesk and trafilatura versions", nullable=False),
    _field("run_id", pa.string(), "run that stored this row", nullable=False),
    *_RAW_FIELDS,
)

ARTICLES = pa.schema(
    [
        *ARTICLE_FIELDS,
        *_PROVENANCE_FIELDS,
        _field(
            "version",
            pa.int32(),
            "1, 2, ... per article_id: a new one when content_hash changes, or when a re-extraction reads a field anew",
            nullable=False,
        ),
        _field("first_seen_at", INSTANT, "when version 1 of this article was fetched", nullable=False),
        _field("published_month", pa.string(), "partition: YYYY-MM of published_at, else of fetched_at (UTC)", nullable=False),
    ],
    metadata={"grain": "one row per version of an article"},
)

PAGES = pa.schema(
    [
        _field("run_id", pa.string(), "run", nullable=False),
        _field("url", pa.string(), "candidate, as discovered", nullable=False),
        _field("source", pa.string(), "name in sources.toml", nullable=False),
        _field(
            "discovered_via",
            pa.string(),
            "feed, sitemap, list, listing, warc, quarantine, file, config, or an installed kind of source",
            nullable=False,
        ),
        _field("discovered_from", pa.string(), "the feed, sitemap, list or archive that named it"),
        _field("discovered_at", INSTANT, "when discovery found it", nullable=False),
        _field("fetched_at", INSTANT, "when it was asked for; null if it was not"),
        _field("disposition", pa.string(), "stored, unchanged, duplicate, quarantined, failed or skipped", nullable=False),
        _field("reason", pa.string(), "why: transforms.records.Reason", nullable=False),
        _field("detail", pa.string(), "the reason in a person's words"),
        _field("article_id", pa.string(), "the article it led to, if it led to one"),
        _field("final_url", pa.string(), "where redirects led; null: nowhere else"),
        _field("http_status", pa.int16(), "last HTTP status"),
        _field("bytes", pa.int64(), "body as it came over the wire", unit="bytes"),
        _field("etag", pa.string(), "validator for the next visit"),
        _field("last_modified", pa.string(), "validator for the next visit"),
        _field("elapsed_ms", pa.int32(), "from request to last byte, all redirects and tries", unit="milliseconds"),
        *_RAW_FIELDS,
    ],
    metadata={"grain": "one row per candidate per run: the ledger"},
)

BROKEN_RULE = pa.struct([("rule", pa.string()), ("column", pa.string()), ("value", pa.string())])

QUARANTINE = pa.schema(
    [
        _field("quarantine_id", pa.string(), "hex hash of run_id and url", nullable=False),
        _field("reason", pa.string(), "first broken rule's reason, or the extractor's", nullable=False),
        _field("detail", pa.string(), "the reason in a person's words"),
        _field("broken_rules", pa.list_(BROKEN_RULE), "every rule that the row broke, with the value (cut to 200 characters)"),
        _field("replay_state", pa.string(), "open when the page was refused; view quarantine tells of later", nullable=False),
        # A page that killed its extractor has no row: only url is sure.
        *(f if f.name in ("url",) else f.with_nullable(True) for f in ARTICLE_FIELDS),
        _field("source", pa.string(), "name in sources.toml", nullable=False),
        _field("fetched_at", INSTANT, "when the raw page was fetched"),
        _field("extracted_at", INSTANT, "when extraction was tried", nullable=False),
        _field("extractor", pa.string(), "nightdesk and trafilatura versions", nullable=False),
        _field("run_id", pa.string(), "run", nullable=False),
        *_RAW_FIELDS,
    ],
    metadata={"grain": "one row per refused page per run"},
)

# Nothing in the lake is ever changed: what becomes of a refused page later is a row of its own.
RULINGS = pa.schema(
    [
        _field("quarantine_id", pa.string(), "the refused page's row in quarantine", nullable=False),
        _field(
            "ruling",
            pa.string(),
            "replayed (it passed), released (stored as it was) or superseded (refused again: the later row counts)",
            nullable=False,
        ),
        _field("ruled_at", INSTANT, "when", nullable=False),
        _field("run_id", pa.string(), "the run that replayed or released it; its ledger says the same", nullable=False),
        _field("url", pa.string(), "candidate, as discovered", nullable=False),
        _field("reason", pa.string(), "the page's reason in that run's ledger", nullable=False),
        _field("because", pa.string(), "why a person released it"),
        _field("article_id", pa.string(), "the article it led to, if it led to one"),
        _field("content_hash", pa.string(), "of the released row: what it said when it was found to be right"),
        _field("rules", pa.list_(pa.string()), "rules that the released row broke"),
    ],
    metadata={"grain": "one row per refused page that was replayed or released, and run"},
)

RUNS = pa.schema(
    [
        _field("run_id", pa.string(), "run: start time and a random part, sorts by time", nullable=False),
        _field("kind", pa.string(), "night, sample, backfill, reextract, replay or release", nullable=False),
        _field("day", pa.string(), "the night's logical day, YYYY-MM-DD"),
        _field("started_at", INSTANT, "first start", nullable=False),
        _field("finished_at", INSTANT, "when the last table was committed", nullable=False),
        _field("resumed", pa.int16(), "how often it was taken up again after a crash", unit="times", nullable=False),
        _field("candidates", pa.int64(), "candidates discovered", nullable=False),
        *(
            _field(name, pa.int64(), f"candidates that ended {name}", unit="pages", nullable=False)
            for name in ("stored", "unchanged", "duplicate", "quarantined", "failed", "skipped")
        ),
        _field("bytes", pa.int64(), "fetched over the wire", unit="bytes"),
        _field("gate", pa.string(), "passed or failed", nullable=False),
        _field("nightdesk_version", pa.string(), "version that ran", nullable=False),
    ],
    metadata={"grain": "one row per finished run"},
)

CHECKS = pa.schema(
    [
        _field("run_id", pa.string(), "run", nullable=False),
        _field("source", pa.string(), "name in sources.toml; null: all sources of the run"),
        _field(
            "rule",
            pa.string(),
            "name in expectations/rules.py; site_rule HOST KEY for a selector of a site's own rule",
            nullable=False,
        ),
        _field("column", pa.string(), "column it checks; null: the table"),
        _field("severity", pa.string(), "critical, warning or info", nullable=False),
        _field("success", pa.bool_(), "no row broke it", nullable=False),
        _field("row_count", pa.int64(), "rows checked", unit="rows", nullable=False),
        _field("broken_count", pa.int64(), "rows that broke it", unit="rows", nullable=False),
    ],
    metadata={"grain": "one row per rule, run and source"},
)

METRICS = pa.schema(
    [
        _field("run_id", pa.string(), "run", nullable=False),
        _field("source", pa.string(), "name in sources.toml", nullable=False),
        _field("metric", pa.string(), "candidates, stored, null_rate, body_length_p50, lag_minutes_p50, ...", nullable=False),
        _field("column", pa.string(), "column a null rate or quantile is of; null: the row count itself"),
        _field("value", pa.float64(), "the figure", nullable=False),
    ],
    metadata={"grain": "one row per metric, run and source"},
)

ALARMS = pa.schema(
    [
        _field("run_id", pa.string(), "run", nullable=False),
        _field("day", pa.string(), "the night's logical day, YYYY-MM-DD", nullable=False),
        _field("source", pa.string(), "name in sources.toml; null: most sources of the run alike, so the cause is hardly theirs"),
        _field("kind", pa.string(), "what drifted: expectations.alarms.AlarmKind", nullable=False),
        _field("metric", pa.string(), "the figure that gave it away, mostly one of table metrics", nullable=False),
        _field("column", pa.string(), "the article's column that it is about; null: the pages as a whole"),
        _field("severity", pa.string(), "critical or warning", nullable=False),
        _field(
            "usual",
            pa.float64(),
            "the figure on a night like this one, by the nights before: a count, a share (0 to 1) or a median",
        ),
        _field("usual_low", pa.float64(), "lower end of the range that is usual on such a night"),
        _field("usual_high", pa.float64(), "upper end of that range"),
        _field("tonight", pa.float64(), "the figure of this night; null: nothing gives one"),
        _field("nights", pa.int16(), "nights that it was held against", unit="nights", nullable=False),
        _field(
            "since",
            pa.string(),
            "the first night of this state without a break, YYYY-MM-DD; equals day when it is new",
            nullable=False,
        ),
        _field("message", pa.string(), "one sentence that names source, field, then and now", nullable=False),
        _field("examples", pa.list_(pa.string()), "up to three URLs of tonight's pages that show it", nullable=False),
    ],
    metadata={"grain": "one row per drift alarm of a run"},
)

TABLES: dict[str, pa.Schema] = {
    "articles": ARTICLES,
    "pages": PAGES,
    "quarantine": QUARANTINE,
    "rulings": RULINGS,
    "runs": RUNS,
    "checks": CHECKS,
    "metrics": METRICS,
    "alarms": ALARMS,
}

# Hive partitions: only articles grow by month of publication; the other tables are small and read by run.
PARTITION_BY: dict[str, list[str]] = {"articles": ["published_month"]}

# What the extract stage stages: rows as extracted, before rules and versions.
EXTRACTED = pa.schema([*ARTICLE_FIELDS, *_PROVENANCE_FIELDS])

# What runs hand from stage to stage below staged/: removed at the end of the run, so no table of the lake.
_CANDIDATE_FIELDS = (
    *(PAGES.field(name) for name in ("url", "source", "discovered_via", "discovered_from", "discovered_at")),
    _field("hint_title", pa.string(), "title that the feed or sitemap gave"),
    _field("hint_published_at", INSTANT, "time that the feed or sitemap gave"),
    _field("hint_language", pa.string(), "language that the feed or sitemap gave"),
    _field("hint_modified_at", INSTANT, "when the page last changed, as the feed or sitemap has it"),
)

WARC_POINTER = pa.struct([("file", pa.string()), ("offset", pa.int64())])

# One row per candidate after the fetch: reason is null where there is a page to extract.
FETCHED = pa.schema(
    [
        *_CANDIDATE_FIELDS,
        PAGES.field("reason").with_nullable(True),
        *(
            PAGES.field(name)
            for name in (
                "detail",
                "article_id",
                "fetched_at",
                "final_url",
                "http_status",
                "bytes",
                "etag",
                "last_modified",
                "elapsed_ms",
                "warc_file",
                "warc_offset",
            )
        ),
        _field("content_type", pa.string(), "Content-Type header"),
        _field("parts", pa.list_(WARC_POINTER), "further pages of a multi-page article, in order"),
    ]
)

# One row per candidate that the plan still wants to be asked for.
PLANNED = pa.schema(
    [
        *_CANDIDATE_FIELDS,
        *(PAGES.field(name) for name in ("etag", "last_modified", "article_id")),
        _field("batch", pa.int32(), "fetch batch: all candidates of a host are in one", nullable=False),
    ]
)

# Where pages lie that are to be read again.
ARCHIVED = pa.schema(
    [
        *(ARTICLES.field(name) for name in ("url", "source", "fetched_at", "page_count")),
        ARTICLES.field("article_id").with_nullable(True),
        *_RAW_FIELDS,
    ]
)

# Pages that extraction or the rules refused.
REFUSED = pa.schema(
    [
        _field("url", pa.string(), "candidate", nullable=False),
        _field("reason", pa.string(), "transforms.records.Reason", nullable=False),
        _field("detail", pa.string(), "the reason in a person's words"),
        _field("broken_rules", pa.list_(BROKEN_RULE), "rules the row broke"),
    ]
)

# What the load decided for each accepted row.
DECIDED = pa.schema(
    [
        _field("url", pa.string(), "candidate", nullable=False),
        _field("article_id", pa.string(), "article", nullable=False),
        _field("version", pa.int32(), "version that the lake holds of it after the load"),
        _field("reason", pa.string(), "new_article, new_version, same_content, older_capture or same_article", nullable=False),
    ]
)
