from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows import finish
from flows.rundir import open_run
from sources.config import GateSettings
from warehouse.paths import DataDir

TONIGHT = datetime(2026, 3, 16, 20, tzinfo=UTC)


def test_a_run_without_a_row_gets_a_report_and_no_data_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTDESK_DATA_DOCS", "1")
    monkeypatch.setattr(finish, "publish_artifacts", lambda report, path: None)  # there is no Prefect server here
    data = DataDir(tmp_path)
    data.staged.mkdir(parents=True)
    with open_run(data, kind="night", key="k", day="2026-03-16", now=TONIGHT) as run:
        gate, _, _ = finish.commit_run.fn(run, [], GateSettings())
        finish.publish_views.fn(run)
        page = finish.write_reports.fn(run, [], gate)
    assert [path.name for path in page.parent.iterdir()] == ["index.html"]
    assert "data_docs" not in page.read_text()
