"""Replacing and locking."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from warehouse.files import exclusive, replacing


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "answer"
    path.write_text("old")
    with replacing(path) as fresh:
        fresh.write_text("new")
        seen_meanwhile = path.read_text()
    assert (seen_meanwhile, path.read_text(), [p.name for p in tmp_path.iterdir()]) == ("old", "new", ["answer"])


def test_a_failed_replacement_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "answer"
    path.write_text("old")

    def fail_half_way() -> None:
        with replacing(path) as fresh:
            fresh.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"answer": "old"}


def test_a_killed_writers_leftover_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / ".answer.new").write_text("half")
    with replacing(tmp_path / "answer") as fresh:
        assert not fresh.exists()
        fresh.write_text("new")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"answer": "new"}


def test_a_lock_keeps_other_processes_out_and_dies_with_its_holder(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    code = f"""
import fcntl, pathlib
with pathlib.Path({str(lock)!r}).open("a") as f:
    try:
        fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        print("got it")
    except BlockingIOError:
        print("kept out")
"""

    def other_process() -> str:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    with exclusive(lock):
        inside = other_process()
    assert (inside, other_process()) == ("kept out", "got it")


def test_a_lock_that_its_holder_removed_is_made_anew_by_who_waited(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    entered = threading.Event()

    def wait_for_it() -> None:
        with exclusive(lock):
            entered.set()
            done.wait(30)

    done = threading.Event()
    with exclusive(lock):
        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        assert not entered.wait(0.2)
        lock.unlink()
    assert entered.wait(30)
    with pytest.raises(BlockingIOError), exclusive(lock, wait=False):
        pass
    done.set()
    waiting.join()
