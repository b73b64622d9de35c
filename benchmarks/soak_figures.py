"""Whether something grew over the nights of a soak: bounds, and the figures as a page.

Belongs here: comparing early samples with late ones. Does not belong here: taking them (soak_samples.py).
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from figures import machine, table
from soak_samples import Sample

Figure = Callable[[Sample], float]

# Of 200 nights those from the 21st to the 60th, when all is warm, those from the 101st to the 140th, and the last forty.
EARLY, MIDDLE, LATE = (0.1, 0.3), (0.5, 0.7), (0.8, 1.0)


@dataclass(frozen=True)
class Bound:
    """The median of the last nights must not be above `factor` times that of the nights `since`, and `more`."""

    name: str
    figure: Figure
    factor: float = 1.0
    more: float = 0.0
    since: tuple[float, float] = EARLY

    def medians(self, samples: Sequence[Sample]) -> tuple[float, float]:
        """Before and at the end."""
        before, last = window(samples, self.since), window(samples, LATE)
        return statistics.median(map(self.figure, before)), statistics.median(map(self.figure, last))

    def limit(self, before: float) -> float:
        """What the later median may be."""
        return before * self.factor + self.more


# Memory: an allocator's resident size wanders by some percent. Files, sockets, threads: connections come and go by one or two.
# Threads are held against later nights, when thread pools are full: a busy moment adds to a pool what it keeps from then on.
# So is the database, against nights after the ninetieth, from which on as much is forgotten as comes.
BOUNDS = (
    Bound("memory of nightdesk serve, MB", lambda sample: sample.serve.memory_mb, factor=1.1),
    Bound("memory of Prefect's server, MB", lambda sample: sample.server.memory_mb, factor=1.1),
    Bound("open files of nightdesk serve", lambda sample: sample.serve.files, more=2),
    Bound("open files of Prefect's server", lambda sample: sample.server.files, more=2),
    Bound("sockets of nightdesk serve", lambda sample: sample.serve.sockets, more=2),
    Bound("sockets of Prefect's server", lambda sample: sample.server.sockets, more=2),
    Bound("threads of nightdesk serve", lambda sample: sample.serve.threads, more=2, since=MIDDLE),
    Bound("threads of Prefect's server", lambda sample: sample.server.threads, more=2, since=MIDDLE),
    Bound("Prefect's database, MB", lambda sample: sample.database_mb, factor=1.1, since=MIDDLE),
    Bound("rows in Prefect's database", lambda sample: sum(sample.rows.values()), factor=1.1, since=MIDDLE),
    Bound("processes left behind", lambda sample: len(sample.others)),
    Bound("unfinished runs", lambda sample: sample.unfinished),
)


def window(samples: Sequence[Sample], part: tuple[float, float]) -> list[Sample]:
    """The samples of that part of all nights that were looked at."""
    nights = samples[-1].night
    return [sample for sample in samples if part[0] * nights < sample.night <= part[1] * nights]


def broken_bounds(samples: Sequence[Sample]) -> list[str]:
    """A sentence for every bound that does not hold, and for every process that was ever left behind."""
    found = []
    for bound in BOUNDS:
        before, late = bound.medians(samples)
        if late > bound.limit(before):
            found.append(f"{bound.name}: {late:,.1f} at the end, {bound.limit(before):,.1f} allowed ({before:,.1f} before)")
    return found + [f"after night {sample.night}: {line}" for sample in samples for line in sample.others]


def markdown(samples: Sequence[Sample], seconds: Sequence[float], wrong: Sequence[str]) -> str:
    """The figures as Markdown."""
    parts = [
        f"{len(seconds)} nights, one of them in {statistics.median(seconds):.1f} s (median). {machine()}",
        table(("what", "nights", "median then", "median of the last", "at most", "holds"), _bound_rows(samples)),
        "A night leaves on disk, and costs:",
        table(("what", "early nights", "last nights"), _night_rows(samples, seconds)),
        "Rows in Prefect's database, the largest tables:",
        table(("table", *(f"night {sample.night}" for sample in _some(samples))), _table_rows(samples)),
        *(f"- {sentence}" for sentence in wrong),
    ]
    return "\n\n".join(parts) + "\n"


def _bound_rows(samples: Sequence[Sample]) -> list[tuple[str, ...]]:
    rows, nights = [], samples[-1].night
    for bound in BOUNDS:
        before, late = bound.medians(samples)
        span = f"{bound.since[0] * nights + 1:.0f} to {bound.since[1] * nights:.0f}"
        limit = bound.limit(before)
        rows.append((bound.name, span, f"{before:,.1f}", f"{late:,.1f}", f"{limit:,.1f}", "yes" if late <= limit else "NO"))
    return rows


def _night_rows(samples: Sequence[Sample], seconds: Sequence[float]) -> list[tuple[str, ...]]:
    parts = [window(samples, part) for part in (EARLY, LATE)]
    rows = [("seconds, median", *(f"{statistics.median(seconds[part[0].night - 1 : part[-1].night]):.1f}" for part in parts))]
    figures: dict[str, Figure] = {
        "CPU s of the night's own process": lambda sample: sample.serve.children_cpu_s,
        "CPU s of nightdesk serve": lambda sample: sample.serve.cpu_s,
        "CPU s of Prefect's server": lambda sample: sample.server.cpu_s,
    }
    for name in samples[-1].folders_mb:
        figures[f"kB in {name}/"] = lambda sample, name=name: sample.folders_mb.get(name, 0) * 1000  # type: ignore[misc]
        figures[f"files in {name}/"] = lambda sample, name=name: sample.folders_files.get(name, 0)  # type: ignore[misc]
    return rows + [(what, *(f"{_a_night(part, figure):,.1f}" for part in parts)) for what, figure in figures.items()]


def _a_night(samples: Sequence[Sample], figure: Figure) -> float:
    first, last = samples[0], samples[-1]
    return (figure(last) - figure(first)) / max(last.night - first.night, 1)


def _some(samples: Sequence[Sample]) -> list[Sample]:
    """Five of them, evenly spread."""
    return [samples[round(number * (len(samples) - 1) / 4)] for number in range(5)]


def _table_rows(samples: Sequence[Sample]) -> list[tuple[str, ...]]:
    largest = sorted(samples[-1].rows, key=lambda name: -samples[-1].rows[name])[:12]
    return [(name, *(f"{sample.rows.get(name, 0):,}" for sample in _some(samples))) for name in largest]
