"""A run's folder: who holds it, when it is taken up again."""

import json
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.rundir import open_run, run_key
from transforms.errors import BusyError, InputError
from warehouse.paths import DataDir

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def start(data: Path, *, key: str = "k", now: datetime = NOW, finish: bool = False) -> tuple[str, int]:
    with open_run(DataDir(data), kind="night", key=key, day="2026-03-02", now=now) as run:
        if finish:
            run.remove()
        return run.info.run_id, run.info.resumed


def test_an_unfinished_run_is_taken_up_again_and_counts_how_often(tmp_path: Path) -> None:
    run_id, resumed = start(tmp_path)
    assert resumed == 0
    assert start(tmp_path, now=NOW + timedelta(hours=1)) == (run_id, 1)
    assert start(tmp_path, now=NOW + timedelta(hours=2)) == (run_id, 2)


def test_a_run_that_the_lake_may_have_forgotten_is_not_taken_up(tmp_path: Path) -> None:
    run_id, _ = start(tmp_path)
    assert start(tmp_path, now=NOW + timedelta(days=89)) == (run_id, 1)
    with pytest.raises(
        InputError, match=f"{run_id}: this night began on 2026-03-02, and what of it is in the lake is known for 90 days"
    ):
        start(tmp_path, now=NOW + timedelta(days=89, seconds=1))


def test_who_held_the_same_work_before_is_known_even_if_it_was_done(tmp_path: Path) -> None:
    def hold(holder: str | None, key: str = "k") -> str | None:
        with open_run(DataDir(tmp_path), kind="night", key=key, day="2026-03-02", now=NOW, holder=holder) as run:
            run.remove()
            return run.held_before

    assert [hold("first"), hold("second"), hold("other", key="other"), hold(None), hold("third")] == [
        None, "first", None, "second", None,
    ]  # fmt: skip


def test_a_run_whose_process_had_no_time_to_say_why_it_ended_was_killed(tmp_path: Path) -> None:
    found = []
    for by in (None, OSError("disk full"), None, KeyboardInterrupt(), None):
        with (
            suppress(OSError, KeyboardInterrupt),
            open_run(DataDir(tmp_path), kind="night", key="k", day="2026-03-02", now=NOW) as run,
        ):
            found.append(run.was_killed)
            if by is not None:
                raise by
    assert found == [False, True, False, True, False]


def test_other_work_is_left_alone(tmp_path: Path) -> None:
    run_id, _ = start(tmp_path)
    assert start(tmp_path, key="other")[0] != run_id


def test_a_run_left_for_days_is_finished_before_a_new_one_starts(tmp_path: Path) -> None:
    run_id, _ = start(tmp_path)
    assert start(tmp_path, now=NOW + timedelta(days=3), finish=True) == (run_id, 1)
    assert start(tmp_path, now=NOW + timedelta(days=3))[0] != run_id


def test_a_run_killed_while_its_folder_was_removed_is_over(tmp_path: Path) -> None:
    run_id, _ = start(tmp_path)
    (tmp_path / "staged" / run_id / "planned.parquet").touch()
    (tmp_path / "staged" / run_id / "run.json").unlink()
    assert start(tmp_path)[0] != run_id


def test_a_damaged_run_file_is_named_with_the_cure(tmp_path: Path) -> None:
    run_id, _ = start(tmp_path)
    path = tmp_path / "staged" / run_id / "run.json"
    path.write_text("{")
    with pytest.raises(InputError, match=f"{path}: cannot be read .*; remove {path.parent} to give that run up"):
        start(tmp_path)


def test_a_finished_run_is_not_taken_up_again(tmp_path: Path) -> None:
    run_id, _ = start(tmp_path, finish=True)
    assert start(tmp_path)[0] != run_id
    assert not (tmp_path / "staged" / run_id).exists()


def test_run_ids_sort_by_start(tmp_path: Path) -> None:
    first, _ = start(tmp_path, finish=True)
    second, _ = start(tmp_path, now=NOW + timedelta(seconds=1), finish=True)
    assert first < second


HOLD = """
import sys
from datetime import datetime
from pathlib import Path
from flows.rundir import open_run
from warehouse.paths import DataDir
now = datetime.fromisoformat(sys.argv[2])
with open_run(DataDir(Path(sys.argv[1])), kind="night", key="k", day="2026-03-02", now=now) as run:
    print(run.info.run_id, flush=True)
    sys.stdin.read()
"""


def test_two_processes_never_hold_one_run_and_death_frees_it(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path), NOW.isoformat()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        run_id = holder.stdout.readline().strip()
        with pytest.raises(BusyError, match="this night is running in another process"):
            start(tmp_path)
        holder.kill()
    assert start(tmp_path) == (run_id, 1)


def test_the_key_tells_different_work_apart() -> None:
    assert run_key("a", 1) == run_key("a", 1)
    assert len({run_key("a", 1), run_key("a", 2), run_key("a1"), run_key("1", "a")}) == 4


def test_run_json_says_what_the_run_is_of(tmp_path: Path) -> None:
    run_id, _ = start(tmp_path)
    assert json.loads((tmp_path / "staged" / run_id / "run.json").read_text()) == {
        "run_id": run_id,
        "kind": "night",
        "key": "k",
        "day": "2026-03-02",
        "started_at": "2026-03-02T02:00:00+00:00",
        "resumed": 0,
    }
