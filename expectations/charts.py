"""Small charts as numbers that a template draws: where a line runs, how high a column is.

Belongs here: geometry. Does not belong here: colours and markup (templates/), what is drawn (report.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

# Units of the view box of a line; the page may draw it at any size.
LINE_WIDTH, LINE_HEIGHT = 120, 24
_MARGIN = 3  # room for the dot at its end


@dataclass(frozen=True, slots=True)
class Line:
    """A line over nights, in units of its view box: a point list per stretch without a gap, the last night's point, the usual."""

    stretches: tuple[str, ...]
    end: tuple[float, float] | None
    usual: float | None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a whole, in percent of it."""

    start: float
    width: float


def line(values: Sequence[float | None], usual: float | None = None) -> Line:
    """Values from the first night to the last, from 0 at the bottom to the largest at the top; None leaves a gap."""
    top = max((value for value in (*values, usual) if value is not None), default=0) or 1
    step = (LINE_WIDTH - 2 * _MARGIN) / max(1, len(values) - 1)
    points = [
        None if value is None else (round(_MARGIN + number * step, 1), _height(value, top)) for number, value in enumerate(values)
    ]
    return Line(
        stretches=tuple(
            " ".join(f"{point[0]:g},{point[1]:g}" for point in stretch if point)
            for is_there, stretch in groupby(points, key=lambda point: point is not None)
            if is_there
        ),
        end=points[-1] if points else None,
        usual=None if usual is None else _height(usual, top),
    )


def _height(value: float, top: float) -> float:
    return round(LINE_HEIGHT - _MARGIN - max(0.0, value) / top * (LINE_HEIGHT - 2 * _MARGIN), 1)


def stacked(row: Mapping[str, float], parts: Sequence[str], total: float) -> Iterator[tuple[str, Span]]:
    """The parts of a row one after the other, as shares of `total`; parts of nothing are left out."""
    start = 0.0
    for part in parts:
        if row[part]:
            width = 100 * row[part] / (total or 1)
            yield part, Span(start, width)
            start += width


def span(began_at: datetime, ended_at: datetime, whole: tuple[datetime, datetime]) -> Span:
    """When something was, as a part of the whole time; a moment is half a percent, so that it can be seen."""
    seconds = (whole[1] - whole[0]).total_seconds() or 1.0
    start = 100 * (began_at - whole[0]).total_seconds() / seconds
    width = max(0.5, 100 * (ended_at - began_at).total_seconds() / seconds)
    return Span(min(start, 99.5), min(width, 100 - min(start, 99.5)))
