"""Scrapy and trafilatura as one engine of benchmarks/night.py: pages of a list, extracted in the spider, as JSON lines.

    python benchmarks/night_scrapy.py URLS.txt OUT

Run under the peers' Python. The spider and settings of benchmarks/fetch_scrapy.py; trafilatura with metadata, as it documents.
"""

import sys
from pathlib import Path

import trafilatura
from fetch_scrapy import SETTINGS, ListSpider
from scrapy.crawler import CrawlerProcess


class ArticleSpider(ListSpider):
    """An item a page."""

    def parse(self, response):
        document = trafilatura.bare_extraction(response.body, url=response.url, with_metadata=True)
        if document is not None:
            yield {name: value for name, value in document.as_dict().items() if isinstance(value, str | list | None)}


if __name__ == "__main__":
    feed = {str(Path(sys.argv[2]) / "articles.jsonl"): {"format": "jsonlines", "encoding": "utf8"}}
    process = CrawlerProcess({**SETTINGS, "FEEDS": feed})
    process.crawl(ArticleSpider, urls=sys.argv[1])
    process.start()
