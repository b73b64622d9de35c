"""The SQL recipes of docs/sql.md, as that page has them.

Belongs here: finding and reading the page. Does not belong here: running a recipe (query.py), and the recipes themselves.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from transforms.errors import LakeError

_HEADING = re.compile(r"^(##+) (.+)$", re.MULTILINE)
_SQL = re.compile(r"^```sql\n(.*?)```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Recipe:
    """`number`: from 1, in the order of the page. `group`: the heading above its own; `sql`: one statement, without its end."""

    number: int
    group: str
    name: str
    sql: str


def recipes_page() -> Path:
    """docs/sql.md in a checkout, the packaged copy in an installed wheel."""
    here = Path(__file__).resolve().parent
    for page in (here / "docs" / "sql.md", here.parent / "docs" / "sql.md"):
        if page.is_file():
            return page
    raise LakeError(f"the page of recipes is not installed: no {here / 'docs' / 'sql.md'}; reinstall nightdesk")


def read_recipes(text: str) -> tuple[Recipe, ...]:
    """Each SQL block of a Markdown page, under the nearest headings of the second and the third level."""
    recipes: list[Recipe] = []
    group = name = ""
    places = [*_HEADING.finditer(text), *_SQL.finditer(text)]
    for place in sorted(places, key=re.Match.start):
        if place.re is _SQL:
            recipes.append(Recipe(len(recipes) + 1, group, name, place[1].strip()))
        elif place[1] == "##":
            group = name = place[2]
        else:
            name = place[2]
    return tuple(recipes)
