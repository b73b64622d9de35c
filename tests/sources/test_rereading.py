"""Archived pages come back as a fetch would have given them."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sources.records import Answer
from sources.rereading import Archived, Rereader
from sources.warc import WarcWriter
from transforms.paging import next_page_url
from transforms.records import Candidate, Hints, Reason, WarcPointer

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
URL = "http://a.localhost/berita/jembatan-gantung-ditutup"


def write(archive: WarcWriter, url: str, body: str, final_url: str | None = None) -> WarcPointer:
    headers = (("Content-Type", "text/html"), ("ETag", '"1"'))
    answer = Answer(url=url, final_url=final_url or url, fetched_at=NOW, status=200, headers=headers, body=body.encode())
    return archive.write(answer, Candidate(url, "s", "feed", NOW, hints=Hints("Judul")))


def archived(folder: Path, pointer: WarcPointer, url: str = URL, pages: int = 1) -> Archived:
    return Archived(url, "kabar", NOW, folder / Path(pointer.file).name, pointer, pages)


def reader() -> Rereader:
    return Rereader(next_page_url, lambda: NOW)


def test_a_page_comes_back_under_its_rows_url_source_and_pointer(tmp_path: Path) -> None:
    with WarcWriter(tmp_path / "1.warc.gz", name="run/1.warc.gz") as archive:
        pointer = write(archive, URL, "<html>x</html>", final_url="http://a.localhost/2")
    item = reader().fetched(archived(tmp_path, pointer))
    path = str(tmp_path / "1.warc.gz")
    assert item.candidate == Candidate(URL, "kabar", "warc", NOW, path, Hints("Judul"))
    assert (item.reason, item.warc, item.final_url, item.etag, item.fetched_at, item.parts) == (
        None, pointer, "http://a.localhost/2", '"1"', NOW, (),
    )  # fmt: skip


def test_the_further_pages_of_an_article_are_found_in_whatever_segment(tmp_path: Path) -> None:
    link = f'<html><head><link rel="next" href="{URL}?page={{}}"></head><p>x</p></html>'
    with WarcWriter(tmp_path / "1.warc.gz", name="run/1.warc.gz", segment_bytes=1) as archive:
        first = write(archive, URL, link.format(2))
        write(archive, "http://a.localhost/other", "<html>other</html>")
        second = write(archive, f"{URL}?page=2", link.format(3))
        third = write(archive, f"{URL}?page=3", "<html><p>end</p></html>")
    again = reader()
    item = again.fetched(archived(tmp_path, first, pages=3))
    assert (item.reason, item.warc) == (None, first)
    assert item.parts == tuple(replace(part, file=str(tmp_path / Path(part.file).name)) for part in (second, third))
    assert again.fetched(archived(tmp_path, first)).parts == ()  # the row says that it has one page


def test_of_an_article_that_was_fetched_again_after_a_kill_the_later_pages_count(tmp_path: Path) -> None:
    link = f'<html><head><link rel="next" href="{URL}?page=2"></head><p>x</p></html>'
    captures = []
    for name in ("1.warc.gz", "1-2.warc.gz"):
        with WarcWriter(tmp_path / name, name=f"run/{name}") as archive:
            captures.append((write(archive, URL, link), write(archive, f"{URL}?page=2", "<html><p>end</p></html>")))
    first, second = captures[1]
    item = reader().fetched(archived(tmp_path, first, pages=2))
    assert (item.warc, item.parts) == (first, (replace(second, file=str(tmp_path / "1-2.warc.gz")),))


def test_a_raw_page_that_is_gone_or_damaged_is_a_reason(tmp_path: Path) -> None:
    with WarcWriter(tmp_path / "1.warc.gz") as archive:
        pointer = write(archive, URL, "<html>x</html>")
    found = [
        reader().fetched(archived(tmp_path, where))
        for where in (
            WarcPointer("1.warc.gz", pointer.offset + 7),
            WarcPointer("1.warc.gz", 10**9),
            WarcPointer("none.warc.gz", 0),
        )
    ]
    assert [(item.candidate.url, item.reason, item.warc) for item in found] == [(URL, Reason.BAD_WARC_RECORD, None)] * 3
    assert "none.warc.gz" in str(found[2].candidate.discovered_from)
