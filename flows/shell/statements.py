"""Where a statement ends, and what is no statement.

Belongs here: reading what was typed or piped. Does not belong here: running it (session.py).
"""

from collections.abc import Iterable, Iterator

import duckdb

_LEAVING = frozenset(("quit", "exit"))


def is_command(text: str) -> bool:
    """Whether it is for the prompt itself: ".help", and the words by which people leave other prompts."""
    return text.lstrip().startswith(".") or text.strip(" \t\r\n;").lower() in _LEAVING


def is_complete(text: str) -> bool:
    """Whether it ends with a semicolon outside of strings and comments, or needs none."""
    return not text.strip() or is_command(text) or _is_ended(text)


def _is_ended(text: str) -> bool:
    if ";" not in text:
        return False
    raw = text.encode()  # token offsets count bytes
    meant = [(offset, kind.name) for offset, kind in duckdb.tokenize(text) if kind.name != "comment"]
    return bool(meant) and meant[-1][1] == "operator" and raw[meant[-1][0] : meant[-1][0] + 1] == b";"


def pieces(lines: Iterable[str]) -> Iterator[str]:
    """A script's commands, a line each, and its statements; the last of them needs no semicolon."""
    held: list[str] = []
    for line in lines:
        held.append(line)
        if is_complete(text := "".join(held)):
            held.clear()
            if text.strip():
                yield text
    if "".join(held).strip():
        yield "".join(held)
