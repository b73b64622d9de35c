"""Write the expected JSON of golden pages anew: python tests/golden/regenerate.py [NAME ...]

Every page, or the ones named. A field that pages.toml calls a known miss keeps what was written by hand. Read the difference
before you keep it: what the code says is not the truth. Never touches git.
"""

import sys
from collections.abc import Iterator
from typing import Any

from goldenpages import GoldenPage, as_json, as_text, load_pages, read_expected


def main(names: list[str]) -> int:
    pages = {page.name: page for page in load_pages()}
    if unknown := sorted(set(names) - set(pages)):
        print(f"no such page in pages.toml: {', '.join(unknown)}", file=sys.stderr)
        return 2
    chosen = [pages[name] for name in names] if names else list(pages.values())
    changed = [page for page in chosen if _rewrite(page)]
    for page in changed:
        print(f"changed: {page.expected_file.relative_to(page.expected_file.parents[3])}")
    print(f"pages read: {len(chosen)}, files changed: {len(changed)}")
    return 0


def _rewrite(page: GoldenPage) -> bool:
    """Whether the file had to be written."""
    before = page.expected_file.read_text(encoding="utf-8") if page.expected_file.exists() else ""
    row = as_json(page.extract())
    if page.known_miss and before:
        row = dict(_with_known(page, row))
    after = as_text(row)
    if after != before:
        page.expected_file.write_text(after, encoding="utf-8")
    return after != before


def _with_known(page: GoldenPage, row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    known = read_expected(page)
    for name in {**row, **known}:
        source = known if name in page.known_miss else row
        if name in source:
            yield name, source[name]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
