"""The index is always of exactly the views' snapshot, whatever was killed, damaged, or done to the lake."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pytest

from transforms.errors import InputError, LakeError
from warehouse import indexing, views
from warehouse.fulltext import open_index
from warehouse.lake import Lake, Snapshot
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.query import connect
from warehouse.views import publish

Make = Callable[..., pa.Table]
PUBLISHER = Path(__file__).with_name("scripts") / "publish_batches.py"


def hits(data: DataDir, text: str) -> list[str]:
    """Through a connection of its own, as people search."""
    with connect(data) as con:
        return [row[0] for row in con.execute("select article_id from search(?) order by 1", [text]).fetchall()]


def store(data: DataDir, rows: pa.Table, batch_id: str) -> None:
    load_articles(Lake(data.lake), rows, batch_id=batch_id, staged=data.staged_of(batch_id))


@pytest.fixture
def filled(data: DataDir, make_rows: Make) -> DataDir:
    store(data, make_rows(("kali", "a", {"body": "satu dua"}), ("pasar", "a", {"body": "dua tiga"})), "b1")
    publish(data)
    return data


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files each writing of the index read."""
    written: list[int] = []
    real = indexing._current

    def counting(data: DataDir, rows: Snapshot) -> Iterator[dict[str, Any]]:
        written.append(len(rows.files))
        return real(data, rows)

    monkeypatch.setattr(indexing, "_current", counting)
    return written


def test_an_empty_warehouse_is_searched_in_vain(data: DataDir) -> None:
    publish(data)
    assert hits(data, "satu") == []


def test_a_new_version_takes_the_place_of_the_one_before(filled: DataDir, make_rows: Make, built: list[int]) -> None:
    store(filled, make_rows(("kali", "b", {"body": "empat dua"}), ("baru", "a", {"body": "satu"})), "b2")
    publish(filled)
    assert (hits(filled, "satu"), hits(filled, "dua"), hits(filled, "empat")) == (
        ["id-baru"],
        ["id-kali", "id-pasar"],
        ["id-kali"],
    )
    assert built == [1]  # the new file alone was read


def test_several_commits_at_once_leave_the_newest_version(filled: DataDir, make_rows: Make) -> None:
    for content, body in (("b", "lima"), ("c", "enam"), ("d", "tujuh")):
        store(filled, make_rows(("kali", content, {"body": body})), content)
    publish(filled)
    assert [hits(filled, word) for word in ("satu", "lima", "enam", "tujuh")] == [[], [], [], ["id-kali"]]


def test_compaction_reads_nothing_again(filled: DataDir, make_rows: Make, built: list[int]) -> None:
    store(filled, make_rows(("baru", "a", {"body": "satu"})), "b2")
    publish(filled)
    deltalake.DeltaTable(str(Lake(filled.lake).folder("articles"))).optimize.compact()
    publish(filled)
    assert hits(filled, "satu") == ["id-baru", "id-kali"]
    assert built == [1, 0]


def test_a_table_set_back_is_indexed_anew(filled: DataDir, make_rows: Make) -> None:
    store(filled, make_rows(("kali", "b", {"body": "empat"})), "b2")
    publish(filled)
    deltalake.DeltaTable(str(Lake(filled.lake).folder("articles"))).restore(1)
    publish(filled)
    assert (hits(filled, "satu"), hits(filled, "empat")) == (["id-kali"], [])


def test_another_lake_in_the_same_place_is_indexed_anew(filled: DataDir, make_rows: Make) -> None:
    shutil.rmtree(filled.lake)
    store(filled, make_rows(("lain", "a", {"body": "satu"})), "b1-again")
    store(filled, make_rows(("lain2", "a", {"body": "dua"})), "b2-again")
    publish(filled)
    assert (hits(filled, "satu"), hits(filled, "dua")) == (["id-lain"], ["id-lain2"])


def test_a_publish_that_dies_before_the_index_is_made_up_for_by_the_search(
    filled: DataDir, make_rows: Make, monkeypatch: pytest.MonkeyPatch, built: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    store(filled, make_rows(("baru", "a", {"body": "satu"})), "b2")

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(views.indexing, "keep_up", dies)
        with pytest.raises(KeyboardInterrupt):
            publish(filled)
    assert hits(filled, "satu") == ["id-baru", "id-kali"]
    assert built == [1]
    assert "the search index is behind" in caplog.text


def test_an_index_that_runs_ahead_of_an_old_connection_is_not_trusted(filled: DataDir, make_rows: Make) -> None:
    with connect(filled) as held:
        store(filled, make_rows(("kali", "b", {"body": "empat"})), "b2")
        publish(filled)
        with pytest.raises(Exception, match="of a later night than this connection"):
            held.execute("from search('satu')").fetchall()
    assert hits(filled, "empat") == ["id-kali"]


def damage_all(data: DataDir) -> None:
    for path in data.search.iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def remove_segment(data: DataDir) -> None:
    next(data.search.glob("*.term")).unlink()


def cut_segment(data: DataDir) -> None:
    path = next(data.search.glob("*.store"))
    path.write_bytes(path.read_bytes()[:20])


def empty_meta(data: DataDir) -> None:
    (data.search / "meta.json").write_text("{}")


def no_folder(data: DataDir) -> None:
    shutil.rmtree(data.search)


def flip_meta(data: DataDir) -> None:
    (data.search / "meta.json").write_bytes(b"\x00" * 100)


@pytest.mark.parametrize("damage", [damage_all, remove_segment, cut_segment, empty_meta, no_folder, flip_meta])
@pytest.mark.parametrize("cure", ["search", "publish"])
def test_a_damaged_index_is_built_again(filled: DataDir, damage: Callable[[DataDir], None], cure: str) -> None:
    damage(filled)
    if cure == "publish":
        publish(filled)
        assert open_index(filled) is not None
    assert (hits(filled, "satu"), hits(filled, "dua")) == (["id-kali"], ["id-kali", "id-pasar"])


def test_an_index_of_another_format_is_built_again(filled: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (indexing, sys.modules["warehouse.fulltext"]):
        monkeypatch.setattr(module, "FORMAT", 2)
    assert open_index(filled) is None
    assert hits(filled, "satu") == ["id-kali"]


def test_an_index_that_cannot_be_written_is_said(filled: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(filled.search)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(indexing, "keep_up", refused)
    from warehouse.searching import ready_index, views_position

    with connect(filled) as con, pytest.raises(LakeError, match=r"cannot be written .*The next `nightdesk run` brings it up"):
        ready_index(filled, views_position(con))


def test_views_of_an_older_nightdesk_say_so(filled: DataDir) -> None:
    from warehouse.searching import ready_index

    with pytest.raises(InputError, match="published by an older nightdesk"):
        ready_index(filled, None)


def test_everybody_who_may_read_the_folder_may_search(filled: DataDir) -> None:
    filled.search.chmod(0o755)
    publish(filled)
    indexing.keep_up(filled, Lake(filled.lake).snapshot("articles"), newest=True)
    modes = {path.name: oct(path.stat().st_mode & 0o044) for path in filled.search.iterdir()}
    assert set(modes.values()) == {"0o44"}


def test_a_publisher_killed_again_and_again_leaves_an_index_that_is_right(data: DataDir) -> None:
    for moment in (0.0, 0.05, 0.1, 0.2, 0.3, 0.45):
        process = subprocess.Popen([sys.executable, str(PUBLISHER), str(data.root), "30"], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(moment)
        process.kill()
        process.communicate()
        if data.views_file.exists():
            with connect(data) as con:
                known = [row[0] for row in con.execute("select article_id from articles order by 1").fetchall()]
                bodies = [row[0] for row in con.execute("select article_id from search('every', 100000) order by 1").fetchall()]
            assert bodies == known
