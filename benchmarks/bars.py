"""Bars in SVG, drawn by hand: a figure is no reason for a plotting library.

Belongs here: panels of horizontal bars. Does not belong here: what they show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_LABEL, _WIDTH, _VALUE, _ROW = 170, 330, 70, 22  # pixels: names, bars, the figure behind a bar, a line's height
_GREY, _COLOUR, _HIGHLIGHT = "#888", "#6f93b8", "#d9662b"  # legible on white and on black


@dataclass(frozen=True)
class Bar:
    """One bar: whose, how long, and the figure written behind it."""

    name: str
    value: float
    label: str


@dataclass(frozen=True)
class Panel:
    """Bars of one measure. `full` is the value of a bar of full width; None: the greatest there is."""

    title: str
    bars: Sequence[Bar]
    full: float | None = None


def draw(panels: Sequence[Panel], *, highlight: str) -> str:
    """The panels one below the other, as one SVG document; bars of the name `highlight` stand out."""
    drawn, top = [], 0
    for panel in panels:
        drawn.append(_panel(panel, top, highlight))
        top += (len(panel.bars) + 2) * _ROW
    width = _LABEL + _WIDTH + _VALUE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}" height="{top}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{_GREY}">\n{"".join(drawn)}</svg>\n'
    )


def _panel(panel: Panel, top: int, highlight: str) -> str:
    full = panel.full or max((bar.value for bar in panel.bars), default=0.0) or 1.0
    lines = [f'<text x="0" y="{top + 16}" font-weight="bold">{escape(panel.title)}</text>\n']
    for number, bar in enumerate(panel.bars, 1):
        y, length = top + number * _ROW, max(1, round(_WIDTH * bar.value / full))
        colour = _HIGHLIGHT if bar.name == highlight else _COLOUR
        lines.append(f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(bar.name)}</text>')
        lines.append(f'<rect x="{_LABEL}" y="{y + 3}" width="{length}" height="{_ROW - 6}" fill="{colour}"/>')
        lines.append(f'<text x="{_LABEL + length + 6}" y="{y + 15}">{escape(bar.label)}</text>\n')
    return "".join(lines)
