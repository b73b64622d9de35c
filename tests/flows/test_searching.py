"""`nightdesk search` as a shell sees it."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.schema import EXTRACTED
from warehouse.views import publish


def article(name: str, title: str, body: str, **fields: object) -> dict[str, object]:
    url = f"https://harian.example/{name}"
    row = dict.fromkeys(EXTRACTED.names) | {"article_id": name, "url": url, "canonical_url": url, "site": "harian.example"}
    times = {"fetched_at": "2026-03-02T01:00:00+00:00", "extracted_at": "2026-03-02T01:00:00+00:00"}
    made = {"source": "harian", "extractor": "test", "run_id": "run-1", "content_hash": name, "word_count": 3, "body_length": 3}
    return row | times | made | {"title": title, "body": body} | fields


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    folder = DataDir(tmp_path_factory.mktemp("data"))
    published = {"published_at": "2026-03-01T23:30:00+00:00", "published_utc_offset": 420, "published_precision": "minute"}
    rows = [
        article("rob", "Banjir rob di Karangsenja", "Warga mengungsi.\n\nHujan turun.", **published),
        article("surut", "Air surut", "Banjir surut pada Senin.", **(published | {"published_precision": "day"})),
        article("pier", "The pier", "It's open.", site="post.example", source="post"),
    ]
    columns = {name: [row[name] for row in rows] for name in EXTRACTED.names}
    arrays = [_array(columns[field.name], field.type) for field in EXTRACTED]
    load_articles(Lake(folder.lake), pa.Table.from_arrays(arrays, schema=EXTRACTED), batch_id="b1", staged=folder.staged)
    publish(folder)
    return folder


def _array(values: list[object], type_: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(type_):
        return pa.array(values, pa.string()).cast(type_)
    return pa.array(values, type_)


def search(data: DataDir, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", "search", "--data", str(data.root), *arguments],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_hits_are_printed_for_people(data: DataDir) -> None:
    done = search(data, "banjir")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "  1 Banjir rob di Karangsenja",
        "    harian  2026-03-02 06:30  https://harian.example/rob",
        "    Warga mengungsi. Hujan turun.",
        "  2 Air surut",
        "    harian  2026-03-02  https://harian.example/surut",
        "    Banjir surut pada Senin",
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["banjir", "--limit", "1"], ["rob"]),
        (["banjir", "surut"], ["surut"]),
        (["banjir", "-hujan"], ["surut"]),
        (["it's"], ["pier"]),
        (["open", "--site", "post.example"], ["pier"]),
        (["open", "--site", "harian.example"], []),
        (["open", "--source", "harian"], []),
        (["banjir", "--since", "2026-03-02"], []),
        (["banjir", "--until", "2026-03-01"], ["rob", "surut"]),
        (['"'], []),
        (["-"], []),
        (["'; drop table articles; --"], []),
    ],
    ids=lambda value: "-".join(value),
)
def test_hits_as_json(data: DataDir, arguments: list[str], expected: list[str]) -> None:
    done = search(data, "--format", "json", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["article_id"] for row in json.loads(done.stdout)] == expected


def test_nothing_found_is_said_and_is_no_failure(data: DataDir) -> None:
    done = search(data, "tsunami")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "No article has all of these words.\n")


def test_no_warehouse_says_how_to_get_one(tmp_path: Path) -> None:
    done = search(DataDir(tmp_path), "banjir")
    assert done.returncode == 2
    assert "nightdesk run --sample" in done.stderr


def test_a_search_loads_nothing_heavy(data: DataDir) -> None:
    code = (
        "import sys\nfrom flows.cli import main\n"
        f"try:\n main(['search', 'banjir', '--data', {str(data.root)!r}])\nexcept SystemExit: pass\n"
        "print(sorted({'prefect', 'pandas', 'pyarrow', 'deltalake', 'great_expectations', 'trafilatura'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
