"""Articles in polars: the tags of each source, without reading a single body.

nightdesk sql --format parquet "from articles" > articles.parquet
python read_with_polars.py articles.parquet
"""

import sys

import polars as pl


def tags(path: str) -> pl.DataFrame:
    """One row per source and tag, the most frequent first."""
    return (
        pl.scan_parquet(path)
        .select("source", "tags")
        .explode("tags")
        .filter(pl.col("tags").is_not_null())
        .group_by("source", pl.col("tags").alias("tag"))
        .agg(pl.len().alias("articles"))
        .sort(["articles", "source", "tag"], descending=[True, False, False])
        .collect()
    )


if __name__ == "__main__":
    with pl.Config(tbl_rows=50):
        print(tags(sys.argv[1]))
