"""Reports and Data Docs of the newest runs stay, those of older ones go."""

from pathlib import Path

from warehouse.cleaning import Removed
from warehouse.paths import DataDir
from warehouse.reportstore import ReportsKept, keep_newest

PAGES = ("index.html", "data_docs/index.html", "data_docs/results.html", "data_docs/suite.html")


def reported(data: DataDir, number: int) -> str:
    """A run's report and Data Docs of five bytes a page."""
    run_id = f"2026{1 + number // 28:02d}{1 + number % 28:02d}T200000Z-0a1b2c"
    for name in PAGES:
        page = data.reports_of(run_id) / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(b"12345")
    return run_id


def pages(data: DataDir) -> list[str]:
    return sorted(str(path.relative_to(data.reports)) for path in data.reports.rglob("*") if path.is_file())


def test_the_number_of_files_does_not_grow_with_the_nights(data: DataDir) -> None:
    counts = []
    for number in range(40):
        reported(data, number)
        if number % 7 == 6:
            keep_newest(data, 10, dry_run=False)
            counts.append(len(pages(data)))
    assert counts == [28, 40, 40, 40, 40]


def test_the_newest_stay_whole_and_a_dry_run_only_counts(data: DataDir) -> None:
    runs = [reported(data, number) for number in range(5)]
    planned = keep_newest(data, 2, dry_run=True)
    assert (planned, len(pages(data))) == (ReportsKept(kept=2, runs=3, removed=Removed(12, 60)), 20)
    assert keep_newest(data, 2, dry_run=False) == planned
    assert pages(data) == sorted(f"{run_id}/{name}" for run_id in runs[3:] for name in PAGES)
    assert sorted(path.name for path in data.reports.iterdir()) == runs[3:]


def test_what_is_no_runs_folder_stays(data: DataDir) -> None:
    reported(data, 1)
    kept = reported(data, 2)
    for name in ("latest/index.html", "20260301/notes.txt", "20260301T200000Z-0a1b2c.zip"):
        (data.reports / name).parent.mkdir(exist_ok=True)
        (data.reports / name).write_bytes(b"12345")
    assert keep_newest(data, 1, dry_run=False) == ReportsKept(1, 1, Removed(4, 20))
    assert {page for page in pages(data) if not page.startswith(kept)} == {
        "latest/index.html",
        "20260301/notes.txt",
        "20260301T200000Z-0a1b2c.zip",
    }


def test_without_a_report_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert keep_newest(DataDir(tmp_path), 3, dry_run=False) == ReportsKept(0)
