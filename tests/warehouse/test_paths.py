"""Where things lie."""

from pathlib import Path

import pytest

from transforms.errors import ConfigError
from warehouse.paths import DataDir


def test_everything_lies_below_the_data_folder(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    names = {
        "raw": data.raw,
        "raw/r1": data.raw_of("r1"),
        "staged": data.staged,
        "staged/r1": data.staged_of("r1"),
        "lake": data.lake,
        "nightdesk.duckdb": data.views_file,
        "reports": data.reports,
        "reports/r1": data.reports_of("r1"),
        "reports/r2": data.report_copies / "r2",
        "superseded-00000012.parquet": data.superseded_file(12),
    }
    assert {name: str(path.relative_to(tmp_path)) for name, path in names.items()} == {name: name for name in names}


def test_a_relative_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert DataDir(Path("data")).root == tmp_path / "data"


@pytest.mark.parametrize("name", ["source=press", "a[1]", "a*", "a?", "a^b", "a|b", "a\\b"])
def test_a_folder_that_the_lake_cannot_live_in_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"a name in this path holds .*Choose another with --data"):
        DataDir(tmp_path / name / "data")
