"""A small crash test: loads and upkeep killed at random moments beside a second writer and a reader
(benchmarks/crashes.py has the long one).
"""

import json
import subprocess
import sys
from pathlib import Path

CRASHES = Path(__file__).resolve().parents[2] / "benchmarks" / "crashes.py"


def test_nothing_is_lost_doubled_or_half_visible_whoever_is_killed_when(tmp_path: Path) -> None:
    command = [sys.executable, CRASHES, "--kills", "5", "--articles", "100", "--work", tmp_path, "--out", tmp_path / "out"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    outcome = json.loads((tmp_path / "out" / "crashes.json").read_text())
    kills, looks = sum(outcome.pop("kills").values()), outcome.pop("looks")
    nights, backfilled = outcome.pop("nights"), outcome.pop("backfilled")
    assert (kills, looks > 0, nights > 2, backfilled > 0, outcome.pop("errors")) == (5, True, True, True, [])
    assert set(outcome.values()) == {0}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
