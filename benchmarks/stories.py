"""Stories: of texts that were edited in known ways, how many are found to be one story, and how many others are taken for it.

Everything goes the way of a night: hashes of transforms/fingerprint.py, the lake, warehouse/stories.py. Prints Markdown tables.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import duckdb
import pyarrow as pa
from prose import Prose

from transforms.fingerprint import content_hash, minhash_bands, overlap, shingles
from warehouse import stories
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.schema import EXTRACTED

WORDS, PARAGRAPHS = 420, 12
ALIKE = 0.6  # where warehouse/stories.py is meant to find most of them
NIGHT = datetime(2026, 3, 2, 1, tzinfo=UTC)
Paragraphs = list[list[str]]
Edit = Callable[[Prose, Paragraphs], Paragraphs]


@dataclass(frozen=True)
class Kind:
    """A way to make another text of one. `same`: whether the two tell one story."""

    name: str
    level: str
    edit: Edit
    same: bool = True


def story(prose: Prose, words: int = WORDS) -> Paragraphs:
    return [prose.draw(words // PARAGRAPHS) for _ in range(PARAGRAPHS)]


def copied(prose: Prose, text: Paragraphs) -> Paragraphs:
    return text


def words_changed(share: float) -> Edit:
    def edit(prose: Prose, text: Paragraphs) -> Paragraphs:
        return [[prose.draw(1)[0] if prose.number(10_000) < share * 10_000 else word for word in part] for part in text]

    return edit


def ends_replaced(share: float) -> Edit:
    """Half of it at the head, half at the tail."""

    def edit(prose: Prose, text: Paragraphs) -> Paragraphs:
        words = [word for part in text for word in part]
        cut = round(len(words) * share / 2)
        return [prose.draw(cut), words[cut : len(words) - cut], prose.draw(cut)]

    return edit


def dropped(paragraphs: int) -> Edit:
    def edit(prose: Prose, text: Paragraphs) -> Paragraphs:
        left = list(text)
        for _ in range(paragraphs):
            left.pop(prose.number(len(left)))
        return left

    return edit


def cut_short(share: float) -> Edit:
    def edit(prose: Prose, text: Paragraphs) -> Paragraphs:
        return text[: round(len(text) * share)]

    return edit


def reordered(prose: Prose, text: Paragraphs) -> Paragraphs:
    left, order = list(text), []
    while left:
        order.append(left.pop(prose.number(len(left))))
    return order


def rewritten(prose: Prose, text: Paragraphs) -> Paragraphs:
    """What a desk does with an agency's story: another first paragraph, one dropped, one word in fifty changed, two moved."""
    text = words_changed(0.02)(prose, dropped(1)(prose, text))
    return [prose.draw(30), text[1], text[0], *text[2:]]


def quoting(share: float) -> Edit:
    """Another story of the same event: the same quotes, as long as `share` of the text, between words of its own."""

    def edit(prose: Prose, text: Paragraphs) -> Paragraphs:
        other = story(prose)
        for number in range(round(PARAGRAPHS * share)):
            other[number * PARAGRAPHS // max(round(PARAGRAPHS * share), 1)] = text[number]
        return other

    return edit


def boilerplate(prose: Prose, text: Paragraphs) -> Paragraphs:
    """Another story with the same last paragraph, as every page of a site may have it."""
    return [*story(prose)[:-1], BOILERPLATE]


BOILERPLATE = Prose(99).draw(WORDS // PARAGRAPHS)

KINDS = (
    Kind("copied", "", copied),
    *(Kind("words changed", f"{share:.0%}", words_changed(share)) for share in (0.01, 0.02, 0.05, 0.1, 0.2)),
    *(Kind("head and tail replaced", f"{share:.0%}", ends_replaced(share)) for share in (0.1, 0.2, 0.3, 0.4, 0.5)),
    *(Kind("paragraphs dropped", f"{count} of {PARAGRAPHS}", dropped(count)) for count in (1, 3, 5)),
    *(Kind("cut to the first", f"{share:.0%}", cut_short(share)) for share in (0.5, 0.25)),
    Kind("paragraphs reordered", "all", reordered),
    Kind("rewritten by a desk", "", rewritten),
    *(Kind("another story, same quotes", f"{share:.0%}", quoting(share), same=False) for share in (0.1, 0.2, 0.33, 0.5)),
    Kind("another story, same last paragraph", "", boilerplate, same=False),
)


def row(name: str, site: str, text: Paragraphs, minutes: int) -> dict[str, Any]:
    body = "\n\n".join(" ".join(part) for part in text)
    url = f"https://{site}/{name}"
    made = {"article_id": name, "url": url, "canonical_url": url, "site": site, "source": site, "title": name, "body": body}
    hashes = {"content_hash": content_hash(name, body), "minhash": list(minhash_bands(body)), "word_count": len(body.split())}
    at = NIGHT + timedelta(minutes=minutes)
    told = {"published_at": at, "fetched_at": at, "extracted_at": at, "extractor": "benchmark", "run_id": "run-1"}
    return dict.fromkeys(EXTRACTED.names) | made | hashes | told


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=200, help="of each kind")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    prose = Prose(given.seed)
    rows, overlaps = [], {}
    for kind_number, kind in enumerate(KINDS):
        for number in range(given.pairs):
            name = f"{kind_number:02}-{number:04}"
            text = story(prose)
            if kind.edit is boilerplate:
                text[-1] = BOILERPLATE
            other = kind.edit(prose, text)
            rows += [row(f"{name}-a", "agency.example", text, len(rows)), row(f"{name}-b", "outlet.example", other, len(rows))]
            overlaps[name] = overlap(shingles(rows[-2]["body"]), shingles(rows[-1]["body"]))
    together, groups = find(rows)
    report(given.pairs, given.seed, overlaps, together, groups)


def find(rows: list[dict[str, Any]]) -> tuple[set[str], list[list[str]]]:
    """The names of the pairs that are one story, and every story's members."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        data = DataDir(Path(folder))
        load_articles(Lake(data.lake), pa.Table.from_pylist(rows, schema=EXTRACTED), batch_id="b1", staged=data.staged)
        members = stories.members_query(stories.keep_up(data, Lake(data.lake).snapshot("articles")))
        groups = [names for (names,) in con.execute(f"select list(article_id) from ({members}) group by story_id").fetchall()]
    pairs = {name[:-2] for names in groups for name in names if name[:-1] + "a" in names and name[:-1] + "b" in names}
    return pairs, groups


def report(pairs: int, seed: int, overlaps: dict[str, float], together: set[str], groups: list[list[str]]) -> None:
    print(f"{pairs} generated pairs of each kind, {WORDS} words in {PARAGRAPHS} paragraphs, seed {seed}.\n")
    print("| edit | how much | overlap | one story |\n|---|---|---:|---:|")
    for number, kind in enumerate(KINDS):
        mine = [name for name in overlaps if name.startswith(f"{number:02}-")]
        mean = sum(overlaps[name] for name in mine) / len(mine)
        print(f"| {kind.name} | {kind.level} | {mean:.2f} | {sum(name in together for name in mine) / len(mine):.1%} |")
    same = {name for name in overlaps if KINDS[int(name[:2])].same}
    linked = [(one, two) for names in groups for at, one in enumerate(names) for two in names[at + 1 :]]
    right = [one for one, two in linked if one[:-2] == two[:-2] and one[:-2] in same]
    print("\n| overlap of the pair | pairs that are one story | found |\n|---|---:|---:|")
    for low, high in ((0.8, 1.01), (0.7, 0.8), (0.6, 0.7), (0.5, 0.6), (0.0, 0.5)):
        mine = [name for name in same if low <= overlaps[name] < high]
        if mine:
            print(f"| {low:.1f} to {min(high, 1):.1f} | {len(mine)} | {sum(name in together for name in mine) / len(mine):.1%} |")
    alike = {name for name in same if overlaps[name] >= ALIKE}
    found, of_alike = len(same & together) / len(same), len(alike & together) / len(alike)
    print(f"\nRecall {found:.1%}; of pairs with an overlap of {ALIKE} or more {of_alike:.1%}.")
    print(f"Precision {len(right) / len(linked):.2%} of {len(linked):,} pairs that are in one story.")


if __name__ == "__main__":
    main()
