"""The folder of a site: what it may replace, that it does so in one step, and what a failure leaves."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from expectations.browser.folder import new_generation, switch
from transforms.errors import BusyError, InputError

NOW = datetime(2026, 3, 5, 6, 0, tzinfo=UTC)
Files = Callable[[Path], dict[str, bytes]]


def build(folder: Path, text: str) -> str:
    """A site that says `text`; gives its generation's name."""
    with new_generation(folder, NOW) as generation:
        (generation / "data.js").write_text(text, encoding="utf-8")
        switch(folder, f"<!doctype html>{generation.name}")
    return generation.name


def test_a_new_build_takes_the_place_of_the_old_one_and_leaves_other_files(tmp_path: Path, files_of: Files) -> None:
    folder = tmp_path / "new" / "site"
    build(folder, "one")
    (folder / "CNAME").write_text("ours", encoding="utf-8")
    (folder / "build-notes").mkdir()
    name = build(folder, "two")
    held = files_of(folder)
    held.pop("nightdesk-site.txt")
    assert held == {"index.html": f"<!doctype html>{name}".encode(), f"{name}/data.js": b"two", "CNAME": b"ours"}
    assert re.fullmatch(r"build-20260305T060000Z-[0-9a-f]{6}", name)
    assert (folder / "build-notes").is_dir()


def test_a_build_that_fails_leaves_the_old_one(tmp_path: Path, files_of: Files) -> None:
    build(tmp_path / "site", "one")
    before = files_of(tmp_path / "site")
    with (
        pytest.raises(InputError, match=r"--out .*: cannot be written: .*Is a directory"),
        new_generation(tmp_path / "site", NOW) as generation,
    ):
        generation.write_text("half", encoding="utf-8")
    assert files_of(tmp_path / "site") == before


def test_what_a_killed_build_left_goes_with_the_next_one(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    build(folder, "one")
    (folder / "build-20260301T000000Z-0a0a0a" / "data").mkdir(parents=True)
    name = build(folder, "two")
    assert sorted(path.name for path in folder.iterdir()) == [name, "index.html", "nightdesk-site.txt"]


def test_a_folder_that_no_build_wrote_is_left_alone(tmp_path: Path, files_of: Files) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match=r"--out .*: the folder is not empty, and was not written by `nightdesk site`"):
        build(tmp_path, "one")
    with pytest.raises(InputError, match=r"thesis\.txt: this is a file"):
        build(tmp_path / "thesis.txt", "one")
    assert files_of(tmp_path) == {"thesis.txt": b"years of work"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert (tmp_path / build(tmp_path, "one") / "data.js").read_text(encoding="utf-8") == "one"


def test_two_builds_at_once_are_refused(tmp_path: Path, files_of: Files) -> None:
    with new_generation(tmp_path / "site", NOW), pytest.raises(BusyError, match="another `nightdesk site` is writing there"):
        build(tmp_path / "site", "two")
    assert list(files_of(tmp_path / "site")) == ["nightdesk-site.txt"]
