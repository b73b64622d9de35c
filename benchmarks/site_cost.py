"""What `nightdesk site` costs, by how many articles and how much of their texts: a row of docs/site.md for each.

Belongs here: building, measuring, printing. Does not belong here: the lake (report_cost.py), its rows (generated.py).
Usage: .venv/bin/python benchmarks/site_cost.py [--nights 10] [--articles 1000] [--sources 30]
Each build is a process of its own, with its imports.
"""

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from report_cost import apart, fill, measured

from warehouse.paths import DataDir

BODIES = ("excerpt", "none", "full")


def build(data: DataDir, out: Path, bodies: str) -> str:
    from expectations.browser.build import build
    from expectations.browser.scope import Bodies, Scope

    site, spent = measured(lambda: build(data, out, Scope(bodies=Bodies(bodies)), datetime.now(UTC)))
    size = site.size
    return (
        f"| {site.shown.articles:,} | {bodies} | {spent['cpu_s']:.1f} | {spent['peak_mb'] / 1000:.1f} GB | {size.files:,} "
        f"| {size.bytes / 1e6:.0f} MB | {size.largest / 1e6:.2f} MB |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--nights", type=int, default=10)
    parser.add_argument("--articles", type=int, default=1000, help="new ones a night")
    parser.add_argument("--sources", type=int, default=30)
    parser.add_argument("--work", type=Path, help="where lake and site are made; default: the system's folder for such things")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightdesk-", dir=arguments.work) as folder:
        data = DataDir(Path(folder) / "data")
        apart(fill, data, arguments.nights, arguments.sources, arguments.articles)
        for bodies in BODIES:
            print(apart(build, data, Path(folder) / "site", bodies), flush=True)


if __name__ == "__main__":
    main()
