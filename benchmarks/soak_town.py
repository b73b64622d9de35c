"""A small newsroom on loopback that prints a few new stories every night.

Belongs here: its server and its pages. Does not belong here: who reads them (soak.py).
"""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

# How many of the newest stories the front page lists: a night meets known ones again, as with a feed.
LISTED = 30

_SENTENCE = "On night {night} the council spoke of ferry {number}, of its crew of {crew} and of what the harbour owes them. "


class Town(http.server.ThreadingHTTPServer):
    """`next_night` brings `stories` new ones."""

    daemon_threads = True

    def __init__(self, stories: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stories, self.night = stories, 0

    @property
    def home(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_night(self) -> None:
        """More to read."""
        self.night += 1

    @property
    def printed(self) -> int:
        """How many stories there are by now; they are numbered from 0."""
        return self.night * self.stories

    def listing(self) -> str:
        """The addresses of the newest stories, a line each."""
        return "".join(f"{self.home}/story/{number}\n" for number in range(max(0, self.printed - LISTED), self.printed))

    def story(self, number: int) -> str:
        """One page."""
        night = number // self.stories + 1
        said = [_SENTENCE.format(night=night, number=number, crew=number % 97 + 3 + line) * 2 for line in range(6)]
        return (
            f'<html lang="en"><head><title>Ferry {number} of night {night}</title>'
            f'<meta property="article:published_time" content="{datetime.now(UTC):%Y-%m-%d}T00:00:00Z"></head>'
            f"<body><article><h1>Ferry {number} of night {night}</h1>{''.join(f'<p>{text}</p>' for text in said)}"
            "</article></body></html>"
        )

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up may."""


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Town)
        number = self.path.removeprefix("/story/")
        if self.path == "/list.txt":
            self._send("text/plain", self.server.listing())
        elif number.isdigit() and int(number) < self.server.printed:
            self._send("text/html", self.server.story(int(number)))
        else:
            self.send_error(404)

    def _send(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def open_town(stories: int) -> Iterator[Town]:
    """The town, served for the length of the block."""
    with Town(stories) as town:
        threading.Thread(target=town.serve_forever, daemon=True).start()
        yield town
        town.shutdown()
