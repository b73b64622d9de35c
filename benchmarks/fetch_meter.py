"""What a fetcher costs: CPU and memory of its process, as the kernel counts them.

Belongs here: both ends of measuring, standard library only (peers' venv has nothing of ours). Does not belong here: fetching.
"""

import json
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Cost:
    """One run of one engine. `start_cpu`: CPU seconds before its first request (interpreter, imports), part of `cpu`."""

    wall: float
    cpu: float
    start_cpu: float
    peak_bytes: int
    said: dict[str, Any]

    @property
    def fetch_cpu(self) -> float:
        """CPU seconds from the first request on."""
        return self.cpu - self.start_cpu


def started() -> float:
    """CPU seconds that this process and its children have used so far: called before the first request."""
    return sum(
        usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def run(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run one engine to its end. Its last line on stdout is JSON, its stderr goes to `log`. Raises SystemExit if it fails."""
    began = time.perf_counter()
    with log.open("ab") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **(environment or {})})
        assert process.stdout is not None
        output = process.stdout.read().decode()
        # wait4 counts the process and the children that it waited for.
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    lines = output.strip().splitlines()
    if process.returncode or not lines:
        raise SystemExit(f"{' '.join(command[:3])}: exit code {process.returncode}; see {log}")
    said = json.loads(lines[-1])
    return Cost(
        wall=time.perf_counter() - began,
        cpu=usage.ru_utime + usage.ru_stime,
        start_cpu=said.pop("start_cpu"),
        peak_bytes=usage.ru_maxrss * 1024,
        said=said,
    )
