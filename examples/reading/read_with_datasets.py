"""Articles as a Hugging Face data set: texts of one language, in a part to train on and a part to test on.

pip install datasets
nightdesk sql --format parquet "select article_id, language, title, body from articles where body is not null" > articles.parquet
python read_with_datasets.py articles.parquet id
"""

import sys

from datasets import Dataset, DatasetDict


def corpus(path: str, language: str) -> DatasetDict:
    """Parts `train` and `test` with columns article_id, title and body; the same every time."""
    articles = Dataset.from_parquet(path).filter(lambda article: article["language"] == language)
    return articles.remove_columns("language").train_test_split(test_size=0.2, seed=1)


if __name__ == "__main__":
    print(corpus(sys.argv[1], sys.argv[2]))
