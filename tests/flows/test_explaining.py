"""`nightdesk extract --explain` as people and scripts read it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]
PARAGRAPH = "The council voted on Tuesday to mend the roof of the old market hall before the winter storms arrive."
PAGE = f"""<html lang="en-GB"><head><title>Roof to be mended | Hall News</title>
<meta property="og:site_name" content="Hall News"><meta property="article:published_time" content="2026-03-01T09:30:00+01:00">
<link rel="canonical" href="https://hall.example/roof"></head><body><article><h1>Roof to be mended</h1><p>By Ilse Brandt</p>
<div><p>{PARAGRAPH}</p><p>Work begins in May. {PARAGRAPH}</p><p>It is to end in June. {PARAGRAPH}</p></div></article>
<div class="newsletter">Sign up for our newsletter</div></body></html>"""

TEXT = """\
https://hall.example/roof
  title         Roof to be mended
                from <h1>, <title>
  authors       Ilse Brandt
                from lines around the headline
  published_at  2026-03-01 09:30:00 +01:00
                from meta article:published_time
  modified_at   -
  section       -
  tags          -
  language      en
                from html lang
  site_name     Hall News
                from meta og:site_name
  image_url     -
  is_free       -
  canonical_url https://hall.example/roof
                from link rel=canonical, where the page was found
  lead          -
  body          3 paragraphs, 349 characters
                from trafilatura, its first extractor
                not  "Sign up for our newsletter": a box, menu or advertisement
                     by its mark-up, <div class="newsletter">

"""


def test_an_explanation_is_a_text_for_people(tmp_path: Path, nightdesk: Run) -> None:
    (tmp_path / "roof.html").write_text(PAGE)
    done = nightdesk("extract", "--explain", tmp_path / "roof.html")
    assert (done.returncode, done.stdout) == (0, TEXT)


def test_an_explanation_is_a_json_line_for_scripts(tmp_path: Path, nightdesk: Run) -> None:
    (tmp_path / "roof.html").write_text(PAGE)
    (tmp_path / "empty.html").write_text(" ")
    done = nightdesk("extract", "--explain", tmp_path / "roof.html", tmp_path / "empty.html", "--out", tmp_path / "why.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    roof, empty = map(json.loads, (tmp_path / "why.jsonl").read_text().splitlines())
    assert (roof["url"], roof["rejection"]) == ("https://hall.example/roof", None)
    assert roof["findings"][0] == {
        "field": "title",
        "value": "Roof to be mended",
        "sources": ["<h1>", "<title>"],
        "rejected": [],
    }
    assert empty == {
        "url": (tmp_path / "empty.html").as_uri(),
        "rejection": "empty_page",
        "rejection_detail": "1 bytes, none but white space",
        "broken_rules": [],
        "findings": [],
        "engine": "",
        "cut": [],
        "regained": [],
        "missed": [],
    }


def test_explanations_are_no_table(tmp_path: Path, nightdesk: Run) -> None:
    done = nightdesk("extract", "--explain", tmp_path / "roof.html", "--out", tmp_path / "why.parquet")
    assert (done.returncode, done.stdout) == (2, "")
    assert "end the name in .jsonl" in done.stderr
