"""news-please's crawler as one engine of benchmarks/fetch.py: its spider for given URLs, and its storage of HTML files.

    python benchmarks/fetch_newsplease.py URLS.txt OUT

Run under the peers' Python. Prints what it did as one line of JSON. Its own configuration but for what is replaced below: nothing
is extracted, as many requests at once as Scrapy gets, names under .localhost. One process, as it runs each entry of its
site list.
"""

import json
import re
import sys
from importlib.metadata import version
from pathlib import Path

import newsplease
from fetch_meter import started
from newsplease import single_crawler

CONFIG = Path(newsplease.__file__).parent / "config" / "config.cfg"
REPLACED = {
    "LOG_LEVEL": "WARNING",
    "CONCURRENT_REQUESTS": "100",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "8",
    "ITEM_PIPELINES": "{'newsplease.pipeline.pipelines.HtmlFileStorage':200}",
    "USER_AGENT": "'bench (+mailto:bench@example.org)'\nTWISTED_DNS_RESOLVER = 'fetch_resolver.LoopbackResolver'",
}


class MeteredProcess(single_crawler.CrawlerProcess):
    """Scrapy's process, which notes what was spent before its first request."""

    start_cpu = 0.0

    def start(self, *args, **kwargs):
        MeteredProcess.start_cpu = started()
        super().start(*args, **kwargs)


def main(urls: Path, out: Path) -> None:
    config = re.sub(r"(?m)^working_path *=.*$", f"working_path = {out}/", CONFIG.read_text())
    for name, value in REPLACED.items():
        config, count = re.subn(rf"(?ms)^{name} *=.*?(?=^\S|^$)", f"{name} = {value}\n", config)
        assert count, name
    (out / "config.cfg").write_text(config)
    sites = {"base_urls": [{"url": urls.read_text().split(), "crawler": "Download"}]}
    (out / "sitelist.hjson").write_text(json.dumps(sites))
    single_crawler.CrawlerProcess = MeteredProcess
    single_crawler.SingleCrawler(str(out / "config.cfg"), str(out / "sitelist.hjson"), 0, False, False)
    archived = sum(1 for path in out.glob("data/**/*") if path.is_file())
    print(json.dumps({"version": version("news-please"), "archived": archived, "start_cpu": MeteredProcess.start_cpu}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
