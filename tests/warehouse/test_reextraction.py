"""Stored rows beside new ones: which pages there are to read again, and what differs."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.reextraction import Change, Differences, current_pages, differences, merged

Rows = Callable[..., pa.Table]
URL = "https://harian.example"


def store(lake: Lake, tmp_path: Path, rows: pa.Table, batch: str, **options: bool) -> list[tuple[str, int]]:
    decided = load_articles(lake, rows, batch_id=batch, staged=tmp_path / "staged", **options).to_pylist()
    return [(row["reason"], row["version"]) for row in decided]


def chosen(lake: Lake, since: datetime | None = None, site: str | None = None) -> list[tuple[str, int]]:
    return [(row["url"], row["version"]) for row in current_pages(lake, since=since, site=site).to_pylist()]


def test_the_current_versions_are_chosen_by_time_and_site(lake: Lake, make_rows: Rows, tmp_path: Path) -> None:
    late = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)
    store(lake, tmp_path, make_rows(("kali", "a", {"warc_offset": 5}), ("pasar", "a", {"site": "suara.example"})), "b1")
    store(lake, tmp_path, make_rows(("kali", "b", {"fetched_at": late, "warc_offset": 9})), "b2")
    assert chosen(lake) == [(f"{URL}/pasar", 1), (f"{URL}/kali", 2)]
    assert chosen(lake, since=late) == [(f"{URL}/kali", 2)]
    assert chosen(lake, site="suara.example") == [(f"{URL}/pasar", 1)]
    assert chosen(lake, since=late, site="suara.example") == []


def test_of_two_articles_of_one_url_the_later_is_chosen(lake: Lake, make_rows: Rows, tmp_path: Path) -> None:
    late = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)
    store(lake, tmp_path, make_rows(("kali", "a")), "b1")
    store(lake, tmp_path, make_rows(("kali", "a", {"article_id": "id-other", "fetched_at": late})), "b2")
    assert [row["article_id"] for row in current_pages(lake, since=None, site=None).to_pylist()] == ["id-other"]


def test_rows_are_compared_field_by_field(lake: Lake, make_rows: Rows, tmp_path: Path) -> None:
    store(lake, tmp_path, make_rows(("kali", "a"), ("pasar", "a"), ("sawah", "a")), "b1")
    new = make_rows(
        ("kali", "a", {"section": "Kota", "authors": ["Sari", "Budi"], "minhash": [7], "run_id": "run-2"}),
        ("pasar", "a", {"run_id": "run-2"}),
        ("sawah", "a", {"article_id": "id-other", "section": "Desa"}),
        ("new", "a"),
    )
    found = differences(lake, current_pages(lake, since=None, site=None), new)
    author = Change(f"{URL}/kali", ["Sari Wulandari"], ["Sari", "Budi"])
    assert found == Differences(
        rows=3,
        fields=(("article_id", 1), ("authors", 1), ("section", 2)),
        examples=(
            ("article_id", (Change(f"{URL}/sawah", "id-sawah", "id-other"),)),
            ("authors", (author,)),
            ("section", (Change(f"{URL}/kali", None, "Kota"), Change(f"{URL}/sawah", None, "Desa"))),
        ),
        changed=(f"{URL}/kali",),
        moved=(f"{URL}/sawah",),
    )
    both = merged([found, Differences(), found])
    assert (both.rows, both.fields, both.changed) == (6, (("article_id", 2), ("authors", 2), ("section", 4)), found.changed * 2)
    assert dict(both.examples)["authors"] == (author, author)


def test_a_revision_is_a_new_version_though_its_content_is_the_same(lake: Lake, make_rows: Rows, tmp_path: Path) -> None:
    late = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)
    store(lake, tmp_path, make_rows(("kali", "a"), ("pasar", "a")), "b1")
    revised = make_rows(("kali", "a", {"section": "Kota"}))
    assert store(lake, tmp_path, revised, "b2", is_revision=True) == [("new_version", 2)]
    assert store(lake, tmp_path, revised, "b2", is_revision=True) == [("new_version", 2)]
    assert store(lake, tmp_path, revised, "b3") == [("same_content", 2)]
    # What a later visit saw is not hidden by an older page that is read again.
    store(lake, tmp_path, make_rows(("pasar", "b", {"fetched_at": late})), "b4")
    assert store(lake, tmp_path, make_rows(("pasar", "a")), "b5", is_revision=True) == [("older_capture", 2)]
