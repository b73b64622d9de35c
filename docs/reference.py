"""The parts of these pages that the code knows best: `make reference` writes them, a test fails when one is stale.

Belongs here: what stands between `<!-- made: NAME -->` and `<!-- end -->` in the pages. Does not belong here: building the site.
"""

import dataclasses
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING
from functools import partial
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
from licences import licence_table

from expectations.rules import RULES
from flows import cli
from sources.config import FetchSettings, GateSettings, NotifySettings, Source
from sources.siterules import Site
from transforms import records
from transforms.records import REASON_DISPOSITION, Reason
from transforms.siterules import SiteRule
from warehouse.catalog import VIEW_OF_TABLE, VIEWS, description, read_view
from warehouse.schema import TABLES

DOCS = Path(__file__).parent
EXAMPLE = DOCS.parent / "examples" / "sources.toml"
_PART = re.compile(r"(<!-- made: ([a-z_ ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
# As in examples/sources.toml: "key = value   # meaning", a "# " before a key that is left out, further lines of a meaning set in.
_KEY = re.compile(r"^(?:# )?([a-z_]+) = .*?(?:\s#\s(.*))?$")
_MORE = re.compile(r"^\s{20,}# (.*)$")


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
    )


def columns(name: str) -> str:
    """The columns of a table of the lake."""
    head = ("column", "type", "meaning")
    return table(head, ((f"`{field.name}`", _type(field), description(field)) for field in TABLES[name]))


def _type(field: "pa.Field[pa.DataType]") -> str:
    """As DuckDB and people say it; a column that is never null says so."""
    shown = (
        str(field.type)
        .replace("timestamp[us, tz=UTC]", "instant")
        .replace("list<item: ", "list<")
        .replace("list<element: ", "list<")
    )
    if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
        shown = "list of " + ", ".join(part.name for part in field.type.value_type)
    return f"{shown}, never null" if not field.nullable else shown


def views() -> str:
    """What SQL can be asked of: the tables under the names that they bear there, and the views."""
    grains = {name: schema.metadata[b"grain"].decode() for name, schema in TABLES.items()}
    tables = ((f"`{VIEW_OF_TABLE.get(name, name)}`", grain[0].upper() + grain[1:] + ".") for name, grain in grains.items())
    return table(("name", "holds"), iter([*tables, *((f"`{name}`", read_view(name).grain) for name in VIEWS)]))


def reasons() -> str:
    """Every reason that the ledger knows, by disposition; what it means is the remark beside it in transforms/records.py."""
    code = Path(records.__file__).read_text(encoding="utf-8")
    remarks = dict(re.findall(r'^    [A-Z_]+ = "(\w+)"  # (.+)$', code, re.MULTILINE))
    pairs = ((REASON_DISPOSITION[reason], reason) for reason in Reason)
    return table(("disposition", "reason", "means"), ((what, f"`{why}`", remarks.get(why, "")) for what, why in pairs))


def rules() -> str:
    """Every rule that rows are held to, in their order: of several broken ones the first gives the reason."""
    head = ("rule", "column", "severity", "a row that breaks it", "what must hold")
    fate = {"quarantine": "is quarantined", "warn": "is stored, and counted", "fail": "fails the night"}
    return table(head, ((f"`{r.name}`", f"`{r.column}`", r.severity, fate[r.action], r.meaning) for r in RULES))


def verbs() -> str:
    """The command line, verb by verb, as its parser knows it."""
    parts = []
    for name in cli.VERBS:
        command = cli.nightdesk.get_command(None, name)  # type: ignore[arg-type]  # it asks for none
        parts += [_verb(["nightdesk", name], command, 2)]
        for sub in getattr(command, "commands", {}).values():
            parts += [_verb(["nightdesk", name, sub.name], sub, 3)]
    return "\n".join(parts)


def _verb(words: list[str], command: Any, level: int) -> str:
    context = click.Context(command, info_name=" ".join(words))
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [
        f"{'#' * level} {' '.join(words)}",
        "",
        _paragraphs(command.help or ""),
        "",
        "```text",
        f"{' '.join(words)} {usage}",
        "```",
        "",
    ]
    options = [_option(parameter, context) for parameter in command.params if isinstance(parameter, click.Option)]
    return "\n".join([*lines, table(("option", "meaning", "default"), iter(options)) if options else ""])


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str]:
    names = ", ".join([*option.opts, *option.secondary_opts])
    value = "" if option.is_flag or option.count else f" {option.make_metavar(context)}"
    given = option.default
    shown = "" if option.is_flag or option.multiple or given is None or "Sentinel" in type(given).__name__ else f"`{given}`"
    return f"`{names}{value}`", option.help or "", shown


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.replace("\b", "").split()) for part in text.split("\n\n"))


SECTIONS: dict[str, tuple[Any, ...]] = {
    "settings": (FetchSettings,),
    "gate": (GateSettings,),
    "notify": (NotifySettings,),
    "sources": (Source,),
    "sites": (SiteRule, Site),
}


def keys(section: str) -> str:
    """The keys of one table of sources.toml: what the example says of each, and the default that the code has."""
    defaults = {field.name: field for kind in SECTIONS[section] for field in dataclasses.fields(kind)}
    rows = ((f"`{key}`", _default(key, defaults.get(key)), meaning) for key, meaning in example_keys()[section].items())
    return table(("key", "default", "meaning"), rows)


def _default(key: str, field: "dataclasses.Field[Any] | None") -> str:
    if field is None or (field.default is MISSING and field.default_factory is MISSING):
        return "must be there" if key in ("name", "host") else ""
    if key == "user_agent":  # not today's version
        return '`"nightdesk/VERSION"`'
    match field.default:
        case None | ():
            return ""
        case bool(value):
            return f"`{str(value).lower()}`"
        case tuple(values):
            return f"`{list(values)}`".replace("'", '"')
        case int(value):
            return f"`{value:_}`"
        case value:
            return f"`{value}`"


def example_keys() -> dict[str, dict[str, str]]:
    """Section -> key -> what examples/sources.toml says of it. A key without a remark of its own shares the one above."""
    found: dict[str, dict[str, str]] = {}
    keys: dict[str, str] = {}
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"\[{1,2}(\w+)\]{1,2}", line):
            keys = found.setdefault(header[1], {})
            last = ""
        elif (match := _KEY.match(line)) and found:
            last = match[1]
            above = next(reversed(keys.values()), "")
            keys[last] = match[2] or keys.get(last) or above
        elif (more := _MORE.match(line)) and found:
            keys[last] += " " + more[1]
    return found


PARTS: dict[str, Callable[[], str]] = {
    **{f"columns {name}": partial(columns, name) for name in TABLES},
    "views": views,
    "reasons": reasons,
    "rules": rules,
    "verbs": verbs,
    **{f"keys {name}": partial(keys, name) for name in SECTIONS},
    "licences": licence_table,
}


def filled(text: str) -> str:
    """A page with its made parts as the code has them now. KeyError for a part that nobody makes."""
    return _PART.sub(lambda match: f"{match[1]}\n{PARTS[match[2]]()}\n{match[3]}", text)


def main() -> int:
    """Write every page anew whose parts have changed, and name it."""
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if (new := filled(text)) != text:
            page.write_text(new, encoding="utf-8")
            print(f"{page.relative_to(DOCS.parent)}: written anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
