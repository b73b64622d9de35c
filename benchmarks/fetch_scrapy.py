"""Scrapy as one engine of benchmarks/fetch.py: a spider over a list of URLs, and an archive of what it got.

    python benchmarks/fetch_scrapy.py URLS.txt OUT (warc|files)

Run under the peers' Python. Prints what it did as one line of JSON. Settings are Scrapy's own, but for those below, which its
documentation gives for broad crawls: more requests at once, no cookies, no log of each page. Robots are obeyed.
"""

import hashlib
import io
import json
import sys
from importlib.metadata import version
from pathlib import Path

import scrapy
from fetch_meter import started
from scrapy.crawler import CrawlerProcess
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

SETTINGS = {
    "ROBOTSTXT_OBEY": True,
    "CONCURRENT_REQUESTS": 100,
    "COOKIES_ENABLED": False,
    "DOWNLOAD_DELAY": 0,
    "LOG_LEVEL": "WARNING",
    "TELNETCONSOLE_ENABLED": False,
    "USER_AGENT": "bench (+mailto:bench@example.org)",
    "TWISTED_DNS_RESOLVER": "fetch_resolver.LoopbackResolver",
}


class PageItem(scrapy.Item):
    response = scrapy.Field()


class ListSpider(scrapy.Spider):
    """Asks for every URL of a list once."""

    name = "list"

    async def start(self):
        for url in Path(self.urls).read_text().split():
            yield scrapy.Request(url, dont_filter=True)

    def parse(self, response):
        yield PageItem(response=response)


class WarcPipeline:
    """A response and a request record a page, gzip per record, by warcio with its defaults."""

    def open_spider(self):
        self.file = (Path(OUT) / "pages.warc.gz").open("wb")
        self.writer = WARCWriter(self.file, gzip=True, warc_version="1.1")

    def close_spider(self):
        self.file.close()

    def process_item(self, item):
        response = item["response"]
        headers = [(key.decode(), value.decode("latin-1")) for key, values in response.headers.items() for value in values]
        record = self.writer.create_warc_record(
            response.url,
            "response",
            payload=io.BytesIO(response.body),
            http_headers=StatusAndHeaders(f"{response.status} OK", headers, protocol="HTTP/1.1"),
        )
        sent = [(key.decode(), value.decode("latin-1")) for key, values in response.request.headers.items() for value in values]
        path = "/" + response.url.split("/", 3)[3]
        request = self.writer.create_warc_record(
            response.url, "request", http_headers=StatusAndHeaders(f"GET {path} HTTP/1.1", sent, is_http_request=True)
        )
        self.writer.write_request_response_pair(request, record)
        return item


class FilesPipeline:
    """A file a page, as it came out of decompression, in a folder by the first two letters of its name."""

    def process_item(self, item):
        name = hashlib.sha1(item["response"].url.encode()).hexdigest()
        folder = Path(OUT) / "pages" / name[:2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.html").write_bytes(item["response"].body)
        return item


OUT = ""


def main(urls: str, out: str, archive: str) -> None:
    global OUT
    OUT = out
    pipeline = {"warc": WarcPipeline, "files": FilesPipeline}[archive]
    process = CrawlerProcess({**SETTINGS, "ITEM_PIPELINES": {pipeline: 300}})
    crawler = process.create_crawler(ListSpider)
    process.crawl(crawler, urls=urls)
    cpu = started()
    process.start()
    stats = crawler.stats.get_stats()
    print(json.dumps({"version": version("scrapy"), "archived": stats.get("item_scraped_count", 0), "start_cpu": cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
