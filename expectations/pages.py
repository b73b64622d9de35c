"""Pages of HTML from templates: one environment, everything escaped, every page complete in itself.

Belongs here: the environment, its filters (how a number, a share, an instant is printed). Does not belong here: what a page says.
"""

from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(template: str, /, **context: Any) -> str:
    """The template of expectations/templates as text. A name that the template knows and `context` lacks raises."""
    return _environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("expectations"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["style"] = _style
    environment.filters |= {"number": number, "share": share, "instant": instant, "size": size, "minutes": minutes}
    environment.tests["web_address"] = is_web_address
    return environment


def number(value: float | None) -> str:
    """12345 -> "12,345"; no value -> "–"."""
    return "–" if value is None else f"{value:,.0f}"


def share(value: float | None) -> str:
    """0.973 -> "97%". Only all is 100% and only nothing is 0%: 0.9999 is "99%", 0.0001 is "<1%"."""
    if value is None:
        return "–"
    if 0 < value < 0.01:
        return "<1%"
    return f"{int(value * 100 + 1e-9) if value > 0.99 else round(value * 100)}%"


def instant(value: datetime | None) -> str:
    """An aware instant -> "2026-03-02 21:04 UTC"; no value -> "–"."""
    return "–" if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def size(value: float | None) -> str:
    """Bytes -> "3.4 MB", in powers of 1,000; no value -> "–"."""
    if value is None:
        return "–"
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def minutes(value: float | None) -> str:
    """Minutes -> "45 min", "3.2 h", "2.5 days"; no value -> "–"."""
    if value is None:
        return "–"
    if abs(value) < 90:
        return f"{value:.0f} min"
    return f"{value / 60:.1f} h" if abs(value) < 48 * 60 else f"{value / 1440:.1f} days"


def is_web_address(value: str | None) -> bool:
    """May this stand in a link? Refused rows hold addresses such as javascript:..."""
    return value is not None and value.lower().startswith(("http://", "https://"))


def _style(name: str) -> str:
    return (resources.files("expectations") / "templates" / name).read_text(encoding="utf-8")
