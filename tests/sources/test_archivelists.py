"""Lists of WARC files: what a line may be, and what is none."""

import gzip
from pathlib import Path

import pytest

from sources.archivelists import Archive, archives_of, read_list
from transforms.errors import InputError

LINES = "crawl-data/CC-NEWS/2026/03/CC-NEWS-1.warc.gz\n\n# a comment\ncrawl-data/CC-NEWS/2026/03/CC-NEWS-2.warc.gz\n"


@pytest.mark.parametrize(
    "data", [LINES.encode(), gzip.compress(LINES.encode()), b"\xef\xbb\xbf" + LINES.replace("\n", "\r\n").encode()]
)
def test_a_list_is_read_plain_or_gzipped(data: bytes) -> None:
    assert read_list(data, "warc.paths.gz") == [f"crawl-data/CC-NEWS/2026/03/CC-NEWS-{number}.warc.gz" for number in (1, 2)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "names no WARC file"),
        (b"\x1f\x8b\x08broken", "is no list of WARC files"),
        (b"\xff\xfe\x00", "is no list of WARC files"),
        (b"<html>\n<body>", "'<html>' is no WARC file's name"),
        (b"a.warc.gz\nb.html", "'b.html' is no WARC file's name"),
    ],
)
def test_what_is_no_list_is_told(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_list(data, "warc.paths.gz")


def test_lines_are_joined_with_a_folder_or_a_url(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.warc.gz").write_bytes(b"x")
    kept = tmp_path / "kept"
    assert archives_of(["in/a.warc.gz", str(tmp_path / "in" / "a.warc.gz")], str(tmp_path), kept) == [
        Archive(tmp_path / "in" / "a.warc.gz"),
        Archive(tmp_path / "in" / "a.warc.gz"),
    ]
    assert archives_of(["x/../../a.warc.gz", "http://b.localhost:8/c%2F..%2Fd.warc"], "https://data.example/", kept) == [
        Archive(kept / "data.example" / "x" / "a.warc.gz", "https://data.example/x/../../a.warc.gz"),
        Archive(kept / "b.localhost" / "c" / "d.warc", "http://b.localhost:8/c%2F..%2Fd.warc"),
    ]


@pytest.mark.parametrize(
    ("line", "prefix", "words"),
    [("a.warc.gz", "/nowhere", "--prefix says where its files lie"), ("a.warc.gz", "s3://bucket", "only files and http")],
)
def test_a_line_that_leads_nowhere_is_told(line: str, prefix: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        archives_of([line], prefix, tmp_path)
