"""Under which licences the libraries of an installed nightdesk stand: from uv.lock and each library's own metadata.

Belongs here: which libraries these are, their licences, which of these ask for more than a notice. Does not belong here: pages.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any, TypeAlias

from packaging.markers import Marker

Package: TypeAlias = dict[str, Any]  # a [[package]] of uv.lock

LOCK = Path(__file__).parents[1] / "uv.lock"

# Licences that ask for more than that their text goes along, as their SPDX names begin.
COPYLEFT = ("GPL", "LGPL", "AGPL", "MPL", "EPL", "CDDL", "EUPL", "SSPL")
# Long names of classifiers and of older metadata, by what they begin with.
_SPDX = {
    "apache": "Apache-2.0",
    "http://www.apache.org/licenses/license-2.0": "Apache-2.0",
    "mit": "MIT",
    "bsd 3": "BSD-3-Clause",
    "3-clause bsd": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "bsd 2": "BSD-2-Clause",
    "simplified bsd": "BSD-2-Clause",
    "bsd": "BSD-3-Clause",
    "mozilla public license 2.0": "MPL-2.0",
    "isc": "ISC",
    "the unlicense": "Unlicense",
    "python software foundation": "PSF-2.0",
    "psf": "PSF-2.0",
    "gnu library or lesser general public license": "LGPL",
    "artistic license": "Artistic",
}


def runtime_names(lock: Path = LOCK) -> list[str]:
    """All that `pip install nightdesk` brings along on this platform and Python, extras left out."""
    packages: dict[str, list[Package]] = {}
    for package in tomllib.loads(lock.read_text(encoding="utf-8"))["package"]:
        packages.setdefault(package["name"], []).append(package)
    waiting: list[tuple[str, str | None, tuple[str, ...]]] = [("nightdesk", None, ())]
    seen = set()
    while waiting:
        name, version, extras = waiting.pop()
        for package in packages[name]:
            if version not in (None, package["version"]) or (name, package["version"], extras) in seen or not _fits(package):
                continue
            seen.add((name, package["version"], extras))
            waiting += _needs(package, extras)
    return sorted({name for name, _, _ in seen} - {"nightdesk"})


def _fits(package: Package) -> bool:
    """Whether a package that is locked more than once is the one for this Python."""
    markers = package.get("resolution-markers", [])
    return not markers or any(Marker(marker).evaluate() for marker in markers)


def _needs(package: Package, extras: tuple[str, ...]) -> Iterator[tuple[str, str | None, tuple[str, ...]]]:
    optional = package.get("optional-dependencies", {})
    needed = [*package.get("dependencies", []), *(need for extra in extras for need in optional.get(extra, []))]
    for need in needed:
        if "marker" not in need or Marker(need["marker"]).evaluate():
            yield need["name"], need.get("version"), tuple(need.get("extra", ()))


def licence_of(name: str) -> str:
    """The SPDX expression of an installed library, or what its metadata says in its place; empty if it says nothing.

    PackageNotFoundError if it is not installed.
    """
    metadata = distribution(name).metadata
    if expression := metadata.get_all("License-Expression"):
        return str(expression[0])
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier", [])
        if line.startswith("License :: ") and line.count("::") > 1
    ]
    said = [*classifiers, *(text.strip().partition("\n")[0] for text in metadata.get_all("License", []))]
    return next((found for text in said if (found := _spdx(text))), "") or _from_text(distribution(name))


def _spdx(text: str) -> str:
    """The SPDX expression of a licence's name: "Apache Software License" is Apache-2.0."""
    text = re.sub(r"^the (?=mit|bsd|apache)", "", text.strip(), flags=re.IGNORECASE)
    if " OR " in text or " AND " in text:
        return text
    return next((spdx for begin, spdx in _SPDX.items() if text.lower().startswith(begin)), text)


def _from_text(found: Distribution) -> str:
    """By the first line of the licence that lies in the wheel."""
    texts = (file.read_text() for file in found.files or () if re.match(r"(?i)licen[cs]e", file.name) and file.suffix != ".py")
    return next((_spdx(text.strip().splitlines()[0]) for text in texts if text and text.strip()), "")


def is_copyleft(licence: str) -> bool:
    """Whether every way to fulfil an SPDX expression asks for more than a notice."""
    words = {"AND": "and", "OR": "or", "(": "(", ")": ")"}
    terms = re.findall(r"[()]|[^\s()]+", licence)
    return not eval(" ".join(words.get(term, str(not term.startswith(COPYLEFT))) for term in terms))


def licence_table() -> str:
    """Every library that an installed nightdesk needs, as a Markdown table; those that ask for more than a notice first."""
    rows = []
    for name in runtime_names():
        licence = licence_of(name)
        rows.append((not is_copyleft(licence), name, licence))
    lines = ["| library | licence | |", "|---|---|---|"]
    lines += [f"| {name} | {licence} | {'' if plain else 'copyleft: see above'} |" for plain, name, licence in sorted(rows)]
    return "\n".join(lines) + "\n"
