"""benchmarks/compare.py: what its page says of peers that are ahead."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PAGE = """
| engine | version | pages/s | peak MB | body f1 | failed |
| --- | ---: | ---: | ---: | ---: | ---: |
| **nightdesk** | 0.1.0 | 60.3 | 205 | 0.990 | 0 |
| nightdesk, 1 worker | 0.1.0 | 70.1 | 99 | 0.990 | 0 |
| quick | 2 | 1,458.1 | 33 |  | 0 |
| careful | 2 | 7.3 | 202 | 0.991 | 3 |

| query | warm | native | ratio |
|---|---:|---:|---:|
| count | 4.2 | 0.7 | 5.8 |
| by day | 7.1 | 7.2 | 1.0 |
"""


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import compare

    return compare


def test_every_column_that_a_peer_wins_is_told_and_no_other(compare: ModuleType) -> None:
    assert list(compare.ahead(PAGE)) == [
        "pages/s: quick 1,458.1, nightdesk 70.1",
        "peak MB: quick 33, nightdesk 99",
        "body f1: careful 0.991, nightdesk 0.990",
        "native tables are quicker in 1 of 2 queries (count 5.8 times)",
    ]


def test_its_parts_are_benchmarks_that_are_there(compare: ModuleType) -> None:
    assert [part.script for part in compare.PARTS if not (BENCHMARKS / part.script).is_file()] == []


def test_what_fails_is_said_in_its_place(
    compare: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compare, "PARTS", (compare.Part("Nothing", "none.py", (), (), "Nothing is lost.", needs_peers=False),))
    monkeypatch.setattr(compare, "_peer_versions", lambda python: {"Peer": "1.2"})
    page = tmp_path / "page.md"
    arguments = ["compare.py", "--peers", sys.executable, "--out", str(tmp_path / "out"), "--page", str(page)]
    monkeypatch.setattr(sys, "argv", arguments)
    assert compare.main() == 1
    text = page.read_text()
    assert "## Nothing\n\nNot measured: " in text
    assert "Peer 1.2" in text
    assert capsys.readouterr().out == f"{page}: written, without Nothing\n"
