"""A kind of source: a notice board, JSON that names its pages and where its next part is.

{"notices": [{"address": "/2026/quay", "heading": "Quay closed", "at": "2026-03-02T06:00:00+00:00"}], "next": "/board-2.json"}
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import urljoin

from sources.feeds import Link
from sources.records import Answer
from transforms.records import Hints


def find(place: str, get: Callable[[str], Answer]) -> Iterator[Link]:
    """The pages of a board and of all its further parts."""
    seen: set[str] = set()
    while place not in seen:
        seen.add(place)
        board = json.loads(get(place).body)
        for notice in board["notices"]:
            yield Link(urljoin(place, notice["address"]), Hints(notice["heading"], datetime.fromisoformat(notice["at"])))
        place = urljoin(place, board.get("next") or "")
