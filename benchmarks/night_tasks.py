"""One Prefect task a page, as one engine of benchmarks/night.py: how a pipeline of this kind is first written.

    python benchmarks/night_tasks.py URLS.txt OUT

Each task fetches a page and extracts it; the flow maps over all pages and writes JSON lines. Prefect's own defaults.
"""

import json
import os
import sys
from pathlib import Path

out = Path(sys.argv[2])
os.environ.update({"PREFECT_HOME": str(out / "prefect"), "PREFECT_LOGGING_LEVEL": "WARNING", "DO_NOT_TRACK": "1"})
os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "240"

import trafilatura  # noqa: E402
import urllib3  # noqa: E402
from prefect import flow, task  # noqa: E402
from prefect.task_runners import ThreadPoolTaskRunner  # noqa: E402

POOL = urllib3.PoolManager(maxsize=16, num_pools=400)


@task
def article(url: str) -> dict[str, object] | None:
    """One page."""
    host, _, rest = url.removeprefix("http://").partition("/")
    # Names under .localhost are not known to every system.
    answer = POOL.request(
        "GET", f"http://127.0.0.1:{host.partition(':')[2]}/{rest}", headers={"Host": host, "Accept-Encoding": "gzip"}, timeout=60
    )
    document = trafilatura.bare_extraction(answer.data, url=url, with_metadata=True)
    return None if document is None else {k: v for k, v in document.as_dict().items() if isinstance(v, str | list | None)}


@flow(task_runner=ThreadPoolTaskRunner(max_workers=16))
def night(urls: list[str]) -> None:
    """All pages of the list."""
    with (out / "articles.jsonl").open("w", encoding="utf8") as lines:
        for future in article.map(urls):
            if found := future.result():
                lines.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    night(Path(sys.argv[1]).read_text(encoding="utf8").split())
