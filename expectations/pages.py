"""Pages from templates, HTML and Markdown: everything escaped, every page complete in itself.

Belongs here: the environments, their filters (how a number, a share, an instant is printed).
Does not belong here: what a page says.
"""

import re
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

_OPTIONS: dict[str, Any] = {"trim_blocks": True, "lstrip_blocks": True}
# All that CommonMark, and the tables and strikes of GitHub, give a meaning within a line.
_MARKDOWN_SIGN = re.compile(r"[\\`*_{}\[\]<>#|~&!]")


def render(template: str, /, **context: Any) -> str:
    """The template of expectations/templates as text. A name that the template knows and `context` lacks raises."""
    return _environment().get_template(template).render(context)


def render_markdown(template: str, /, **context: Any) -> str:
    """The same for Markdown: what an expression gives is text, whatever signs it holds."""
    return _markdown_environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    environment = _prepared(Environment(autoescape=True, **_OPTIONS))
    environment.globals["style"] = _style
    environment.tests["web_address"] = is_web_address
    return environment


@cache
def _markdown_environment() -> Environment:
    # Jinja's own escaping is for HTML alone; `finalize` sees what every expression gives, as that does.
    return _prepared(Environment(autoescape=False, finalize=markdown_text, **_OPTIONS))


def _prepared(environment: Environment) -> Environment:
    environment.loader = PackageLoader("expectations")
    environment.undefined = StrictUndefined
    environment.filters |= {
        "number": number,
        "share": share,
        "instant": instant,
        "clock": clock,
        "size": size,
        "minutes": minutes,
    }
    return environment


def markdown_text(value: object) -> str:
    """A value as one line of Markdown that shows it and marks nothing up: "a|b <c>" -> "a\\|b \\<c\\>"."""
    return _MARKDOWN_SIGN.sub(r"\\\g<0>", " ".join(str(value).split()))


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


def clock(value: datetime) -> str:
    """An aware instant -> "21:04:30"."""
    return f"{value.astimezone(UTC):%H:%M:%S}"


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
