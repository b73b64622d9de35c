"""What is new since a version: appended rows, and nothing that was only rewritten."""

from collections.abc import Callable

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.increments import appended_since, position
from warehouse.lake import Lake
from warehouse.position import Position
from warehouse.schema import METRICS


def metrics(value: float) -> pa.Table:
    rows = [{"run_id": "r", "source": "s", "metric": "stored", "column": None, "value": value}]
    return pa.Table.from_pylist(rows, schema=METRICS)


@pytest.fixture
def append(lake: Lake) -> Callable[[float], Position]:
    """append(1.0): a row of its own commit; gives where the table stands then."""

    def do(value: float) -> Position:
        lake.append_once("metrics", metrics(value), batch_id=f"b{value}")
        return position(lake, lake.snapshot("metrics"))

    return do


def values(lake: Lake, since: Position, version: int | None = None) -> list[float] | None:
    added = appended_since(lake, lake.snapshot("metrics", version), since)
    return None if added is None else sorted(v for file in added.files for v in pq.ParquetFile(file).read()["value"].to_pylist())


def test_what_was_appended_since(lake: Lake, append: Callable[[float], Position]) -> None:
    first, second, third = append(1.0), append(2.0), append(3.0)
    assert [values(lake, each) for each in (first, second, third)] == [[2.0, 3.0], [3.0], []]
    assert values(lake, first, second.version) == [2.0]
    assert values(lake, third, second.version) is None


def test_a_table_that_was_never_written_has_a_position_and_nothing_before_it(lake: Lake) -> None:
    snapshot = lake.snapshot("metrics")
    assert position(lake, snapshot) == Position(-1, "")
    assert appended_since(lake, snapshot, Position(-1, "")) is None


def test_compaction_appends_nothing(lake: Lake, append: Callable[[float], Position]) -> None:
    first, _ = append(1.0), append(2.0)
    deltalake.DeltaTable(str(lake.folder("metrics"))).optimize.compact()
    assert len(lake.snapshot("metrics").files) == 1
    assert values(lake, first) == [2.0]
    third = append(3.0)
    assert (values(lake, first), values(lake, third)) == ([2.0, 3.0], [])


def test_it_cannot_be_told_when_a_compacted_file_is_gone(lake: Lake, append: Callable[[float], Position]) -> None:
    first, _ = append(1.0), append(2.0)
    table = deltalake.DeltaTable(str(lake.folder("metrics")))
    table.optimize.compact()
    table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    assert values(lake, first) is None


def test_it_cannot_be_told_when_rows_were_taken_back(lake: Lake, append: Callable[[float], Position]) -> None:
    first, _ = append(1.0), append(2.0)
    deltalake.DeltaTable(str(lake.folder("metrics"))).restore(first.version)
    assert values(lake, first) is None


def test_it_cannot_be_told_when_the_log_no_longer_reaches_back(lake: Lake, append: Callable[[float], Position]) -> None:
    first, _, third = append(1.0), append(2.0), append(3.0)
    deltalake.DeltaTable(str(lake.folder("metrics"))).create_checkpoint()
    log = lake.folder("metrics") / "_delta_log"
    (log / f"{first.version + 1:020d}.json").unlink()
    assert (values(lake, first), values(lake, third)) == (None, [])


def test_another_table_of_the_same_length_is_another_position(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Lake(tmp_path_factory.mktemp("other"))
    for each in (lake, other):
        each.append_once("metrics", metrics(1.0), batch_id="b1")
    mine, theirs = (position(each, each.snapshot("metrics")) for each in (lake, other))
    assert mine.version == theirs.version
    assert appended_since(lake, lake.snapshot("metrics"), theirs) is None
