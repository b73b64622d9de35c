"""The package as nightdesk sees it when it is installed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nightdesk_harbour.notifiers import write
from nightdesk_harbour.rules import RULES
from nightdesk_harbour.sources import find

from flows.notices import Notice
from sources.feeds import Link
from sources.records import Answer
from transforms.records import Hints

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)
BOARDS = {
    "http://a.example/1": {"notices": [{"address": "/quay", "heading": "Quay", "at": AT.isoformat()}], "next": "/2"},
    "http://a.example/2": {"notices": [{"address": "/mast", "heading": "Mast", "at": AT.isoformat()}], "next": "/1"},
}


def test_a_board_is_read_to_its_end() -> None:
    def get(url: str) -> Answer:
        return Answer(url=url, final_url=url, fetched_at=AT, status=200, body=json.dumps(BOARDS[url]).encode())

    assert list(find("http://a.example/1", get)) == [
        Link("http://a.example/quay", Hints("Quay", AT)),
        Link("http://a.example/mast", Hints("Mast", AT)),
    ]


def test_a_notice_is_a_line_of_the_logbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARBOUR_LOGBOOK", str(tmp_path / "book"))
    write(Notice("gate", "the gate failed", ("6 of 10 pages failed.", "Look at it.")))
    assert (tmp_path / "book").read_text() == "gate: the gate failed: 6 of 10 pages failed. Look at it.\n"


def test_the_rule_has_a_name_of_its_own() -> None:
    assert [rule.name for rule in RULES] == ["harbour_body_without_filler"]
