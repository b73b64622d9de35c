"""A notifier: each notice is a line of the file that $HARBOUR_LOGBOOK names."""

import os
from pathlib import Path

from flows.notices import Notice


def write(notice: Notice) -> None:
    """Append a notice. KeyError if the variable is not set, which the night says in its log."""
    with Path(os.environ["HARBOUR_LOGBOOK"]).open("a", encoding="utf-8") as book:
        book.write(f"{notice.kind}: {notice.subject}: {' '.join(notice.sentences)}\n")
