"""article_changes: what a reader of a corrected article is told."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.query import connect
from warehouse.views import publish

Make = Callable[..., pa.Table]
LONG = "Kalimat yang panjang sekali, sehingga lebih dari enam puluh huruf ada di dalamnya."


@pytest.mark.parametrize(
    ("before", "after", "diff"),
    [
        ("A\n\nB\n\nC", "A\n\nB2\n\nC", "  A\n- B\n+ B2\n  C"),
        ("A\n\nB", "A\n\nB\n\nC", "  A\n  B\n+ C"),
        ("A\n\nB\n\nC", "C", "- A\n- B\n  C"),
        ("B\n\nC", "A\n\nB\n\nC", "+ A\n  B\n  C"),
        ("A\n\nB\n\nC\n\nD", "A\n\nX\n\nY\n\nD", "  A\n- B\n- C\n+ X\n+ Y\n  D"),
        ("A", "B", "- A\n+ B"),
        (f"{LONG}\n\nB", f"{LONG}\n\nC", f"  {LONG[:60]}…\n- B\n+ C"),
        ("A\n\nB", "B\n\nA", None),  # nothing was written or taken away
        ("A", "A", None),  # the headline alone
        (None, "A", "- \n+ A"),
    ],
)
def test_the_body_line_by_line(data: DataDir, make_rows: Make, before: str | None, after: str, diff: str | None) -> None:
    for content, body in (("a", before), ("b", after)):
        load_articles(
            Lake(data.lake), make_rows(("kali", content, {"body": body})), batch_id=content, staged=data.staged_of(content)
        )
    publish(data)
    with connect(data) as con:
        changes = con.execute("select version, title_before, title_after, body_diff from article_changes").fetchall()
    assert changes == [(2, "Title kali a", "Title kali b", diff)]
