"""Kinds of sources that other packages bring, asked beside a feed; what is wrong with one costs its place alone."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from sources import kinds
from sources.config import load_sources
from sources.discover import Discovery, discover
from transforms.errors import ConfigError
from transforms.records import Hints, Reason

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
POINTS = {"nightdesk.sources": {"board": "acme_desk:find"}}
NAMED = "extension 'board' of acme-desk 1.2 (nightdesk.sources: acme_desk:find)"
HEAD = """
import json, time
from datetime import UTC, datetime
from sources.feeds import Link
from transforms.records import Hints

def find(place, get):
"""
FEED = '<rss version="2.0"><channel><item><link>http://a.localhost/fed</link></item></channel></rss>'


def night(kit: Any, *places: str) -> Discovery:
    source = kit.local("s", feeds=("http://a.localhost/rss",), extensions=(("board", places),))
    replies = {"a.localhost/rss": FEED, "a.localhost/board.json": '["/1", "http://a.localhost/2"]'}

    async def ask() -> Discovery:
        async with kit.serving(replies) as site, kit.client(kit.quick(), site, source) as http:
            return await discover([source], kit.quick(), http=http, now=lambda: NOW, day=date(2026, 3, 2))

    return asyncio.run(ask())


def test_what_it_finds_are_candidates_under_its_name_with_its_hints(kit: Any, install: Callable[..., Path]) -> None:
    code = '    for link in json.loads(get(place).body):\n        yield Link(link, Hints(title="Quay"))\n'
    install("acme-desk", HEAD + code, POINTS)
    board = "http://a.localhost/board.json"
    found = night(kit, board)
    assert [(each.url, each.discovered_via, each.discovered_from, each.hints) for each in found.candidates] == [
        ("http://a.localhost/fed", "feed", "http://a.localhost/rss", Hints()),
        ("http://a.localhost/1", "board", board, Hints("Quay")),
        ("http://a.localhost/2", "board", board, Hints("Quay")),
    ]
    assert found.failures == ()


@pytest.mark.parametrize(
    ("code", "reason", "detail"),
    [
        ("raise ValueError('no quay')", Reason.UNREADABLE_LIST, f"{NAMED}: ValueError: no quay"),
        ("yield 'x'", Reason.UNREADABLE_LIST, f"{NAMED}: TypeError: it gave 'x', must be a sources.feeds.Link"),
        ("return None", Reason.UNREADABLE_LIST, f"{NAMED}: TypeError: 'NoneType' object is not iterable"),
        (
            "yield Link('http://a.localhost/2', Hints(published_at=datetime(2026, 3, 2)))",
            Reason.UNREADABLE_LIST,
            f"{NAMED}: TypeError: http://a.localhost/2: its times bear no zone",
        ),
        ("get('http://a.localhost/none')", Reason.NOT_FOUND, None),
        ("time.sleep(5)", Reason.UNREADABLE_LIST, f"{NAMED}: did not end within 0.5 s"),
        (
            "while True: yield Link('http://a.localhost/1')",
            Reason.UNREADABLE_LIST,
            f"{NAMED}: ValueError: more than 9 links of one place",
        ),
    ],
)
def test_one_that_fails_is_a_row_under_its_place_and_the_night_goes_on(
    kit: Any,
    install: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    reason: Reason,
    detail: str | None,
) -> None:
    monkeypatch.setattr(kinds, "LONGEST_SECONDS", 0.5)
    monkeypatch.setattr(kinds, "MOST_LINKS", 9)
    first = "" if code.startswith("return") else "    yield Link('http://a.localhost/1')\n"
    install("acme-desk", f"{HEAD}{first}    {code}\n", POINTS)
    found = night(kit, "quay")
    assert [each.url for each in found.candidates] == ["http://a.localhost/fed", *(["http://a.localhost/1"] if first else [])]
    [failure] = found.failures
    assert (failure.candidate.url, failure.candidate.discovered_via, failure.reason) == ("board:quay", "board", reason)
    assert failure.detail == (detail or failure.detail)


def test_sources_toml_names_kinds_with_their_places(tmp_path: Path, install: Callable[..., Path]) -> None:
    install("acme-desk", HEAD + "    return []\n", POINTS)
    file = tmp_path / "sources.toml"
    file.write_text('[[sources]]\nname = "a"\nextensions = { board = ["http://a.localhost/b"] }\n')
    [source] = load_sources(file).sources
    assert (source.extensions, source.own_hosts, source.is_local) == (
        (("board", ("http://a.localhost/b",)),),
        frozenset({"a.localhost"}),
        True,
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "extensions = 3",
            'must be installed kinds with a list of places each, such as { board = ["https://a.example/board"] }, is 3',
        ),
        ('extensions = { feed = ["x"] }', "'feed' is what nightdesk reads itself, by a key of its own"),
        (
            'extensions = { bord = ["x"] }',
            "no extension 'bord' of nightdesk.sources is installed. Did you mean 'board'? Installed are board; "
            "install the package that brings it beside nightdesk",
        ),
        (
            'extensions = { board = ["x"] }',
            f"{NAMED}: must be a plain function of (place, get): too many positional arguments. "
            "Mend that package, or do without it: pip uninstall acme-desk",
        ),
    ],
)
def test_what_is_wrong_with_one_is_told_before_the_night(
    tmp_path: Path, install: Callable[..., Path], line: str, problem: str
) -> None:
    install("acme-desk", "def find(place): ...", POINTS)
    file = tmp_path / "sources.toml"
    file.write_text(f'[[sources]]\nname = "a"\nfeeds = ["http://a.localhost/f"]\n{line}\n')
    with pytest.raises(ConfigError) as raised:
        load_sources(file)
    assert str(raised.value) == f"{file}:4: [sources] extensions: {problem}"
