"""What a served warehouse holds on to at one moment: memory, files, sockets, threads, processes, Prefect's database, folders.

Belongs here: reading it from outside, from /proc, the database and the disk. Does not belong here: judging it (soak_figures.py).
"""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """One process, or several as one."""

    memory_mb: float  # resident
    files: int  # open ones that are no sockets: files, pipes, event queues
    sockets: int
    threads: int
    cpu_s: float  # since it began
    children_cpu_s: float  # of those of its children that have ended


@dataclass(frozen=True)
class Sample:
    """All of it after one night. `others`: command lines of processes that a night left behind."""

    night: int
    at_s: float
    serve: Process
    server: Process
    others: tuple[str, ...]
    unfinished: int
    database_mb: float
    rows: dict[str, int]  # of the database's tables
    folders_mb: dict[str, float]
    folders_files: dict[str, int]


def take(night: int, at_s: float, *, serve: int, server: int, data: Path) -> Sample:
    """`serve` and `server`: ids of their processes."""
    of_server = {server, *_below(server)}
    database = data / "prefect" / "prefect.db"
    folders = {folder.name: _size(folder) for folder in sorted(data.iterdir()) if folder.is_dir()}
    return Sample(
        night=night,
        at_s=round(at_s, 1),
        serve=_process({serve}),
        server=_process(of_server),
        others=tuple(others(data, but={serve, *of_server})),
        unfinished=len(list(data.glob("staged/*/run.json"))),
        database_mb=round(sum(path.stat().st_size for path in database.parent.glob(f"{database.name}*")) / 1e6, 2),
        rows=_rows(database),
        folders_mb={name: mb for name, (mb, _) in folders.items()},
        folders_files={name: files for name, (_, files) in folders.items()},
    )


def others(data: Path, but: set[int]) -> list[str]:
    """Processes that were started for this warehouse, beside those of `but`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        if int(entry.name) in but or int(entry.name) == os.getpid():
            continue
        try:
            if str(data).encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200])
        except OSError:  # it has ended, or is somebody else's
            continue
    return found


def _below(pid: int) -> set[int]:
    """Its children, and theirs."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, new = set[int](), {pid}
    while new := {child for child, parent in parents.items() if parent in new} - found:
        found |= new
    return found


def _process(pids: set[int]) -> Process:
    memory, files, sockets, threads, cpu, of_children = 0.0, 0, 0, 0, 0.0, 0.0
    for pid in pids:
        folder = Path(f"/proc/{pid}")
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        memory += int((folder / "statm").read_text().split()[1]) * _PAGE_MB
        threads += int(fields[17])
        cpu += (int(fields[11]) + int(fields[12])) * _TICK_S
        of_children += (int(fields[13]) + int(fields[14])) * _TICK_S
        targets = [_target(path) for path in (folder / "fd").iterdir()]
        sockets += sum(target.startswith("socket:") for target in targets)
        files += sum(not target.startswith("socket:") for target in targets)
    return Process(round(memory, 1), files, sockets, threads, round(cpu, 2), round(of_children, 2))


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:  # closed in the meantime
        return "socket:"


def _rows(database: Path) -> dict[str, int]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30) as con:
        tables = [name for (name,) in con.execute("select name from sqlite_master where type = 'table'")]
        found = {name: con.execute(f'select count(*) from "{name}"').fetchone()[0] for name in tables}
    con.close()
    return {name: count for name, count in sorted(found.items()) if count}


def _size(folder: Path) -> tuple[float, int]:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return round(sum(sizes) / 1e6, 3), len(sizes)
