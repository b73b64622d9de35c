"""The wheel as a stranger gets it: built from the sdist, installed without development tools, tried over the newsroom.

    python .ci/wheel.py [FOLDER]        # leaves the wheel, the sdist and the figures (wheel.md) in FOLDER, by default dist/

Takes minutes and asks a package index, so it is no part of `make test`. Exit code 1 with the first thing that is not right.
"""

import csv
import io
import os
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("flows", "transforms", "expectations", "warehouse", "sources", "examples/newsroom")
NEWSROOM = ("examples/newsroom/", "sources/newsroom/data/")  # as it lies in the repository, and in the wheel
# Of the development tools, what a stranger does not have: tests would pass with it and a night would fail without.
NOT_THERE = ("pytest", "hypothesis", "mypy", "moto", "flask", "polars", "sphinx", "editables")


def main() -> int:
    """Build, install, try, write down."""
    dist = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").resolve()
    with tempfile.TemporaryDirectory(prefix="nightdesk-wheel-") as work:
        wheel, sdist = built(Path(work), dist)
        check_files(wheel)
        python = installed(Path(work), wheel)
        figures = [("wheel", f"{wheel.stat().st_size / 1e6:.2f} MB"), ("sdist", f"{sdist.stat().st_size / 1e6:.2f} MB")]
        figures += sizes(python)
        figures += tried(python, Path(work) / "somewhere")
    lines = ["| what | figure |", "|---|---:|", *(f"| {what} | {figure} |" for what, figure in figures)]
    (dist / "wheel.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0


def built(work: Path, dist: Path) -> tuple[Path, Path]:
    """The wheel, made from the sdist, so that the sdist holds all that a build needs; and the sdist."""
    tools = venv(work / "build")
    run(tools, "-m", "pip", "install", "--quiet", "build")
    run(tools, "-m", "build", "--outdir", dist, ROOT)
    newest = {kind: max(dist.glob(f"nightdesk-*{kind}"), key=lambda path: path.stat().st_mtime) for kind in (".whl", ".tar.gz")}
    return newest[".whl"], newest[".tar.gz"]


def check_files(wheel: Path) -> None:
    """Every file of the packages is in the wheel, templates, SQL and newsroom as well, and nothing else is."""
    listed = subprocess.run(["git", "ls-files", "-z", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    ours = {name.replace(*NEWSROOM) for name in listed.split("\0") if name and (ROOT / name).is_file()}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    if ours != held:
        raise SystemExit(f"{wheel.name}: lacks {sorted(ours - held)}, holds besides {sorted(held - ours)}")


def installed(work: Path, wheel: Path) -> Path:
    """The Python of a venv that has the wheel and what it asks for."""
    python = venv(work / "clean")
    run(python, "-m", "pip", "install", "--quiet", wheel)
    there = run(python, "-c", f"import importlib.util as u; print(*[n for n in {NOT_THERE} if u.find_spec(n)])").split()
    if there:
        raise SystemExit(f"a development tool came along: {', '.join(there)}")
    run(python, "-m", "pip", "check")
    return python


def sizes(python: Path) -> Iterator[tuple[str, str]]:
    """What lies in site-packages afterwards: ours, all, and the largest libraries. pip's own part is left out."""
    code = (
        "import importlib.metadata as m, csv, sys; w = csv.writer(sys.stdout)\n"
        "for d in m.distributions(): w.writerow([d.name, sum(p.stat().st_size for f in d.files or () "
        "if (p := f.locate()).is_file() and not str(f).endswith('.pyc'))])"
    )
    found = {name: int(size) / 1e6 for name, size in csv.reader(io.StringIO(run(python, "-c", code)))}
    found = {name: size for name, size in found.items() if name not in ("pip", "setuptools")}
    yield "installed: nightdesk alone", f"{found['nightdesk']:.1f} MB"
    yield f"installed: all {len(found)} packages", f"{sum(found.values()):.0f} MB"
    for name in sorted(found, key=lambda name: -found[name])[:6]:
        yield f"of these {name}", f"{found[name]:.0f} MB"


def tried(python: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """A stranger's first commands in an empty folder."""
    folder.mkdir()
    yield from timed(python, folder, ["--version"], "nightdesk, version", times=3)
    yield from timed(python, folder, ["--help"], "Try it: nightdesk run --sample", times=3)
    yield from timed(python, folder, ["run", "--sample"], "63 stored, 2 quarantined, gate passed")
    yield from timed(python, folder, ["run", "--sample", "--day", "2026-03-03"], "gate passed")
    yield from timed(python, folder, ["sql", "select count(*) from articles"], "69", times=3)
    yield from timed(python, folder, ["search", "council"], "council", times=3)
    yield from timed(python, folder, ["report", "--format", "markdown"], "# Quality of the sample run", times=3)
    yield from timed(python, folder, ["report"], "index.html")
    yield from timed(python, folder, ["quarantine", "list"], "missing_date", times=3)
    yield from timed(python, folder, ["quarantine", "replay", "--dry-run"], "missing_date")
    yield from timed(python, folder, ["maintain", "--dry-run"], "")
    yield from timed(python, folder, ["init", "--contact", "desk@example.invalid"], "sources.toml: written")
    yield from timed(python, folder, ["doctor"], "ok")
    if not list(folder.glob("warehouse/data/reports/*/data_docs/index.html")):
        raise SystemExit("the nights left no Data Docs")
    for module in ("prefect", "great_expectations", "trafilatura", "duckdb", "pyarrow", "deltalake"):
        took = min(seconds(lambda name=module: run(python, "-c", f"import {name}")) for _ in range(3))
        yield f"import {module}", f"{took:.2f} CPU s"


def timed(python: Path, folder: Path, words: Sequence[str], expected: str, times: int = 1) -> Iterator[tuple[str, str]]:
    """One command, which must say `expected`, and its CPU time; the least of so many times."""
    said: list[str] = []
    took = min(seconds(lambda: said.append(run(python.with_name("nightdesk"), *words, cwd=folder))) for _ in range(times))
    if expected.lower() not in said[-1].lower():
        raise SystemExit(f"nightdesk {' '.join(words)}: says {said[-1][-500:]!r} and not {expected!r}")
    yield f"`nightdesk {' '.join(words)}`", f"{took:.2f} CPU s"


def seconds(call: Callable[[], object]) -> float:
    """CPU time of a call's processes: on a busy machine the wall's time says little."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def venv(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder / "bin" / "python"


def run(program: Path, *words: object, cwd: Path | None = None) -> str:
    """What a program prints; SystemExit with its last words if it fails. Nothing of the caller's own environment leads home."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NIGHTDESK_", "PREFECT_"))}
    done = subprocess.run([str(program), *map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{program.name} {' '.join(map(str, words))}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
