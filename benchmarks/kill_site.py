"""The bundled newsroom where any process of this machine can reach it: each outlet at a loopback address and a port of its own.

Belongs here: its pages, their links moved there, a sources.toml to match, today's edition. Does not belong here: who asks.
`nightdesk run --sample` leads names to its own process's newsroom; a schedule's and a worker's nights are not led, so the names
themselves are changed. The second to the last address of 127.0.0.0/8 are this machine's on Linux, not everywhere.
"""

import gzip
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

from kill_ways import free_port

from sources.newsroom.content import load_newsroom, newsroom_root
from sources.newsroom.edition import Answer, Edition, edition
from sources.newsroom.server import serve

# One page hangs on purpose; a machine under load must not make others hang as well.
_HANGING = "/weather/outlook"
_PATIENT = "timeout_seconds = 20"
# Everything is fetched and extracted every night, so that each can be killed there; two outlets keep answering 304.
_KEEP_VALIDATORS = ("kupferbach", "shiokaze")


class Site:
    """The newsroom's servers; `sources` is the sources.toml to ask them by."""

    def __init__(self, folder: Path) -> None:
        self._outlets = [outlet.name for outlet in load_newsroom().outlets]
        self._hosts = {f"{name}.localhost": f"127.0.0.{number}" for number, name in enumerate(self._outlets, 2)}
        self._port = free_port("127.0.0.2")
        self._open = ExitStack()
        self.sources = folder / "sources.toml"
        self.sources.write_text(self._sources(), encoding="utf-8")

    def _sources(self) -> str:
        text = self._moved((newsroom_root() / "sources.toml").read_bytes()).decode()
        text = re.sub(r"timeout_seconds = \d+", _PATIENT, text)
        return text.replace('name = "northmoor"\n', f"name = \"northmoor\"\nexclude = ['{_HANGING}']\n")

    def publish(self, day: date) -> None:
        """Today's edition in the place of the last one."""
        self.close()
        whole = {_address(key, self._hosts): self._answer(key, answer) for key, answer in edition(day).items()}
        for host in self._hosts.values():
            mine: Edition = {key: answer for key, answer in whole.items() if key.startswith(f"{host}/")}
            self._open.enter_context(serve(day, port=self._port, host=host, answers=mine))

    def close(self) -> None:
        """Nobody answers any more."""
        self._open.close()

    def _answer(self, key: str, answer: Answer) -> Answer:
        is_packed = answer.body[:2] == b"\x1f\x8b" and answer.content_type == "application/gzip"
        body = _repacked(answer.body, self._moved) if is_packed else self._moved(answer.body)
        headers = tuple((name, self._moved(value.encode()).decode()) for name, value in answer.headers)
        moved = replace(answer, body=body, headers=headers)
        if key.startswith(_KEEP_VALIDATORS):
            return moved
        return replace(moved, etag=None, last_modified=None)

    def _moved(self, text: bytes) -> bytes:
        for name, host in self._hosts.items():
            text = text.replace(name.encode(), f"{host}:{self._port}".encode())
        return text


def _repacked(body: bytes, change: Callable[[bytes], bytes]) -> bytes:
    try:
        return gzip.compress(change(gzip.decompress(body)), mtime=0)
    except EOFError:  # one is cut off on purpose
        return body


def _address(key: str, hosts: Mapping[str, str]) -> str:
    host, slash, path = key.partition("/")
    return hosts.get(host, host) + slash + path
