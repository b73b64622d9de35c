"""How rows are laid out in files: encodings, sizes, statistics, retention.

Belongs here: the settings of delta-rs' writer and of the tables. Does not belong here: which columns there are (schema.py).
"""

import pyarrow as pa
from deltalake import BloomFilterProperties, ColumnProperties, WriterProperties

# Level 9 takes 8 times as long for 8% less.
_ZSTD_LEVEL = 3
# Small enough that a look-up by URL unpacks few bodies, large enough for zstd to find repetition: 8,192 x 3 kB = 25 MB unpacked.
ROW_GROUP_ROWS = 8_192
# What compaction aims at too: 1,002 small files made group-bys 28 times slower than 6 of twice this size. Not more, so that a
# compaction that merges a week of nights rewrites only that week.
FILE_BYTES = 128 * 1024 * 1024
# Every value is its own: a dictionary would be built, overflow and be thrown away.
_DISTINCT = (
    "article_id",
    "url",
    "canonical_url",
    "final_url",
    "title",
    "lead",
    "body",
    "image_url",
    "content_hash",
    "quarantine_id",
)
# Long text has no useful minimum, and statistics would repeat it in the footer and in the log.
_TEXT = ("title", "lead", "body", "detail", "image_url")
# The order of rows in compacted files, so that statistics tell which row groups a query needs. Articles are asked for by source
# or by URL, which begins with the source's host; the other tables by run. The first two are never null: they cut a table into
# slices.
SORT_BY: dict[str, tuple[str, ...]] = {
    "articles": ("source", "coalesce(published_at, fetched_at)", "article_id"),
    "pages": ("run_id", "source", "url"),
    "quarantine": ("run_id", "source", "url"),
    "runs": ("run_id", "kind"),
    "checks": ("run_id", "rule", "source"),
    "metrics": ("run_id", "source", "metric"),
    "alarms": ("run_id", "kind", "source"),
}
# One block per row group: how many different ids that holds at most.
_ID_FILTER = BloomFilterProperties(True, fpp=0.01, ndv=ROW_GROUP_ROWS)


def writer_properties(schema: pa.Schema) -> WriterProperties:
    """delta-rs' Parquet settings for a table of this schema."""
    columns: dict[str, ColumnProperties] = {
        name: ColumnProperties(
            dictionary_enabled=False if name in _DISTINCT else None,
            statistics_enabled="NONE" if name in _TEXT else None,
            bloom_filter_properties=_ID_FILTER if name == "article_id" else None,
        )
        for name in schema.names
        if name in _DISTINCT or name in _TEXT
    }
    return WriterProperties(
        compression="ZSTD",
        compression_level=_ZSTD_LEVEL,
        max_row_group_size=ROW_GROUP_ROWS,
        statistics_truncate_length=64,
        column_properties=columns,
    )


def table_properties(schema: pa.Schema) -> dict[str, str]:
    """Delta's own settings of a table of this schema: what the log remembers, and for how long."""
    measured = [f.name for f in schema if f.name not in _TEXT and not pa.types.is_nested(f.type)]
    return {
        "delta.dataSkippingStatsColumns": ",".join(measured),
        # A reader replays at most this many commits on top of a checkpoint.
        "delta.checkpointInterval": "20",
        "delta.targetFileSize": str(FILE_BYTES),
        # A reader that opened the views a week ago still finds its files.
        "delta.deletedFileRetentionDuration": "interval 7 days",
        "delta.logRetentionDuration": "interval 30 days",
    }
