"""examples/extension as if it were installed: its metadata is made from its own pyproject.toml."""

import asyncio
import importlib.util
import json
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from expectations.ownrules import forget_rules
from expectations.verdicts import judge
from flows.extensioncheck import extensions
from flows.notices import Notice, notify
from sources.config import load_sources
from sources.discover import Discovery, discover
from warehouse.schema import EXTRACTED

EXAMPLE = Path(__file__).parents[2] / "examples" / "extension"
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
BOARD = "http://harbour.localhost/board.json"
SOURCES = f"""
[settings]
delay_seconds = 0
[notify]
extensions = ["logbook"]
[[sources]]
name = "harbour"
extensions = {{ notice-board = ["{BOARD}"] }}
"""


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = tmp_path / "site" / "nightdesk_harbour-0.1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = project["entry-points"].items()
    lines = [line for group, named in points for line in (f"[{group}]", *(f"{n} = {t}" for n, t in named.items()))]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(EXAMPLE)
    monkeypatch.syspath_prepend(tmp_path / "site")
    forget_rules()
    yield
    monkeypatch.undo()
    for name in [name for name in sys.modules if name.startswith("nightdesk_harbour")]:
        del sys.modules[name]
    forget_rules()


def test_its_own_test_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("test_harbour", EXAMPLE / "tests" / "test_harbour.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.test_a_board_is_read_to_its_end()
    module.test_a_notice_is_a_line_of_the_logbook(tmp_path, monkeypatch)
    module.test_the_rule_has_a_name_of_its_own()


def test_doctor_names_its_three_extensions() -> None:
    of = "of nightdesk-harbour 0.1.0 (nightdesk."
    assert [finding.said for finding in extensions()] == [
        f"extension 'harbour' {of}rules: nightdesk_harbour.rules:RULES): rules harbour_body_without_filler",
        f"extension 'notice-board' {of}sources: nightdesk_harbour.sources:find)",
        f"extension 'logbook' {of}notifiers: nightdesk_harbour.notifiers:write)",
    ]


def test_each_does_its_part(kit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARBOUR_LOGBOOK", str(tmp_path / "book"))
    monkeypatch.delenv("NIGHTDESK_NOTIFY_URL", raising=False)
    (tmp_path / "sources.toml").write_text(SOURCES)
    config = load_sources(tmp_path / "sources.toml")
    notices = [{"address": "/quay", "heading": "Quay closed", "at": NOW.isoformat()}]

    async def night() -> Discovery:
        replies = {"harbour.localhost/board.json": json.dumps({"notices": notices})}
        async with kit.serving(replies) as site, kit.client(kit.quick(), site, *config.sources) as http:
            return await discover(config.sources, config.settings, http=http, now=lambda: NOW, day=date(2026, 3, 2))

    [candidate] = asyncio.run(night()).candidates
    assert (candidate.url, candidate.discovered_via, candidate.hints.title, candidate.hints.published_at) == (
        "http://harbour.localhost/quay",
        "notice-board",
        "Quay closed",
        NOW,
    )
    row = dict.fromkeys(EXTRACTED.names) | {
        "article_id": "0" * 32, "url": candidate.url, "canonical_url": candidate.url, "site": "harbour.localhost",
        "title": "Quay closed", "body": "Lorem ipsum dolor sit amet. " * 9, "body_length": 252, "published_at": NOW,
        "published_precision": "minute", "published_from": "meta", "page_count": 1, "pages_missing": 0, "content_hash": "0" * 32,
        "source": "harbour", "fetched_at": NOW, "extracted_at": NOW, "extractor": "x", "run_id": "r",
    }  # fmt: skip
    [refused] = judge(pa.Table.from_pylist([row], schema=EXTRACTED)).to_pylist()
    assert (refused["reason"], refused["detail"]) == (
        "invalid_field",
        "Not met: The text holds no filler of a template. Found: Lorem ipsum dolor sit amet",
    )
    assert notify(config.notify, Notice("gate", "the gate failed", ("Look at it.",))) == ()
    assert (tmp_path / "book").read_text() == "gate: the gate failed: Look at it.\n"
