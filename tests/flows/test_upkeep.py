"""`nightdesk maintain` and the weekly flow of the same steps."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import duckdb
import pytest

from flows.commands.maintain import Size

Run = Callable[..., subprocess.CompletedProcess[str]]

FILL = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from load_batches import main
from warehouse.paths import DataDir
from warehouse.views import publish
data = DataDir(Path(sys.argv[1]))
main(data, "night", 3)
publish(data)
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    scripts = Path(__file__).parents[1] / "warehouse" / "scripts"
    subprocess.run([sys.executable, "-c", FILL, str(tmp_path / "data"), str(scripts)], check=True, capture_output=True)
    (tmp_path / "data" / "raw" / "night-0").mkdir(parents=True)
    (tmp_path / "data" / "raw" / "night-0" / "1.warc.gz").write_bytes(b"12345")
    for day in (1, 2, 3):
        page = tmp_path / "data" / "reports" / f"2026030{day}T200000Z-0a1b2c" / "data_docs" / "index.html"
        page.parent.mkdir(parents=True)
        page.write_bytes(b"1234567")
    return tmp_path / "data"


def counts(data: Path) -> list[tuple[int, ...]]:
    with duckdb.connect(str(data / "nightdesk.duckdb"), read_only=True) as con:
        return con.sql("select count(*), count(distinct article_id) from article_versions").fetchall()


def test_maintain_says_in_numbers_what_it_did(data: Path, nightdesk: Run) -> None:
    before = counts(data)
    dry, done, again = (
        nightdesk("maintain", "--data", data, *more)
        for more in (["--dry-run"], ["--max-raw-bytes", "0", "--keep-reports", "1"], [])
    )
    assert (dry.returncode, done.returncode, again.returncode) == (0, 0, 0), done.stderr
    assert dry.stdout.splitlines()[0] == "dry run: nothing was changed; this is what would be done"
    assert "compact   articles: 3 files, 3 small ones (" in dry.stdout
    assert ", 60 rows) to merge" in dry.stdout
    assert ") -> 1 (" in done.stdout
    assert "raw       1 files (5 B) removed of 1 files (5 B)" in done.stdout
    assert "reports   of 2 runs removed, 2 files (14 B); of 1 runs kept" in done.stdout
    assert "reports   of 0 runs removed, 0 files (0 B); of 3 runs kept" in dry.stdout
    assert again.stdout.splitlines()[0] == "compact   articles: 1 files, nothing to merge"
    assert (counts(data), before) == ([(60, 40)], [(60, 40)])


def test_the_flow_does_the_same_as_tasks(data: Path, prefect_environment: dict[str, str]) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom flows.upkeep import upkeep\nprint(upkeep(Path(sys.argv[1])).compactions[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(data)], env=prefect_environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "table='articles', files=3, replaced=3, by=1, rows=60" in done.stdout
    assert counts(data) == [(60, 40)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("1024", 1024), ("5kB", 5_000), ("1.5 MB", 1_500_000), ("50GB", 50 * 10**9), ("2tb", 2 * 10**12), ("7B", 7)],
)
def test_sizes_are_read_with_units(text: str, expected: int) -> None:
    assert Size().convert(text, None, None) == expected


@pytest.mark.parametrize("text", ["", "-1", "1.5.2", "50 GiB", "lots"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no size; give bytes, or a number with kB, MB, GB or TB"):
        Size().convert(text, None, None)
