"""Refused pages: what has become of them, which are meant, and false alarms that are not raised again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from transforms.errors import InputError
from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.quarantine import (
    Selection,
    as_extracted,
    chosen_rows,
    create_view,
    release_rulings,
    released_before,
    replay_rulings,
    whole_ids,
)
from warehouse.query import connect
from warehouse.schema import QUARANTINE, REFUSED
from warehouse.views import publish

Make = Callable[..., pa.Table]
NIGHT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def refuse(lake: Lake, rows: pa.Table, run_id: str, *, reason: str = "short_body", days: int = 0) -> list[str]:
    """Rows into the quarantine as those of a run; gives their ids."""
    ids = [f"{run_id[-1]}{number:015x}" for number in range(rows.num_rows)]
    refused = [
        row
        | {
            "quarantine_id": row_id,
            "reason": reason,
            "broken_rules": [{"rule": "body_long_enough", "column": "body_length", "value": "12"}],
            "replay_state": "open",
            "run_id": run_id,
            "fetched_at": NIGHT + timedelta(days=days),
        }
        for row_id, row in zip(ids, rows.to_pylist(), strict=True)
    ]
    lake.append_once("quarantine", pa.Table.from_pylist(refused, schema=QUARANTINE), batch_id=run_id)
    return ids


def states(lake: Lake) -> dict[str, str]:
    with duckdb.connect(":memory:") as con:
        create_view(con, lake)
        return dict(con.sql("select quarantine_id, replay_state from quarantine").fetchall())


def test_a_row_is_open_until_it_is_ruled_on_or_its_page_is_looked_at_again(lake: Lake, make_rows: Make, make_pages: Make) -> None:
    names = ("open", "passes", "fails", "unreadable", "seen", "not_due", "earlier")
    rows = make_rows(*((name, "a") for name in names))
    ids = dict(zip(names, refuse(lake, rows, "run-1", days=1), strict=True))
    url = {name: f"https://harian.example/{name}" for name in names}
    chosen = chosen_rows(lake, Selection(ids=tuple(ids[name] for name in names[1:4])), states=("open",))
    later = {"run_id": "run-2", "fetched_at": NIGHT + timedelta(days=1)}
    ledger = make_pages(
        (url["passes"], "unchanged", "same_content", later),
        (url["fails"], "failed", "login_wall", later),
        (url["unreadable"], "failed", "bad_warc_record", later),
        (url["seen"], "stored", "new_article", later),
        (url["not_due"], "unchanged", "not_due", later),
        (url["earlier"], "stored", "new_article", later | {"fetched_at": NIGHT}),
    )
    lake.append_once("pages", ledger, batch_id="run-2")
    rulings = replay_rulings(chosen, ledger, run_id="run-2", now=NIGHT)
    assert [(row["quarantine_id"], row["ruling"], row["reason"]) for row in rulings.to_pylist()] == [
        (ids["fails"], "superseded", "login_wall"),
        (ids["passes"], "replayed", "same_content"),
    ]
    lake.append_once("rulings", rulings, batch_id="run-2")
    assert states(lake) == {
        ids["open"]: "open",
        ids["passes"]: "replayed",
        ids["fails"]: "superseded",
        ids["unreadable"]: "open",
        ids["seen"]: "superseded",
        ids["not_due"]: "open",
        ids["earlier"]: "open",
    }


def test_rows_are_chosen_by_all_that_is_given_and_of_one_page_the_newest(lake: Lake, make_rows: Make) -> None:
    rows = make_rows(
        ("kali", "a"), ("pasar", "b", {"source": "suara", "site": "news.suara.example"}), ("sawah", "c", {"site": None})
    )
    refuse(lake, rows, "run-1")
    newer = refuse(lake, rows.slice(0, 1), "run-2", reason="missing_date", days=1)
    assert chosen_rows(lake, Selection(), states=("open",))["quarantine_id"].to_pylist() == [
        newer[0], "1000000000000001", "1000000000000002",
    ]  # fmt: skip

    def chosen(**given: Any) -> list[str]:
        return chosen_rows(lake, Selection(**given), states=("open",))["quarantine_id"].to_pylist()

    assert chosen(reason="missing_date") == newer
    assert chosen(source="suara") == ["1000000000000001"]
    assert chosen(site="suara.example") == ["1000000000000001"]
    assert chosen(site="harian.example") == [newer[0], "1000000000000002"]
    assert chosen(run="run-2", source="suara") == []
    assert chosen(ids=("1000000000000001", "1000000000000002"), source="harian") == ["1000000000000002"]


def test_an_id_may_be_cut_short_as_long_as_it_names_one_row(data: DataDir, lake: Lake, make_rows: Make) -> None:
    refuse(lake, make_rows(("kali", "a"), ("pasar", "b")), "run-1")
    refuse(lake, make_rows(("sawah", "c")), "run-2")
    publish(data)
    with connect(data) as con:
        assert whole_ids(con, ["2000", "2000000000000000", "1000000000000001"]) == ("2000000000000000", "1000000000000001")
        for wrong, message in (
            ("1000", "1000: several rows have ids that begin so: 1000000000000000, 1000000000000001"),
            ("3000", "3000: no row of the quarantine has an id that begins so"),
            ("200", "'200' is no id"),
            ("2000' or true --", "is no id"),
        ):
            with pytest.raises(InputError, match=message.replace("'", ".")):
                whole_ids(con, [wrong])


def test_a_false_alarm_is_not_raised_again_for_the_same_content_and_rules(lake: Lake, make_rows: Make, make_pages: Make) -> None:
    rows = make_rows(("kali", "a"), ("pasar", "b"))
    ids = refuse(lake, rows, "run-1")
    chosen = chosen_rows(lake, Selection(ids=(ids[0],)), states=("open",))
    assert as_extracted(chosen, "run-2").to_pylist() == [rows.to_pylist()[0] | {"run_id": "run-2"}]
    pages = make_pages(("https://harian.example/kali", "stored", "new_article", {"article_id": "id-kali"}))
    rulings = release_rulings(chosen, pages, run_id="run-2", now=NIGHT, because="a notice is short")
    lake.append_once("rulings", rulings, batch_id="run-2")
    assert states(lake) == {ids[0]: "released", ids[1]: "open"}

    def refused(*names_and_rules: tuple[str, list[str]]) -> pa.Table:
        return pa.Table.from_pylist(
            [
                {
                    "url": f"https://harian.example/{name}",
                    "reason": "short_body",
                    "broken_rules": [{"rule": rule, "column": "body", "value": None} for rule in rules],
                }
                for name, rules in names_and_rules
            ],
            schema=REFUSED,
        )

    tonight = make_rows(("kali", "a"), ("pasar", "b"))
    both = refused(("kali", ["body_long_enough"]), ("pasar", ["body_long_enough"]))
    assert released_before(lake, tonight, both)["url"].to_pylist() == ["https://harian.example/kali"]
    other_rule = refused(("kali", ["body_long_enough", "title_present"]))
    assert released_before(lake, tonight, other_rule).num_rows == 0
    changed = make_rows(("kali", "other words"))
    assert released_before(lake, changed, both).num_rows == 0
