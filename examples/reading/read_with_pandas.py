"""Articles in pandas: how many a source published on each day, and how long they are.

nightdesk sql --format parquet "from articles" > articles.parquet
python read_with_pandas.py articles.parquet
"""

import sys

import pandas as pd


def volume(path: str) -> pd.DataFrame:
    """One row per source and day of publication (UTC): articles and their median words."""
    articles = pd.read_parquet(path, columns=["source", "published_at", "fetched_at", "word_count"])
    day = articles["published_at"].fillna(articles["fetched_at"]).dt.date.rename("day")
    grouped = articles.groupby(["source", day])["word_count"]
    return grouped.agg(articles="size", median_words="median").reset_index()


if __name__ == "__main__":
    print(volume(sys.argv[1]).to_string(index=False))
