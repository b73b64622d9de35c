"""news-please as one engine of benchmarks/night.py: its spider for given URLs, its extractors, its storage of JSON files.

    python benchmarks/night_newsplease.py URLS.txt OUT

Run under the peers' Python. As benchmarks/fetch_newsplease.py, with its own extraction before the storage.
"""

import sys
from pathlib import Path

import fetch_newsplease

PIPELINES = (
    "{'newsplease.pipeline.pipelines.ArticleMasterExtractor':100,'newsplease.pipeline.pipelines.ExtractedInformationStorage':150,"
    "'newsplease.pipeline.pipelines.JsonFileStorage':200}"
)

if __name__ == "__main__":
    fetch_newsplease.REPLACED["ITEM_PIPELINES"] = PIPELINES
    fetch_newsplease.main(Path(sys.argv[1]), Path(sys.argv[2]))
